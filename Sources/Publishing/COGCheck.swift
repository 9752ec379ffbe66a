package import GDALAdapter
private import Geometry

/// Strict checks of a file that was just written, before anybody sees it.
package enum COGCheck {
  /// Cloud optimised: tiled 512 x 512, overviews down to below 512 pixels, every directory before the data, the
  /// overviews' data before the image's.
  /// - Throws: `PublishingError` that says what is amiss, `GDALError` where the file does not open.
  package static func requireStructure(_ path: String) throws {
    let structure = try TIFFStructure(path: path)
    if let flaw = structure.flaw(block: StreamedRaster.block) {
      throw PublishingError(path, "is not a cloud optimised GeoTIFF: \(flaw)")
    }
    let file = try RasterFile.openGeoTIFF(path)
    guard file.metadataItem("LAYOUT", domain: "IMAGE_STRUCTURE") == "COG" else {
      throw PublishingError(path, "is not a cloud optimised GeoTIFF: GDAL does not see the layout")
    }
  }

  /// The file says of itself what it was meant to say.
  static func requireLayout(_ layout: RasterLayout, of path: String) throws {
    let file = try RasterFile.openGeoTIFF(path)
    func require(_ isRight: Bool, _ what: String) throws {
      if !isRight { throw PublishingError(path, "was written with another \(what) than intended") }
    }
    try require(file.grid == layout.grid, "grid")
    try require(file.bandCount == layout.bands.count, "number of bands")
    if layout.grid.epsg != GridGeometry.unknownSystem {  // without a coordinate system GDAL writes none
      try require(file.metadataItem("AREA_OR_POINT") == "Area", "pixel reference")
    }
    for (index, band) in layout.bands.enumerated() {
      try require(try file.type(ofBand: index) == layout.type, "pixel type")
      try require(try file.noData(ofBand: index) == layout.noData.map(Double.init), "no data value")
      try require(try file.description(ofBand: index) == band.description, "band description")
      if band.color != .undefined {
        try require(try file.color(ofBand: index) == band.color, "colour interpretation")
      }
      if let scale = layout.scale {
        let written = try file.scale(ofBand: index)
        try require(written?.scale == scale && written?.offset == 0, "scale")
      }
    }
  }

  /// Compares every pixel with the raster it was made from, a block row at a time.
  /// - Throws: `PublishingError` that names the first row that differs.
  package static func requireSamePixels(_ path: String, as source: RasterFile) throws {
    let file = try RasterFile.openGeoTIFF(path)
    guard file.size == source.size, file.bandCount == source.bandCount else {
      throw PublishingError(path, "differs from \(source.path) in size")
    }
    let size = file.size
    // One buffer for each side, used again for every window: these are megabytes.
    var left = [UInt16](repeating: 0, count: size.columns * min(size.rows, StreamedRaster.block))
    var right = left
    for row in stride(from: 0, to: size.rows, by: StreamedRaster.block) {
      let rows = min(StreamedRaster.block, size.rows - row)
      let window = PixelWindow(row: row, column: 0, rows: rows, columns: size.columns)
      for band in 0..<file.bandCount {
        try left.withUnsafeMutableBufferPointer { try file.read(band: band, window: window, into: $0) }
        try right.withUnsafeMutableBufferPointer { try source.read(band: band, window: window, into: $0) }
        guard left != right else { continue }
        let index = zip(left, right).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? 0
        throw PublishingError(
          path,
          "differs from what was computed, first in band \(band + 1) at row \(row + index / size.columns), "
            + "column \(index % size.columns)")
      }
    }
  }
}
