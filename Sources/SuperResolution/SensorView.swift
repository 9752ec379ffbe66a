internal import Geometry
internal import Kernels
package import Raster

/// A fine image as the sensor would see it: weighted means around the centres of low-resolution pixels. Beyond its
/// edge the image is continued by its last pixel.
package enum SensorView {
  /// - Parameters:
  ///   - image: 2 rows x 2 columns.
  ///   - taps: weights along each axis, relative to a low-resolution pixel's first fine pixel.
  /// - Returns: rows x columns.
  package static func apply(_ image: FloatImage, taps: (first: Int, weights: [Float])) -> FloatImage {
    let factor = 2
    let low = RasterSize(rows: image.rows / factor, columns: image.columns / factor)
    var result = FloatImage(bands: image.bands, size: low)
    let reach = taps.weights.count
    let line = UnsafeMutableBufferPointer<Float>.allocate(capacity: image.columns + 2 * reach)
    defer { line.deallocate() }
    image.pixels.withUnsafeBufferPointer { source in
      result.pixels.withUnsafeMutableBufferPointer { target in
        for band in 0..<image.bands {
          for row in 0..<low.rows {
            line.update(repeating: 0)
            for (index, weight) in taps.weights.enumerated() {
              let from = min(max(factor * row + taps.first + index, 0), image.rows - 1)
              RowArithmetic.add(
                source.baseAddress! + image.index(band, from, 0), weight: weight, to: line.baseAddress! + reach,
                count: image.columns)
            }
            for index in 0..<reach {
              line[index] = line[reach]
              line[reach + image.columns + index] = line[reach + image.columns - 1]
            }
            let to = target.baseAddress! + (band * low.rows + row) * low.columns
            for (index, weight) in taps.weights.enumerated() {
              RowArithmetic.addEven(
                line.baseAddress! + reach + taps.first + index, weight: weight, to: to, count: low.columns)
            }
          }
        }
      }
    }
    return result
  }
}
