internal import GDALAdapter
package import Geometry

/// Straightens the staircase outline that pixels have.
package enum Regularise {
  /// What a straightened outline must share with the raw one.
  package static let smallestIoU = 0.8

  /// An outline of more points is no building's, and takes long to simplify: it stays.
  package static let mostPoints = 50_000

  /// How an outline came about.
  package enum Kind: String, Sendable, Codable, CaseIterable { case rectangle, simplified, raw }

  /// A rectangle, turned as the building is and of the same area and centre; else the outline without the steps of
  /// pixels, scaled to the same area; else the raw outline. Each only if its intersection over union with the raw outline
  /// is at least 0.8, and if it may lie where it does. One of more than `mostPoints` points stays raw.
  /// - Parameters:
  ///   - raw: along the edges of pixels, valid.
  ///   - pixel: side of a pixel.
  ///   - isPermitted: whether a straightened outline may lie where it does.
  package static func outline(
    _ raw: PlanarPolygon, pixel: Double, isPermitted: (PlanarPolygon) -> Bool = { _ in true }
  ) -> (polygon: PlanarPolygon, kind: Kind) {
    guard raw.pointCount <= mostPoints else { return (raw, .raw) }
    let original = VectorGeometry(raw)
    let area = raw.area
    func isClose(_ candidate: PlanarPolygon) -> Bool {
      // Exactly so much is common among few pixels, and must not hang on rounding.
      Overlap.intersectionOverUnion([candidate], raw) >= smallestIoU - 1e-9 && isPermitted(candidate)
        && VectorGeometry(candidate).isValid
    }
    if raw.rings.count == 1, let hull = original.convexHull?.polygons.first?.rings.first,
      let rectangle = rectangle(around: hull, centre: raw.centroid, area: area), isClose(rectangle)
    {
      return (rectangle, .rectangle)
    }
    if let simple = original.simplified(tolerance: 0.8 * pixel)?.polygons, simple.count == 1, simple[0].area > 0 {
      let scaled = scale(simple[0], by: (area / simple[0].area).squareRoot(), about: simple[0].centroid)
      if isClose(scaled) { return (scaled, .simplified) }
    }
    return (raw, .raw)
  }

  /// The rectangle of the least area around a convex ring, shrunk to `area` and moved to `centre`.
  private static func rectangle(around hull: [PlanarPoint], centre: PlanarPoint, area: Double) -> PlanarPolygon? {
    var best: (area: Double, direction: PlanarPoint, width: Double, height: Double)?
    for (a, b) in zip(hull, hull.dropFirst()) {
      let (dx, dy) = (b.x - a.x, b.y - a.y)
      let length = (dx * dx + dy * dy).squareRoot()
      guard length > 0 else { continue }
      let direction = PlanarPoint(x: dx / length, y: dy / length)
      var along = (least: Double.infinity, most: -Double.infinity)
      var across = along
      for point in hull {
        let (x, y) = (point.x - a.x, point.y - a.y)
        let (u, v) = (x * direction.x + y * direction.y, y * direction.x - x * direction.y)
        along = (min(along.least, u), max(along.most, u))
        across = (min(across.least, v), max(across.most, v))
      }
      let (width, height) = (along.most - along.least, across.most - across.least)
      // A little less does not count: of equal rectangles the first one stays.
      if width * height < (best?.area ?? .infinity) * (1 - 1e-9) { best = (width * height, direction, width, height) }
    }
    guard let best, best.area > 0 else { return nil }
    let shrink = (area / best.area).squareRoot() / 2
    let (u, v) = (best.width * shrink, best.height * shrink)
    func corner(_ a: Double, _ b: Double) -> PlanarPoint {
      PlanarPoint(
        x: centre.x + a * best.direction.x - b * best.direction.y,
        y: centre.y + a * best.direction.y + b * best.direction.x)
    }
    let first = corner(-u, -v)
    return PlanarPolygon(rings: [[first, corner(u, -v), corner(u, v), corner(-u, v), first]])
  }

  private static func scale(_ polygon: PlanarPolygon, by factor: Double, about centre: PlanarPoint) -> PlanarPolygon {
    PlanarPolygon(
      rings: polygon.rings.map { ring in
        ring.map {
          PlanarPoint(x: centre.x + ($0.x - centre.x) * factor, y: centre.y + ($0.y - centre.y) * factor)
        }
      })
  }
}
