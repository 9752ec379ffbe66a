private import Foundation
internal import Geometry
internal import Raster

/// Structural similarity (Wang et al. 2004): Gaussian window of 11 x 11 pixels and sigma 1.5, K1 0.01, K2 0.03,
/// population covariance, windows that lie inside the image only; the mean of each band, then of the bands.
/// - Parameter range: peak value L of the constants (K L)^2, reflectance.
/// - Returns: nil where no window can be compared.
package func structuralSimilarity(_ pair: ImagePair, range: Double = 1) -> Double? {
  let size = pair.image.size
  let reach = 5
  guard size.rows > 2 * reach, size.columns > 2 * reach else { return nil }
  let c1 = (0.01 * range) * (0.01 * range)
  let c2 = (0.03 * range) * (0.03 * range)
  let isWhole = windowsWithoutHoles(pair.isValid, size, reach)
  var (sum, count) = (0.0, 0)
  for band in 0..<pair.image.bands {
    let start = band * size.pixelCount
    let x = (0..<size.pixelCount).map { Double(pair.image.pixels[start + $0]) }
    let y = (0..<size.pixelCount).map { Double(pair.truth.pixels[start + $0]) }
    let meanX = gaussian(x, size)
    let meanY = gaussian(y, size)
    let meanXX = gaussian(x.map { $0 * $0 }, size)
    let meanYY = gaussian(y.map { $0 * $0 }, size)
    let meanXY = gaussian(zip(x, y).map { $0 * $1 }, size)
    for row in reach..<(size.rows - reach) {
      for column in reach..<(size.columns - reach) {
        let pixel = row * size.columns + column
        guard isWhole[pixel] else { continue }
        let (mx, my) = (meanX[pixel], meanY[pixel])
        let covariance = meanXY[pixel] - mx * my
        let variances = meanXX[pixel] - mx * mx + meanYY[pixel] - my * my
        sum += (2 * mx * my + c1) * (2 * covariance + c2) / ((mx * mx + my * my + c1) * (variances + c2))
        count += 1
      }
    }
  }
  return count > 0 ? sum / Double(count) : nil
}

/// Where every pixel of the window around a pixel is valid.
private func windowsWithoutHoles(_ isValid: [Bool], _ size: RasterSize, _ reach: Int) -> [Bool] {
  // Holes up to and including each pixel, as a summed-area table.
  let stride = size.columns + 1
  var holes = [Int](repeating: 0, count: (size.rows + 1) * stride)
  for row in 0..<size.rows {
    for column in 0..<size.columns {
      holes[(row + 1) * stride + column + 1] =
        holes[row * stride + column + 1] + holes[(row + 1) * stride + column] - holes[row * stride + column]
        + (isValid[row * size.columns + column] ? 0 : 1)
    }
  }
  var result = [Bool](repeating: false, count: size.pixelCount)
  for row in reach..<(size.rows - reach) {
    for column in reach..<(size.columns - reach) {
      let (top, bottom) = ((row - reach) * stride, (row + reach + 1) * stride)
      let (left, right) = (column - reach, column + reach + 1)
      result[row * size.columns + column] =
        holes[bottom + right] - holes[bottom + left] - holes[top + right] + holes[top + left] == 0
    }
  }
  return result
}

/// Separable Gaussian of 11 taps; values nearer to the border than 5 pixels mean nothing.
private func gaussian(_ values: [Double], _ size: RasterSize) -> [Double] {
  let raw = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
  let weights = raw.map { $0 / raw.reduce(0, +) }
  var horizontal = [Double](repeating: 0, count: values.count)
  var result = horizontal
  for row in 0..<size.rows {
    for column in 5..<(size.columns - 5) {
      var sum = 0.0
      for tap in 0..<11 { sum += weights[tap] * values[row * size.columns + column + tap - 5] }
      horizontal[row * size.columns + column] = sum
    }
  }
  for row in 5..<(size.rows - 5) {
    for column in 5..<(size.columns - 5) {
      var sum = 0.0
      for tap in 0..<11 { sum += weights[tap] * horizontal[(row + tap - 5) * size.columns + column] }
      result[row * size.columns + column] = sum
    }
  }
  return result
}
