extension PlanarPolygon {
  /// The area that two valid polygons share, in units of the plane squared; holes may run either way round.
  ///
  /// A polygon is the sum of the areas below its edges, each counted with its direction; so what two polygons share is the
  /// sum, over all pairs of edges, of what lies below both. There are no special cases: touching, equal and crossing edges
  /// are pairs as all others. Time grows with the product of the numbers of points; below thousands of points it is a small
  /// part of what a general overlay takes.
  package func sharedArea(with other: PlanarPolygon) -> Double {
    let (own, others) = (bounds, other.bounds)
    guard own.intersects(others) else { return 0 }
    let origin = PlanarPoint(x: min(own.minX, others.minX), y: min(own.minY, others.minY))
    let (left, right) = (max(own.minX, others.minX) - origin.x, min(own.maxX, others.maxX) - origin.x)
    let first = edges(from: origin, left, right)
    let second = other.edges(from: origin, left, right)
    var sum = 0.0
    for a in first {
      for b in second where a.left < b.right && b.left < a.right {
        let shared = Edge.areaBelow(a, b)
        sum += a.isPositive == b.isPositive ? shared : -shared
      }
    }
    return max(0, sum)
  }

  /// The product of the numbers of points.
  package func pairs(with other: PlanarPolygon) -> Int {
    rings.reduce(0) { $0 + $1.count } * other.rings.reduce(0) { $0 + $1.count }
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
