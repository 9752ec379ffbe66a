extension PlanarPolygon {
  /// The area that two valid polygons share, in units of the plane squared; holes may run either way round.
  ///
  /// A polygon is the sum of the areas below its edges, each counted with its direction; so what two polygons share is the
  /// sum, over all pairs of edges, of what lies below both. There are no special cases: touching, equal and crossing edges
  /// are pairs as all others. Edges with no abscissa in common are no pair: among many they are told apart by bins, so
  /// that time grows with the pairs that lie above one another, and no outline is too long.
  package func sharedArea(with other: PlanarPolygon) -> Double {
    let (own, others) = (bounds, other.bounds)
    guard own.intersects(others) else { return 0 }
    let origin = PlanarPoint(x: min(own.minX, others.minX), y: min(own.minY, others.minY))
    let (left, right) = (max(own.minX, others.minX) - origin.x, min(own.maxX, others.maxX) - origin.x)
    guard left < right else { return 0 }
    let first = edges(from: origin, left, right)
    let second = other.edges(from: origin, left, right)
    var sum = 0.0
    func add(_ a: Edge, _ b: Edge) {
      let shared = Edge.areaBelow(a, b)
      sum += a.isPositive == b.isPositive ? shared : -shared
    }
    if first.count * second.count <= Self.fewPairs || !(right - left).isFinite {
      for a in first { for b in second where a.left < b.right && b.left < a.right { add(a, b) } }
    } else {
      let bins = EdgeBins(second, from: left, to: right)
      for a in first {
        for bin in bins.range(a.left, a.right) {
          for b in bins.edges[bin] where a.left < b.right && b.left < a.right {
            // A pair in several bins counts where its common part begins.
            if bins.bin(max(a.left, b.left)) == bin { add(a, b) }
          }
        }
      }
    }
    return max(0, sum)
  }

  /// More pairs of edges than these are told apart by bins.
  private static let fewPairs = 100_000

  /// Edges by the parts of an interval that they lie above.
  private struct EdgeBins {
    private(set) var edges: [[Edge]]
    private let left: Double
    private let binsPerUnit: Double

    /// - Parameters: edges that overlap the interval from `left` to `right`, which is not empty.
    init(_ all: [Edge], from left: Double, to right: Double) {
      let count = min(4096, max(1, all.count / 16))
      self.left = left
      binsPerUnit = Double(count) / (right - left)
      edges = Array(repeating: [], count: count)
      for edge in all { for bin in range(edge.left, edge.right) { edges[bin].append(edge) } }
    }

    /// Of an abscissa; the outer bins hold what lies beyond.
    func bin(_ x: Double) -> Int { Int(min(max((x - left) * binsPerUnit, 0), Double(edges.count - 1))) }

    func range(_ west: Double, _ east: Double) -> ClosedRange<Int> { bin(west)...bin(east) }
  }

  private struct Edge {
    var left: Double
    var right: Double
    /// At `left`.
    var height: Double
    var slope: Double
    /// Whether the area below belongs to the polygon, not to what is taken off.
    var isPositive: Bool

    func height(at x: Double) -> Double { height + slope * (x - left) }

    /// Between the lower of the two and zero, where both are.
    static func areaBelow(_ a: Edge, _ b: Edge) -> Double {
      let (left, right) = (max(a.left, b.left), min(a.right, b.right))
      let (a0, a1, b0, b1) = (a.height(at: left), a.height(at: right), b.height(at: left), b.height(at: right))
      let width = right - left
      let (before, after) = (a0 - b0, a1 - b1)
      guard (before < 0) != (after < 0), before != after else {
        return width * (min(a0, b0) + min(a1, b1)) / 2
      }
      let part = before / (before - after)
      let crossing = a0 + part * (a1 - a0)
      return width * (part * (min(a0, b0) + crossing) + (1 - part) * (crossing + min(a1, b1))) / 2
    }
  }

  /// Edges between `left` and `right` that are not upright.
  private func edges(from origin: PlanarPoint, _ left: Double, _ right: Double) -> [Edge] {
    var edges: [Edge] = []
    for (index, ring) in rings.enumerated() {
      // Counter-clockwise, what is below edges to the left belongs to it.
      let isLeftward = (Self.signedArea(ring) > 0) == (index == 0)
      for (a, b) in zip(ring, ring.dropFirst()) where a.x != b.x {
        let (west, east) = a.x < b.x ? (a, b) : (b, a)
        guard west.x - origin.x < right, east.x - origin.x > left else { continue }
        edges.append(
          Edge(
            left: west.x - origin.x, right: east.x - origin.x, height: west.y - origin.y,
            slope: (east.y - west.y) / (east.x - west.x), isPositive: (a.x > b.x) == isLeftward))
      }
    }
    return edges
  }
}
