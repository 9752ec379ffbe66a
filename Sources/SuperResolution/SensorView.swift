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
    let low = RasterSize(rows: image.rows / 2, columns: image.columns / 2)
    var result = FloatImage(bands: image.bands, size: low)
    for band in 0..<image.bands {
      image.withBand(band) { fine in
        result.withMutableBand(band) { apply(fine, taps: taps, window: low.window, into: $0) }
      }
    }
    return result
  }

  /// A window of one band.
  /// - Parameters:
  ///   - fine: 2 rows x 2 columns.
  ///   - window: low-resolution pixels to compute.
  ///   - result: rows x columns; nothing outside the window is written.
  static func apply(
    _ fine: BandView, taps: (first: Int, weights: [Float]), window: PixelWindow, into result: BandView
  ) {
    let reach = taps.weights.count
    // A row seen along columns, from fine column `start`, then its even and its odd pixels.
    let start = 2 * window.column + taps.first
    let length = 2 * (window.columns + reach / 2)
    let line = UnsafeMutableBufferPointer<Float>.allocate(capacity: 2 * length)
    defer { line.deallocate() }
    let (even, odd) = (line.baseAddress! + length, line.baseAddress! + length + length / 2)
    let inside = max(start, 0)..<min(start + length, fine.size.columns)
    var rows = [UnsafePointer<Float>?](repeating: nil, count: reach)
    let shifted = (0..<reach).map { tap -> UnsafePointer<Float>? in UnsafePointer((tap % 2 == 0 ? even : odd) + tap / 2)
    }
    for row in window.row..<window.endRow {
      for tap in 0..<reach {
        let from = min(max(2 * row + taps.first + tap, 0), fine.size.rows - 1)
        rows[tap] = UnsafePointer(fine.pointer(from, inside.lowerBound))
      }
      RowArithmetic.weightedSum(
        rows, weights: taps.weights, into: line.baseAddress! + (inside.lowerBound - start), count: inside.count)
      for index in 0..<(inside.lowerBound - start) { line[index] = line[inside.lowerBound - start] }
      for index in (inside.upperBound - start)..<length { line[index] = line[inside.upperBound - start - 1] }
      RowArithmetic.split(line.baseAddress!, even: even, odd: odd, count: length / 2)
      RowArithmetic.weightedSum(
        shifted, weights: taps.weights, into: result.pointer(row, window.column), count: window.columns)
    }
  }
}
