package import GDALAdapter
package import Geometry
package import Writing

/// Outline of a raster's data on the globe, as RFC 7946 wants it: WGS 84, counter-clockwise, at most 7 decimals, cut where it
/// crosses the antimeridian.
package struct Footprint: Sendable, Equatable {
  package struct Point: Sendable, Equatable {
    /// Degrees, -180 to 180.
    package var longitude: Double
    /// Degrees, -90 to 90.
    package var latitude: Double
  }

  /// Closed rings: one, or two where the antimeridian is crossed.
  package let rings: [[Point]]
  /// West, south, east, north; west > east where the antimeridian is crossed.
  package let bounds: [Double]

  /// Points along an edge as long as the grid: straight lines of the projection bend on the globe (about 30 m in the
  /// middle of the edge of a tile if there are none).
  private static let pointsPerEdge = 16.0

  /// - Parameter outline: of the data, convex and open, in the coordinates of the grid; nil where all of it holds data.
  /// - Throws: `GDALError` for an unknown coordinate system.
  package init(of grid: GridGeometry, outline: [PlanarPoint]? = nil) throws(GDALError) {
    let corners = outline ?? grid.corners.map { PlanarPoint(x: $0.x, y: $0.y) }
    let spacing = max(grid.lowerRightX - grid.upperLeftX, grid.upperLeftY - grid.lowerRightY) / Self.pointsPerEdge
    var edges: [(x: Double, y: Double)] = []
    for (index, from) in corners.enumerated() {
      let to = corners[(index + 1) % corners.count]
      let (x, y) = (to.x - from.x, to.y - from.y)
      let steps = max(1, ((x * x + y * y).squareRoot() / spacing).rounded(.up))
      for step in stride(from: 0, to: steps, by: 1) {
        edges.append((from.x + x * step / steps, from.y + y * step / steps))
      }
    }
    let points = try CoordinateTransform.longitudeLatitude(edges, epsg: grid.epsg)
    self.init(outline: points.map { Point(longitude: $0.longitude, latitude: $0.latitude) })
  }

  /// - Parameter outline: an open, convex outline that spans less than 180 degrees of longitude.
  init(outline: [Point]) {
    let longitudes = outline.map(\.longitude)
    let crosses = (longitudes.max() ?? 0) - (longitudes.min() ?? 0) > 180
    guard crosses else {
      let ring = Self.closed(outline)
      rings = [ring]
      bounds = Self.bounds(ring)
      return
    }
    // Longitudes counted on beyond 180, cut there, and the eastern part counted back.
    let unwrapped = outline.map {
      Point(longitude: $0.longitude < 0 ? $0.longitude + 360 : $0.longitude, latitude: $0.latitude)
    }
    let west = Self.clip(unwrapped) { 180 - $0.longitude }
    let east = Self.clip(unwrapped) { $0.longitude - 180 }
      .map { Point(longitude: $0.longitude - 360, latitude: $0.latitude) }
    let parts = [west, east].map(Self.closed).filter { abs(Self.area($0)) > 1e-12 }
    rings = parts
    let boxes = parts.map(Self.bounds)
    bounds = [
      boxes.first?[0] ?? 0, boxes.map { $0[1] }.min() ?? 0, boxes.last?[2] ?? 0, boxes.map { $0[3] }.max() ?? 0,
    ]
  }

  /// The geometry as GeoJSON.
  package var geometry: JSONValue {
    let coordinates = rings.map { ring in
      JSONValue.array([.array(ring.map { [.number($0.longitude), .number($0.latitude)] })])
    }
    if coordinates.count == 1 { return ["type": "Polygon", "coordinates": coordinates[0]] }
    return ["type": "MultiPolygon", "coordinates": .array(coordinates)]
  }

  /// Keeps the part of a convex outline where `inside` is not negative (one step of Sutherland-Hodgman).
  private static func clip(_ outline: [Point], _ inside: (Point) -> Double) -> [Point] {
    var result: [Point] = []
    for (index, from) in outline.enumerated() {
      let to = outline[(index + 1) % outline.count]
      let (a, b) = (inside(from), inside(to))
      if a >= 0 { result.append(from) }
      if (a > 0 && b < 0) || (a < 0 && b > 0) {
        let share = a / (a - b)
        result.append(
          Point(longitude: 180, latitude: from.latitude + (to.latitude - from.latitude) * share))
      }
    }
    return result
  }

  /// Rounded, counter-clockwise and closed.
  private static func closed(_ outline: [Point]) -> [Point] {
    func rounded(_ degrees: Double) -> Double { (degrees * 1e7).rounded() / 1e7 }
    var ring = outline.map { Point(longitude: rounded($0.longitude), latitude: rounded($0.latitude)) }
    guard let first = ring.first else { return [] }
    if area(ring) < 0 { ring = [first] + ring.dropFirst().reversed() }
    return ring + [first]
  }

  /// Twice the signed area in square degrees, positive where the ring runs counter-clockwise.
  static func area(_ ring: [Point]) -> Double {
    zip(ring, ring.dropFirst() + ring.prefix(1)).reduce(0) {
      $0 + $1.0.longitude * $1.1.latitude - $1.1.longitude * $1.0.latitude
    }
  }

  private static func bounds(_ ring: [Point]) -> [Double] {
    let longitudes = ring.map(\.longitude)
    let latitudes = ring.map(\.latitude)
    return [longitudes.min() ?? 0, latitudes.min() ?? 0, longitudes.max() ?? 0, latitudes.max() ?? 0]
  }
}
