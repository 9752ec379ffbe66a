internal import Geometry
package import Raster

/// Bilinear upsampling by 2 with pixel areas aligned and edges repeated: what PyTorch's
/// `interpolate(mode="bilinear", align_corners=False)` computes, with antialiasing or without.
/// - Returns: twice the rows and columns.
package func bilinearlyUpsampled(_ image: FloatImage) -> FloatImage {
  var result = FloatImage(bands: image.bands, size: image.size.scaled(by: 2))
  // A fine pixel's centre lies a quarter of a pixel from its own low-resolution pixel's, towards a neighbour.
  func neighbour(_ fine: Int, _ count: Int) -> Int { min(max(fine / 2 + (fine % 2 == 0 ? -1 : 1), 0), count - 1) }
  for band in 0..<image.bands {
    for row in 0..<result.rows {
      let (near, far) = (row / 2, neighbour(row, image.rows))
      for column in 0..<result.columns {
        let (left, right) = (column / 2, neighbour(column, image.columns))
        let upper = 0.75 * image[band, near, left] + 0.25 * image[band, near, right]
        let lower = 0.75 * image[band, far, left] + 0.25 * image[band, far, right]
        result[band, row, column] = 0.75 * upper + 0.25 * lower
      }
    }
  }
  return result
}
