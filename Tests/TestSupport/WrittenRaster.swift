internal import Geometry
package import Writing

/// Writes a raster of `value(band, row, column)` and finishes it.
package func writeRaster(
  _ target: String, layout: RasterLayout, scratch: String, compression: COGCompression = .zstd(),
  value: (Int, Int, Int) -> UInt16
) throws {
  let raster = try StreamedRaster(scratchPath: scratch, layout: layout)
  let size = layout.grid.size
  for row in stride(from: 0, to: size.rows, by: 300) {
    for column in stride(from: 0, to: size.columns, by: 700) {
      let window = PixelWindow(
        row: row, column: column, rows: min(300, size.rows - row), columns: min(700, size.columns - column))
      for band in layout.bands.indices {
        let pixels = (0..<window.pixelCount).map {
          value(band, row + $0 / window.columns, column + $0 % window.columns)
        }
        try raster.write(pixels, band: band, window: window)
      }
    }
  }
  try raster.finish(as: target, compression: compression)
}
