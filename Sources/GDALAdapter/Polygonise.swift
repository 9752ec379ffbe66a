internal import CGDAL
package import Geometry

/// Raster areas as polygons, by GDAL's polygoniser.
package enum Polygonise {
  /// Outlines of the connected areas (over edges, not over corners) of pixels that are not 0.
  /// - Parameters:
  ///   - mask: row by row.
  ///   - grid: where the mask lies; its size is the mask's.
  /// - Returns: valid polygons with holes, along the edges of pixels.
  /// - Throws: `GDALError`.
  package static func areas(_ mask: [UInt8], grid: GridGeometry) throws(GDALError) -> [PlanarPolygon] {
    precondition(mask.count == grid.size.pixelCount, "one value a pixel")
    let raster = try RasterFile.create("", driver: "MEM", size: grid.size, bands: 1, type: .uint8)
    try raster.write(mask, band: 0, window: grid.size.window)
    var transform = grid.geoTransform
    guard GDALSetGeoTransform(raster.handle, &transform) == CE_None,
      let driver = GDALGetDriverByName("Memory"),
      let target = GDALCreate(driver, "", 0, 0, 0, GDT_Unknown, nil)
    else { throw GDALError(call: "polygonise", path: "mask", message: GDALRuntime.lastMessage) }
    defer { GDALClose(target) }
    guard let layer = GDALDatasetCreateLayer(target, "areas", nil, wkbPolygon, nil) else {
      throw GDALError(call: "polygonise", path: "mask", message: GDALRuntime.lastMessage)
    }
    let band = try raster.bandHandle(0)
    guard GDALPolygonize(band, band, layer, -1, nil, nil, nil) == CE_None else {
      throw GDALError(call: "polygonise", path: "mask", message: GDALRuntime.lastMessage)
    }
    var polygons: [PlanarPolygon] = []
    OGR_L_ResetReading(layer)
    while let feature = OGR_L_GetNextFeature(layer) {
      defer { OGR_F_Destroy(feature) }
      guard let geometry = OGR_F_GetGeometryRef(feature) else { continue }
      if OGR_G_IsValid(geometry) != 0 {
        polygons += VectorGeometry.polygons(of: geometry)
      } else if let valid = OGR_G_MakeValid(geometry) {
        polygons += VectorGeometry(valid).polygons
      }
    }
    return polygons
  }

  /// Pixels whose centres lie in the polygons are set to 1.
  /// - Throws: `GDALError`.
  package static func burn(_ polygons: [PlanarPolygon], into mask: inout [UInt8], grid: GridGeometry)
    throws(GDALError)
  {
    try burn(polygons.map { VectorGeometry($0) }, into: &mask, grid: grid)
  }

  /// Pixels that the polygons' outlines run through are set to 1.
  /// - Throws: `GDALError`.
  package static func burnOutlines(_ polygons: [PlanarPolygon], into mask: inout [UInt8], grid: GridGeometry)
    throws(GDALError)
  {
    try burn(polygons.compactMap { VectorGeometry($0).boundary }, into: &mask, grid: grid)
  }

  private static func burn(_ geometries: [VectorGeometry], into mask: inout [UInt8], grid: GridGeometry)
    throws(GDALError)
  {
    guard !geometries.isEmpty else { return }
    let raster = try RasterFile.create("", driver: "MEM", size: grid.size, bands: 1, type: .uint8)
    try raster.write(mask, band: 0, window: grid.size.window)
    var transform = grid.geoTransform
    var handles: [OGRGeometryH?] = geometries.map(\.handle)
    let values = [Double](repeating: 1, count: geometries.count)
    var bands: [Int32] = [1]
    CPLErrorReset()
    guard GDALSetGeoTransform(raster.handle, &transform) == CE_None,
      GDALRasterizeGeometries(
        raster.handle, 1, &bands, Int32(handles.count), &handles, nil, nil, values, nil, nil, nil) == CE_None
    else { throw GDALError(call: "rasterise", path: "polygons", message: GDALRuntime.lastMessage) }
    withExtendedLifetime(geometries) {}
    mask = try raster.read(UInt8.self, band: 0, window: grid.size.window)
  }
}
