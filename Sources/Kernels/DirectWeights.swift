internal import CKernels

/// The weights of a 3 x 3 convolution computed by its definition: nine matrix products by OpenBLAS, one a tap.
struct DirectWeights: Sendable {
  let inputs: Int
  let outputs: Int
  /// `[tap][input][output]`, tap = 3 * row + column.
  private let weights: [Float]
  private let bias: [Float]

  /// - Parameter weights: `[output][input][row][column]`.
  init(inputs: Int, outputs: Int, weights: [Float], bias: [Float]) {
    self.inputs = inputs
    self.outputs = outputs
    self.bias = bias
    var packed = [Float](repeating: 0, count: weights.count)
    for output in 0..<outputs {
      for input in 0..<inputs {
        for tap in 0..<9 {
          packed[(tap * inputs + input) * outputs + output] = weights[(output * inputs + input) * 9 + tap]
        }
      }
    }
    self.weights = packed
  }

  /// Rows computed together, so that the block of sums stays in the second-level cache.
  private static let blockPixels = 768

  /// As `Convolution.apply`, which has checked the maps.
  func apply(_ maps: [FeatureMap], into output: FeatureMap, slope: Float, adding residual: [FeatureMap]) {
    let (rows, stride) = (output.rows, output.rowStride)
    let blockRows = max(1, Self.blockPixels / stride)
    var row = 0
    while row < rows {
      let end = min(row + blockRows, rows)
      // The rows of a block and the border pixels between them are one run of pixels: nine products of that run,
      // each shifted by its tap. What falls on border pixels is cleared afterwards.
      let first = output.pixelIndex(row, 0)
      let count = (end - row - 1) * stride + output.columns
      let sums = output.values.baseAddress! + first * outputs
      weights.withUnsafeBufferPointer { weights in
        for tap in 0..<9 {
          let shift = (tap / 3 - 1) * stride + tap % 3 - 1
          var channel = 0
          for map in maps {
            BLAS.multiply(
              m: count, n: outputs, k: map.channels, a: map.values.baseAddress! + (first + shift) * map.channels,
              lda: map.channels, b: weights.baseAddress! + (tap * inputs + channel) * outputs, ldb: outputs, c: sums,
              ldc: outputs, accumulate: tap > 0 || channel > 0)
            channel += map.channels
          }
        }
      }
      let whole = residual.count == 1 ? UnsafePointer(residual[0].values.baseAddress! + first * outputs) : nil
      supertile_bias_prelu_add(sums, count, outputs, bias, slope, whole)
      if residual.count > 1 {
        for pixel in 0..<count {
          var channel = 0
          for map in residual {
            let values = map.values.baseAddress! + (first + pixel) * map.channels
            supertile_add_scaled(sums + pixel * outputs + channel, values, 1, map.channels)
            channel += map.channels
          }
        }
      }
      output.clearSides(rows: row..<end)
      row = end
    }
  }
}
