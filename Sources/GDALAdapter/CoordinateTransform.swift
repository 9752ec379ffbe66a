internal import CGDAL

/// Conversion of map coordinates to WGS 84 longitude and latitude.
package enum CoordinateTransform {
  /// - Parameters:
  ///   - points: eastings and northings, metres.
  ///   - epsg: their coordinate system.
  /// - Returns: longitude (-180 to 180) and latitude in degrees, in the same order.
  /// - Throws: `GDALError`.
  package static func longitudeLatitude(_ points: [(x: Double, y: Double)], epsg: Int) throws(GDALError)
    -> [(longitude: Double, latitude: Double)]
  {
    GDALRuntime.start()
    CPLErrorReset()
    let source = OSRNewSpatialReference(nil)
    let target = OSRNewSpatialReference(nil)
    defer {
      OSRDestroySpatialReference(source)
      OSRDestroySpatialReference(target)
    }
    guard OSRImportFromEPSG(source, Int32(epsg)) == OGRERR_NONE, OSRImportFromEPSG(target, 4326) == OGRERR_NONE else {
      throw GDALError(call: "find EPSG:\(epsg)", path: "coordinate transform", message: GDALRuntime.lastMessage)
    }
    OSRSetAxisMappingStrategy(source, OAMS_TRADITIONAL_GIS_ORDER)
    OSRSetAxisMappingStrategy(target, OAMS_TRADITIONAL_GIS_ORDER)
    guard let transform = OCTNewCoordinateTransformation(source, target) else {
      throw GDALError(call: "transform", path: "EPSG:\(epsg)", message: GDALRuntime.lastMessage)
    }
    defer { OCTDestroyCoordinateTransformation(transform) }
    var x = points.map(\.x)
    var y = points.map(\.y)
    guard OCTTransform(transform, Int32(points.count), &x, &y, nil) != 0 else {
      throw GDALError(call: "transform", path: "EPSG:\(epsg)", message: GDALRuntime.lastMessage)
    }
    return zip(x, y).map { ($0, $1) }
  }
}
