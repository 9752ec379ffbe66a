private import Foundation
package import GDALAdapter
private import Geometry

/// Strict checks of a file that was just written, before anybody sees it.
package enum COGCheck {
  /// Cloud optimised: tiled 512 x 512, overviews down to below 512 pixels, every directory before the data, the
  /// overviews' data before the image's.
  /// - Throws: `WritingError` that says what is amiss, `GDALError` where the file does not open.
  package static func requireStructure(_ path: String) throws {
    let structure = try TIFFStructure(path: path)
    if let flaw = structure.flaw(block: StreamedRaster.block) {
      throw WritingError(path, "is not a cloud optimised GeoTIFF: \(flaw)")
    }
    let file = try RasterFile.openGeoTIFF(path)
    guard file.metadataItem("LAYOUT", domain: "IMAGE_STRUCTURE") == "COG" else {
      throw WritingError(path, "is not a cloud optimised GeoTIFF: GDAL does not see the layout")
    }
  }

  /// The file says of itself what it was meant to say.
  static func requireLayout(_ layout: RasterLayout, of path: String) throws {
    let file = try RasterFile.openGeoTIFF(path)
    func require(_ isRight: Bool, _ what: String) throws {
      if !isRight { throw WritingError(path, "was written with another \(what) than intended") }
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

  /// Compares the pixels of some rows with those of the raster they were made from, a block row at a time.
  /// - Throws: `WritingError` that names the first row that differs.
  package static func requireSamePixels(_ path: String, as source: RasterFile, rows: Range<Int>) throws {
    let file = try RasterFile.openGeoTIFF(path)
    guard file.size == source.size, file.bandCount == source.bandCount else {
      throw WritingError(path, "differs from \(source.path) in size")
    }
    let size = file.size
    // One buffer for each side, used again for every window: these are megabytes.
    var left = [UInt16](repeating: 0, count: size.columns * min(rows.count, StreamedRaster.block))
    var right = left
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: StreamedRaster.block) {
      let window = PixelWindow(
        row: row, column: 0, rows: min(StreamedRaster.block, rows.upperBound - row), columns: size.columns)
      for band in 0..<file.bandCount {
        let first = try left.withUnsafeMutableBufferPointer { left in
          try right.withUnsafeMutableBufferPointer { right -> Int? in
            try file.read(band: band, window: window, into: left)
            try source.read(band: band, window: window, into: right)
            if memcmp(left.baseAddress!, right.baseAddress!, 2 * window.pixelCount) == 0 { return nil }
            return (0..<window.pixelCount).first { left[$0] != right[$0] }
          }
        }
        guard let first else { continue }
        throw WritingError(
          path,
          "differs from what was computed, first in band \(band + 1) at row \(row + first / size.columns), "
            + "column \(first % size.columns)")
      }
    }
  }
}
