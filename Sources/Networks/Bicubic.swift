internal import Geometry
internal import Kernels
package import Raster

/// Bicubic upsampling by 2 (cubic convolution, a = -0.75, edges repeated, pixel areas aligned): what PyTorch's
/// `interpolate(mode="bicubic", align_corners=False)` computes.
package enum Bicubic {
  /// Weights of the four neighbours at 0.25 and 0.75 between the second and the third.
  static let quarter: [Float] = [-0.10546875, 0.87890625, 0.26171875, -0.03515625]

  /// - Returns: twice the rows and columns.
  package static func upsample(_ image: FloatImage) -> FloatImage {
    let (rows, columns) = (image.rows, image.columns)
    var output = FloatImage(bands: image.bands, size: image.size.scaled(by: 2))
    // A row of the image blended vertically, with two pixels repeated on each side.
    let padded = UnsafeMutableBufferPointer<Float>.allocate(capacity: columns + 4)
    let even = UnsafeMutableBufferPointer<Float>.allocate(capacity: columns)
    let odd = UnsafeMutableBufferPointer<Float>.allocate(capacity: columns)
    defer {
      padded.deallocate()
      even.deallocate()
      odd.deallocate()
    }
    for band in 0..<image.bands {
      for outputRow in 0..<(2 * rows) {
        let row = outputRow / 2
        // An even output row lies a quarter above the middle of its input row, an odd one a quarter below.
        let isEven = outputRow % 2 == 0
        padded.update(repeating: 0)
        for tap in 0..<4 {
          let source = min(max(row + tap - (isEven ? 2 : 1), 0), rows - 1)
          let weight = isEven ? quarter[3 - tap] : quarter[tap]
          image.pixels.withUnsafeBufferPointer {
            RowArithmetic.add(
              $0.baseAddress! + image.index(band, source, 0), weight: weight, to: padded.baseAddress! + 2,
              count: columns)
          }
        }
        padded[0] = padded[2]
        padded[1] = padded[2]
        padded[columns + 2] = padded[columns + 1]
        padded[columns + 3] = padded[columns + 1]
        even.update(repeating: 0)
        odd.update(repeating: 0)
        for tap in 0..<4 {
          RowArithmetic.add(padded.baseAddress! + tap, weight: quarter[3 - tap], to: even.baseAddress!, count: columns)
          RowArithmetic.add(padded.baseAddress! + tap + 1, weight: quarter[tap], to: odd.baseAddress!, count: columns)
        }
        let start = output.index(band, outputRow, 0)
        output.pixels.withUnsafeMutableBufferPointer { pixels in
          for column in 0..<columns {
            pixels[start + 2 * column] = even[column]
            pixels[start + 2 * column + 1] = odd[column]
          }
        }
      }
    }
    return output
  }
}
