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
  /// Hands over the features of the layer that has polygons, one at a time.
  /// - Parameters:
  ///   - epsg: coordinate system that polygons are converted to; nil leaves them as they are. x is east, y is north.
  ///   - feature: each feature that has polygons.
  /// - Returns: whether the layer says in which coordinate system it is; where it does not, nothing is converted.
  /// - Throws: `GDALError`, also where several layers have polygons, or where there are features and none is a polygon;
  ///   and what `feature` throws.
  @discardableResult
  package static func forEachFeature(
    of path: String, epsg: Int?, _ feature: (VectorFeature) throws -> Void
  ) throws -> Bool {
    GDALRuntime.start()
    CPLErrorReset()
    let flags = UInt32(GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR | GDAL_OF_READONLY)
    guard let dataset = GDALOpenEx(path, flags, nil, nil, nil) else {
      throw GDALError(call: "open", path: path, message: GDALRuntime.lastMessage)
    }
    defer { GDALClose(dataset) }
    let layer = try polygonLayer(of: dataset, path)
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
    var (hasPolygons, other) = (false, String?.none)
    OGR_L_ResetReading(layer)
    while let handle = OGR_L_GetNextFeature(layer) {
      defer { OGR_F_Destroy(handle) }
      guard let geometry = OGR_F_GetGeometryRef(handle) else { continue }
      if let transform, OGR_G_Transform(geometry, transform) != OGRERR_NONE { continue }
      let polygons = VectorGeometry.polygons(of: geometry)
      guard !polygons.isEmpty else {
        if OGR_G_IsEmpty(geometry) == 0 { other = OGR_G_GetGeometryName(geometry).map { String(cString: $0) } }
        continue
      }
      hasPolygons = true
      let id =
        field >= 0 && OGR_F_IsFieldSetAndNotNull(handle, field) != 0
        ? OGR_F_GetFieldAsString(handle, field).map { String(cString: $0) } : nil
      try feature(VectorFeature(id: id, polygons: polygons))
    }
    if CPLGetLastErrorType().rawValue >= CE_Failure.rawValue {
      throw GDALError(call: "read features", path: path, message: GDALRuntime.lastMessage)
    }
    if let other, !hasPolygons {
      throw GDALError(
        call: "read polygons", path: path, message: "none of its features is a polygon (one is a \(other))")
    }
    return OGR_L_GetSpatialRef(layer) != nil
  }

  /// The only layer, or of several the one that has polygons.
  private static func polygonLayer(of dataset: GDALDatasetH, _ path: String) throws(GDALError) -> OGRLayerH {
    let layers = (0..<GDALDatasetGetLayerCount(dataset)).compactMap { GDALDatasetGetLayer(dataset, $0) }
    guard let first = layers.first else { throw GDALError(call: "open", path: path, message: "it has no layer") }
    guard layers.count > 1 else { return first }
    let candidates = layers.filter(hasPolygon)
    func names(_ layers: [OGRLayerH]) -> String {
      layers.map { "'\(OGR_L_GetName($0).map { String(cString: $0) } ?? "")'" }.joined(separator: ", ")
    }
    switch candidates.count {
    case 1: return candidates[0]
    case 0:
      throw GDALError(call: "read polygons", path: path, message: "none of its layers has any: \(names(layers))")
    default:
      throw GDALError(
        call: "read polygons", path: path,
        message: "several of its layers have them: \(names(candidates)); write the one that is meant into a file "
          + "of its own (ogr2ogr OUT.gpkg FILE LAYER)")
    }
  }

  private static func hasPolygon(_ layer: OGRLayerH) -> Bool {
    let kind = OGR_GT_Flatten(OGR_L_GetGeomType(layer))
    guard
      kind == wkbUnknown || kind == wkbGeometryCollection
        || [wkbSurface, wkbMultiSurface].contains(where: { OGR_GT_IsSubClassOf(kind, $0) != 0 })
    else { return false }
    OGR_L_ResetReading(layer)
    while let feature = OGR_L_GetNextFeature(layer) {
      defer { OGR_F_Destroy(feature) }
      if let geometry = OGR_F_GetGeometryRef(feature), !VectorGeometry.polygons(of: geometry).isEmpty { return true }
    }
    return false
  }

  /// Copies the polygons of a vector file into another format, `FlatGeobuf` for one, as multipolygons.
  /// - Parameters:
  ///   - target: a path that does not exist.
  ///   - layer: its name there.
  ///   - fields: that it has there, with these types, whether or not the first layer of `path` has them; others are not
  ///     copied.
  /// - Throws: `GDALError`.
  package static func copy(
    _ path: String, to target: String, driver: String, layer name: String, fields: [VectorField]
  ) throws(GDALError) {
    GDALRuntime.start()
    CPLErrorReset()
    let flags = UInt32(GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR | GDAL_OF_READONLY)
    guard let source = GDALOpenEx(path, flags, nil, nil, nil) else {
      throw GDALError(call: "open", path: path, message: GDALRuntime.lastMessage)
    }
    defer { GDALClose(source) }
    guard let features = GDALDatasetGetLayer(source, 0) else {
      throw GDALError(call: "open", path: path, message: "it has no layer")
    }
    let failure = "write \(driver)"
    guard let driver = GDALGetDriverByName(driver), let copy = GDALCreate(driver, target, 0, 0, 0, GDT_Unknown, nil)
    else { throw GDALError(writing: failure, path: target) }
    do throws(GDALError) {
      let layer = GDALDatasetCreateLayer(copy, name, OGR_L_GetSpatialRef(features), wkbMultiPolygon, nil)
      guard let layer else { throw GDALError(writing: failure, path: target) }
      for field in fields {
        let definition = OGR_Fld_Create(field.name, field.type.code)
        defer { OGR_Fld_Destroy(definition) }
        guard OGR_L_CreateField(layer, definition, 0) == OGRERR_NONE else {
          throw GDALError(writing: failure, path: target)
        }
      }
      try add(features, to: layer, path: path, target: target, failure: failure)
    } catch {
      GDALClose(copy)
      throw error
    }
    let (_, message) = GDALRuntime.capturingErrors { GDALClose(copy) }
    if let message { throw GDALError(writing: failure, path: target, message: message) }
  }

  private static func add(
    _ features: OGRLayerH, to layer: OGRLayerH, path: String, target: String, failure: String
  ) throws(GDALError) {
    let definition = OGR_L_GetLayerDefn(layer)
    OGR_L_ResetReading(features)
    while let feature = OGR_L_GetNextFeature(features) {
      defer { OGR_F_Destroy(feature) }
      let copy = OGR_F_Create(definition)
      defer { OGR_F_Destroy(copy) }
      // By name, and converted to the type.
      guard OGR_F_SetFrom(copy, feature, 1) == OGRERR_NONE,
        OGR_F_SetGeometryDirectly(copy, OGR_G_ForceToMultiPolygon(OGR_G_Clone(OGR_F_GetGeometryRef(feature))))
          == OGRERR_NONE,
        OGR_L_CreateFeature(layer, copy) == OGRERR_NONE
      else { throw GDALError(writing: failure, path: target) }
    }
    if CPLGetLastErrorType().rawValue >= CE_Failure.rawValue {
      throw GDALError(call: "read features", path: path, message: GDALRuntime.lastMessage)
    }
  }
}

/// A field of the features of a vector file.
package struct VectorField: Sendable {
  package enum Kind: Sendable {
    case text, integer, real, time

    var code: OGRFieldType {
      switch self {
      case .text: OFTString
      case .integer: OFTInteger
      case .real: OFTReal
      case .time: OFTDateTime
      }
    }
  }

  package var name: String
  package var type: Kind

  package init(_ name: String, _ type: Kind) {
    self.name = name
    self.type = type
  }
}
