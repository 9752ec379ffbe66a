package import Geometry
internal import Kernels
package import Raster

/// Bicubic upsampling by 2 (cubic convolution, a = -0.75, edges repeated, pixel areas aligned): what PyTorch's
/// `interpolate(mode="bicubic", align_corners=False)` computes.
package enum Bicubic {
  /// Weights of the four neighbours at 0.25 and 0.75 between the second and the third.
  static let quarter: [Float] = [-0.10546875, 0.87890625, 0.26171875, -0.03515625]
  private static let threeQuarters = [Float](quarter.reversed())

  /// - Returns: twice the rows and columns.
  package static func upsample(_ image: FloatImage) -> FloatImage {
    var output = FloatImage(bands: image.bands, size: image.size.scaled(by: 2))
    for band in 0..<image.bands {
      image.withBand(band) { low in
        output.withMutableBand(band) { add(low, window: image.size.window, to: $0) }
      }
    }
    return output
  }

  /// Adds a window of one band, upsampled.
  /// - Parameters:
  ///   - window: low-resolution pixels; two more around them are looked at, edges of `low` repeated.
  ///   - fine: 2 rows x 2 columns of `low`; nothing outside the window is written.
  package static func add(_ low: BandView, window: PixelWindow, to fine: BandView) {
    // A row blended along columns from two pixels before the window to two behind it, then its even and odd outputs.
    let (start, length) = (window.column - 2, window.columns + 4)
    let line = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3 * length)
    defer { line.deallocate() }
    let blended = line.baseAddress!
    let (even, odd) = (blended + length, blended + 2 * length)
    let inside = max(start, 0)..<min(start + length, low.size.columns)
    var rows = [UnsafePointer<Float>?](repeating: nil, count: 4)
    let evenTaps = (0..<4).map { UnsafePointer<Float>?(UnsafePointer(blended + $0)) }
    let oddTaps = (0..<4).map { UnsafePointer<Float>?(UnsafePointer(blended + $0 + 1)) }
    for outputRow in (2 * window.row)..<(2 * window.endRow) {
      // An even output row lies a quarter above the middle of its input row, an odd one a quarter below.
      let isEven = outputRow % 2 == 0
      for tap in 0..<4 {
        let source = min(max(outputRow / 2 + tap - (isEven ? 2 : 1), 0), low.size.rows - 1)
        rows[tap] = UnsafePointer(low.pointer(source, inside.lowerBound))
      }
      RowArithmetic.weightedSum(
        rows, weights: isEven ? threeQuarters : quarter, into: blended + (inside.lowerBound - start),
        count: inside.count)
      for index in 0..<(inside.lowerBound - start) { line[index] = line[inside.lowerBound - start] }
      for index in (inside.upperBound - start)..<length { line[index] = line[inside.upperBound - start - 1] }
      RowArithmetic.weightedSum(evenTaps, weights: threeQuarters, into: even, count: window.columns)
      RowArithmetic.weightedSum(oddTaps, weights: quarter, into: odd, count: window.columns)
      RowArithmetic.addInterleaved(
        even: even, odd: odd, to: fine.pointer(outputRow, 2 * window.column), count: window.columns)
    }
  }
}
