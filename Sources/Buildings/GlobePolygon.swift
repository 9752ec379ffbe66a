internal import GDALAdapter
package import Geometry

/// Polygons on the globe as RFC 7946 wants them: WGS 84, 7 decimals, outer rings counter-clockwise, cut where they cross
/// the antimeridian.
package struct GlobePolygon: Sendable, Equatable {
  /// Longitude and latitude, degrees; one polygon, or several.
  package let parts: [PlanarPolygon]
  /// West, south, east, north; west > east where the antimeridian is crossed.
  package let bounds: [Double]

  /// - Parameter polygons: longitudes -180 to 180. A ring that seems to go around the globe crosses the antimeridian.
  /// - Returns: nil where nothing valid is left after rounding.
  package init?(_ polygons: [PlanarPolygon]) {
    var whole: [PlanarPolygon] = []
    var crosses = false
    for polygon in polygons {
      let box = polygon.bounds
      guard box.maxX - box.minX > 180 else {
        whole.append(polygon)
        continue
      }
      crosses = true
      let unwrapped = PlanarPolygon(
        rings: polygon.rings.map { $0.map { PlanarPoint(x: $0.x < 0 ? $0.x + 360 : $0.x, y: $0.y) } })
      let geometry = VectorGeometry(unwrapped)
      for (west, shift) in [(0.0, 0.0), (180.0, 360.0)] {
        let half = VectorGeometry(Self.rectangle(west, west + 180))
        whole += (geometry.intersection(half)?.polygons ?? []).map { part in
          PlanarPolygon(rings: part.rings.map { $0.map { PlanarPoint(x: $0.x - shift, y: $0.y) } })
        }
      }
    }
    var valid = whole.map(Self.rounded).filter { !$0.rings.isEmpty }
    if !valid.allSatisfy({ VectorGeometry($0).isValid }) || valid.count > 1 && !VectorGeometry(valid).isValid {
      valid = (VectorGeometry(valid).madeValid()?.polygons ?? []).map(Self.rounded).filter { !$0.rings.isEmpty }
      guard VectorGeometry(valid).isValid else { return nil }
    }
    guard !valid.isEmpty else { return nil }
    parts = valid.map(\.rightHanded)
    crosses = crosses || Self.liesOnBothSides(parts)
    var (east, west) = (PlanarBounds(), PlanarBounds())
    for part in parts {
      if part.bounds.minX >= 0 { east.include(part.bounds) } else { west.include(part.bounds) }
    }
    if crosses, !east.isEmpty, !west.isEmpty {
      bounds = [east.minX, min(east.minY, west.minY), west.maxX, max(east.maxY, west.maxY)]
    } else {
      east.include(west)
      bounds = [east.minX, east.minY, east.maxX, east.maxY]
    }
  }

  /// Whether parts lie at both ends of the range of longitudes.
  private static func liesOnBothSides(_ parts: [PlanarPolygon]) -> Bool {
    var box = PlanarBounds()
    for part in parts { box.include(part.bounds) }
    return box.maxX - box.minX > 180
  }

  private static func rectangle(_ west: Double, _ east: Double) -> PlanarPolygon {
    PlanarPolygon(rings: [
      [(west, -90.0), (east, -90.0), (east, 90.0), (west, 90.0), (west, -90.0)].map { PlanarPoint(x: $0.0, y: $0.1) }
    ])
  }

  /// Seven decimals: about a centimetre. Points that fall together are one; rings without area are left out.
  private static func rounded(_ polygon: PlanarPolygon) -> PlanarPolygon {
    func round(_ degrees: Double) -> Double { (degrees * 1e7).rounded() / 1e7 }
    var rings: [[PlanarPoint]] = []
    for (index, ring) in polygon.rings.enumerated() {
      var points: [PlanarPoint] = []
      for point in ring {
        let next = PlanarPoint(x: round(point.x), y: round(point.y))
        if next != points.last { points.append(next) }
      }
      if points.count >= 4, abs(PlanarPolygon.signedArea(points)) > 1e-14 {
        rings.append(points)
      } else if index == 0 {
        return PlanarPolygon(rings: [])
      }
    }
    return PlanarPolygon(rings: rings)
  }
}
