package import Geometry
package import Raster

/// Bounds what a network adds to the upsampled reference frame by what there is to sharpen: where the frame shows no more
/// than the sensor's noise, the network has nothing to go by, and on surfaces brighter than those it learnt from (salt,
/// snow, white roofs, concrete) it prints the pattern of its last layer, which the sensor model and a 2 x 2 mean both
/// take out, so that no certificate shows it.
///
/// In each 5 x 5 neighbourhood the root mean square of the correction may be 1.5 times the standard deviation of the frame
/// and the noise, added in squares. On images of 16 cities and fields the ratio is below 1.2 in 99 of 100 neighbourhoods
/// and below 1.8 in 999 of 1000; on flat bright ones it reached 45.
package enum CorrectionLimit {
  /// Low-resolution pixels around one that its limit depends on.
  package static let reach = 2
  private static let ratio: Float = 1.5
  /// Reflectance: the sensor's noise.
  private static let noise: Float = 0.0015

  /// - Parameters:
  ///   - correction: reflectance, 2 rows x 2 columns of `around`; becomes limited.
  ///   - reference: reflectance of the reference frame; edges are those of the raster.
  ///   - around: the part of `reference` that the correction is of. What lies within `reach` of its borders is limited as if
  ///     nothing lay beyond.
  package static func apply(to correction: inout FloatImage, reference: FloatImage, around: PixelWindow) {
    let (rows, columns) = (around.rows, around.columns)
    var energy = [Float](repeating: 0, count: rows * columns)
    for band in 0..<correction.bands {
      correction.pixels.withUnsafeMutableBufferPointer { pixels in
        let fine = pixels.baseAddress! + band * 4 * rows * columns
        for row in 0..<rows {
          let (upper, lower) = (fine + 4 * row * columns, fine + (4 * row + 2) * columns)
          for column in 0..<columns {
            let (a, b) = (upper[2 * column], upper[2 * column + 1])
            let (c, d) = (lower[2 * column], lower[2 * column + 1])
            energy[row * columns + column] = (a * a + b * b + c * c + d * d) / 4
          }
        }
        reference.pixels.withUnsafeBufferPointer { source in
          energy.withUnsafeBufferPointer { energy in
            let low = source.baseAddress! + band * reference.size.pixelCount
            for row in 0..<rows {
              let (upper, lower) = (fine + 4 * row * columns, fine + (4 * row + 2) * columns)
              for column in 0..<columns {
                let factor = share(
                  energy: mean(energy.baseAddress!, rows, columns, row, column),
                  variance: variance(
                    low, reference.rows, reference.columns, around.row + row, around.column + column))
                guard factor < 1 else { continue }
                for part in [upper, lower] {
                  part[2 * column] *= factor
                  part[2 * column + 1] *= factor
                }
              }
            }
          }
        }
      }
    }
  }

  /// How much of a correction stays, 0 to 1.
  private static func share(energy: Float, variance: Float) -> Float {
    let allowed = ratio * ratio * (variance + noise * noise)
    return energy <= allowed ? 1 : (allowed / energy).squareRoot()
  }

  private static func mean(
    _ values: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ row: Int, _ column: Int
  ) -> Float {
    var sum: Float = 0
    let (top, bottom) = (max(row - reach, 0), min(row + reach, rows - 1))
    let (left, right) = (max(column - reach, 0), min(column + reach, columns - 1))
    for r in top...bottom { for c in left...right { sum += values[r * columns + c] } }
    return sum / Float((bottom - top + 1) * (right - left + 1))
  }

  /// About the middle pixel, so that the square of the level does not swallow that of the noise.
  private static func variance(
    _ values: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ row: Int, _ column: Int
  ) -> Float {
    let middle = values[row * columns + column]
    var (sum, squares): (Float, Float) = (0, 0)
    let (top, bottom) = (max(row - reach, 0), min(row + reach, rows - 1))
    let (left, right) = (max(column - reach, 0), min(column + reach, columns - 1))
    for r in top...bottom {
      for c in left...right {
        let difference = values[r * columns + c] - middle
        sum += difference
        squares += difference * difference
      }
    }
    let count = Float((bottom - top + 1) * (right - left + 1))
    return max(0, squares / count - (sum / count) * (sum / count))
  }
}
