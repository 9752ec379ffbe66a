internal import CGDAL
package import Geometry

/// A geometry in the hands of GDAL and GEOS. It belongs to one thread.
///
/// Every call keeps the objects alive whose handles it uses: Swift may let go of an object after its last use, which is
/// where the handle is read.
package final class VectorGeometry {
  let handle: OGRGeometryH

  /// Takes over a handle.
  init(_ handle: OGRGeometryH) { self.handle = handle }

  deinit { OGR_G_DestroyGeometry(handle) }

  /// - Parameter polygon: rings closed.
  package convenience init(_ polygon: PlanarPolygon) {
    let handle = OGR_G_CreateGeometry(wkbPolygon)!
    for ring in polygon.rings {
      let line = OGR_G_CreateGeometry(wkbLinearRing)!
      OGR_G_SetPointCount(line, Int32(ring.count))
      for (index, point) in ring.enumerated() { OGR_G_SetPoint_2D(line, Int32(index), point.x, point.y) }
      _ = OGR_G_AddGeometryDirectly(handle, line)
    }
    self.init(handle)
  }

  /// Several polygons as one geometry.
  package convenience init(_ polygons: [PlanarPolygon]) {
    if polygons.count == 1 {
      self.init(polygons[0])
      return
    }
    let handle = OGR_G_CreateGeometry(wkbMultiPolygon)!
    for polygon in polygons {
      let part = VectorGeometry(polygon)
      withExtendedLifetime(part) { _ = OGR_G_AddGeometry(handle, part.handle) }
    }
    self.init(handle)
  }

  /// The polygons in it, those of collections and surfaces too; points and lines are left out.
  package var polygons: [PlanarPolygon] { withExtendedLifetime(self) { Self.polygons(of: handle) } }

  static func polygons(of handle: OGRGeometryH) -> [PlanarPolygon] {
    let count = Int(OGR_G_GetGeometryCount(handle))
    switch OGR_GT_Flatten(OGR_G_GetGeometryType(handle)) {
    case wkbPolygon, wkbTriangle:
      if count == 0 { return [] }
      return [
        PlanarPolygon(
          rings: (0..<count).compactMap { OGR_G_GetGeometryRef(handle, Int32($0)) }.map { ring in
            (0..<OGR_G_GetPointCount(ring)).map { PlanarPoint(x: OGR_G_GetX(ring, $0), y: OGR_G_GetY(ring, $0)) }
          })
      ]
    case wkbMultiPolygon, wkbGeometryCollection, wkbPolyhedralSurface, wkbTIN:
      return (0..<count).compactMap { OGR_G_GetGeometryRef(handle, Int32($0)) }.flatMap { polygons(of: $0) }
    case wkbCurvePolygon, wkbMultiSurface:
      // Arcs become chords.
      guard let linear = OGR_G_GetLinearGeometry(handle, 0, nil) else { return [] }
      defer { OGR_G_DestroyGeometry(linear) }
      let type = OGR_GT_Flatten(OGR_G_GetGeometryType(linear))
      return type == wkbPolygon || type == wkbMultiPolygon ? polygons(of: linear) : []
    default: return []
    }
  }

  package var area: Double { withExtendedLifetime(self) { OGR_G_Area(handle) } }

  /// Valid in the sense of OGC simple features: rings that neither cross themselves nor each other.
  package var isValid: Bool { withExtendedLifetime(self) { OGR_G_IsValid(handle) != 0 } }

  /// The same made valid; nil where GEOS cannot.
  package func madeValid() -> VectorGeometry? { derived(OGR_G_MakeValid) }

  /// What any of its polygons covers, each of them valid; nil where GEOS cannot.
  package func united() -> VectorGeometry? { derived(OGR_G_UnionCascaded) }

  /// Fewer points, none farther from the outline than `tolerance`, rings that do not come to cross; nil where GEOS
  /// cannot.
  package func simplified(tolerance: Double) -> VectorGeometry? {
    derived { OGR_G_SimplifyPreserveTopology($0, tolerance) }
  }

  /// The rings as lines.
  package var boundary: VectorGeometry? { derived(OGR_G_Boundary) }

  package var convexHull: VectorGeometry? { derived(OGR_G_ConvexHull) }

  package func intersection(_ other: VectorGeometry) -> VectorGeometry? {
    withExtendedLifetime(other) { derived { OGR_G_Intersection($0, other.handle) } }
  }

  /// Points added so that no edge is longer.
  package func segmentize(_ length: Double) { withExtendedLifetime(self) { OGR_G_Segmentize(handle, length) } }

  private func derived(_ make: (OGRGeometryH) -> OGRGeometryH?) -> VectorGeometry? {
    withExtendedLifetime(self) { make(handle).map { VectorGeometry($0) } }
  }

  /// Area of the intersection over area of the union, 0 to 1; 0 where GEOS cannot tell.
  package func intersectionOverUnion(_ other: VectorGeometry) -> Double {
    guard let shared = intersection(other) else { return 0 }
    let intersection = shared.area
    let union = area + other.area - intersection
    return union > 0 ? intersection / union : 0
  }
}
