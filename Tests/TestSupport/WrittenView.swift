package import GDALAdapter
package import Geometry
package import Raster

/// Writes a view of reflectance x 10000; `change` may alter counts.
package func writeView(
  _ image: FloatImage, _ path: String, type: SampleType = .uint16, grid: GridGeometry? = nil,
  change: (_ row: Int, _ column: Int, _ count: Int32) -> Int32 = { $2 }
) throws {
  let file = try RasterFile.create(path, driver: "GTiff", size: image.size, bands: image.bands, type: type)
  if let grid { try file.set(grid) }
  for band in 0..<image.bands {
    var counts: [Int32] = []
    for row in 0..<image.rows {
      for column in 0..<image.columns {
        counts.append(change(row, column, Int32((image[band, row, column] * 10_000).rounded())))
      }
    }
    try file.write(counts, band: band, window: image.size.window)
  }
  try file.close()
}
