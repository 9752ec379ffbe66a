internal import CGDAL
package import Geometry

/// A feature of a vector file.
package struct VectorFeature: Sendable {
  /// The field `id`; nil where there is none.
  package var id: String?
  /// In the coordinate system asked for.
  package var polygons: [PlanarPolygon]
}

/// Vector files: whatever this GDAL reads.
package enum VectorFile {
  /// Hands over the features of the first layer, one at a time.
  /// - Parameters:
  ///   - epsg: coordinate system that polygons are converted to; nil leaves them as they are. x is east, y is north.
  ///   - feature: each feature that has polygons.
  /// - Throws: `GDALError`, and what `feature` throws.
  package static func forEachFeature(
    of path: String, epsg: Int?, _ feature: (VectorFeature) throws -> Void
  ) throws {
    GDALRuntime.start()
    CPLErrorReset()
    let flags = UInt32(GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR | GDAL_OF_READONLY)
    guard let dataset = GDALOpenEx(path, flags, nil, nil, nil) else {
      throw GDALError(call: "open", path: path, message: GDALRuntime.lastMessage)
    }
    defer { GDALClose(dataset) }
    guard let layer = GDALDatasetGetLayer(dataset, 0) else {
      throw GDALError(call: "open", path: path, message: "it has no layer")
    }
    var transform: OGRCoordinateTransformationH?
    defer { if let transform { OCTDestroyCoordinateTransformation(transform) } }
    if let epsg, let source = OGR_L_GetSpatialRef(layer) {
      let target = OSRNewSpatialReference(nil)
      defer { OSRDestroySpatialReference(target) }
      guard OSRImportFromEPSG(target, Int32(epsg)) == OGRERR_NONE else {
        throw GDALError(call: "find EPSG:\(epsg)", path: path, message: GDALRuntime.lastMessage)
      }
      OSRSetAxisMappingStrategy(target, OAMS_TRADITIONAL_GIS_ORDER)
      transform = OCTNewCoordinateTransformation(source, target)
      if transform == nil { throw GDALError(call: "transform", path: path, message: GDALRuntime.lastMessage) }
    }
    let field = OGR_FD_GetFieldIndex(OGR_L_GetLayerDefn(layer), "id")
    OGR_L_ResetReading(layer)
    while let handle = OGR_L_GetNextFeature(layer) {
      defer { OGR_F_Destroy(handle) }
      guard let geometry = OGR_F_GetGeometryRef(handle) else { continue }
      if let transform, OGR_G_Transform(geometry, transform) != OGRERR_NONE { continue }
      let polygons = VectorGeometry.polygons(of: geometry)
      guard !polygons.isEmpty else { continue }
      let id =
        field >= 0 && OGR_F_IsFieldSetAndNotNull(handle, field) != 0
        ? OGR_F_GetFieldAsString(handle, field).map { String(cString: $0) } : nil
      try feature(VectorFeature(id: id, polygons: polygons))
    }
    if CPLGetLastErrorType().rawValue >= CE_Failure.rawValue {
      throw GDALError(call: "read features", path: path, message: GDALRuntime.lastMessage)
    }
  }

  /// Copies a vector file into another format, `FlatGeobuf` for one.
  /// - Parameter target: a path that does not exist.
  /// - Throws: `GDALError`.
  package static func copy(_ path: String, to target: String, driver: String, options: [String] = [])
    throws(GDALError)
  {
    GDALRuntime.start()
    CPLErrorReset()
    let flags = UInt32(GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR | GDAL_OF_READONLY)
    guard let source = GDALOpenEx(path, flags, nil, nil, nil) else {
      throw GDALError(call: "open", path: path, message: GDALRuntime.lastMessage)
    }
    defer { GDALClose(source) }
    let settings = StringList.with(["-f", driver] + options) { GDALVectorTranslateOptionsNew($0, nil) }
    defer { GDALVectorTranslateOptionsFree(settings) }
    var sources: [GDALDatasetH?] = [source]
    var usage: Int32 = 0
    guard let copy = GDALVectorTranslate(target, nil, 1, &sources, settings, &usage) else {
      throw GDALError(writing: "write \(driver)", path: target)
    }
    let (_, message) = GDALRuntime.capturingErrors { GDALClose(copy) }
    if let message { throw GDALError(writing: "write \(driver)", path: target, message: message) }
  }
}
