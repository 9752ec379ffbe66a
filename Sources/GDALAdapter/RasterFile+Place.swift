package import Geometry

/// Why it cannot be told on which north-up grid a raster lies.
package enum PlacementError: Error, Sendable, CustomStringConvertible {
  /// Its geotransform.
  case rotated([Double])
  /// Its coordinate system has no EPSG code.
  case noCode

  package var description: String {
    switch self {
    case .rotated(let transform): "is rotated or not north-up (geotransform \(transform)); warp it north-up first"
    case .noCode: "has a coordinate system without an EPSG code; warp it to one that has a code first"
    }
  }
}

extension RasterFile {
  /// Opens a raster with what it, or a file beside it (`.aux.xml`, a world file), says of its place: the process-wide
  /// setting ignores that, because of products' JP2.
  /// - Throws: `GDALError`.
  package static func openPlaced(_ path: String) throws(GDALError) -> RasterFile {
    GDALRuntime.start()
    // GDAL's own order.
    let sources = "PAM,INTERNAL,WORLDFILE"
    CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", "YES")
    CPLSetThreadLocalConfigOption("GDAL_GEOREF_SOURCES", sources)
    defer {
      CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", nil)
      CPLSetThreadLocalConfigOption("GDAL_GEOREF_SOURCES", nil)
    }
    let file: RasterFile
    do throws(GDALError) { file = try open(path, drivers: ["GTiff"], options: ["GEOREF_SOURCES=\(sources)"]) } catch {
      file = try open(path)
    }
    // Drivers look when they are asked first, and remember.
    _ = (file.geoTransform, file.hasSpatialReference)
    return file
  }

  /// The grid that it lies on; in `unknownSystem` where it states no coordinate system, nil where it says nothing at all.
  /// - Throws: `PlacementError`.
  package func place() throws(PlacementError) -> GridGeometry? {
    if hasSpatialReference, epsg == nil { throw .noCode }
    if let grid { return grid }
    guard let transform = geoTransform, transform != [0, 1, 0, 0, 0, 1] else { return nil }
    throw .rotated(transform)
  }
}
