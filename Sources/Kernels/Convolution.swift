internal import CKernels

/// A 3 x 3 convolution with zero padding and bias, then optionally a PReLU and a residual sum.
package struct Convolution: Sendable {
  package let inputs: Int
  package let outputs: Int
  /// `[tap][input][output]`, tap = 3 * row + column.
  private let weights: [Float]
  private let bias: [Float]

  /// - Parameters:
  ///   - weights: PyTorch's layout, `[output][input][row][column]`.
  ///   - bias: one value an output.
  package init(inputs: Int, outputs: Int, weights: [Float], bias: [Float]) {
    precondition(weights.count == outputs * inputs * 9 && bias.count == outputs, "weights do not fit the shape")
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

  /// - Parameters:
  ///   - input: rows x columns x inputs.
  ///   - output: rows x columns x outputs; another map than `input`.
  ///   - slope: of the PReLU; nil for no activation.
  ///   - residual: rows x columns x outputs, added after the activation.
  package func apply(
    _ input: FeatureMap, into output: FeatureMap, slope: Float? = nil, adding residual: FeatureMap? = nil
  ) {
    precondition(input.channels == inputs && output.channels == outputs && input !== output, "maps do not fit")
    precondition(input.rows == output.rows && input.columns == output.columns, "maps differ in size")
    let stride = input.rowStride
    let blockRows = max(1, Self.blockPixels / stride)
    var row = 0
    while row < input.rows {
      let end = min(row + blockRows, input.rows)
      // The rows of a block and the border pixels between them are one run of pixels: nine products of that run,
      // each shifted by its tap. What falls on border pixels is cleared afterwards.
      let first = input.pixelIndex(row, 0)
      let count = (end - row - 1) * stride + input.columns
      let sums = output.values.baseAddress! + first * outputs
      weights.withUnsafeBufferPointer { weights in
        for tap in 0..<9 {
          let shift = (tap / 3 - 1) * stride + tap % 3 - 1
          BLAS.multiply(
            m: count, n: outputs, k: inputs, a: input.values.baseAddress! + (first + shift) * inputs, lda: inputs,
            b: weights.baseAddress! + tap * inputs * outputs, ldb: outputs, c: sums, ldc: outputs,
            accumulate: tap > 0)
        }
      }
      supertile_bias_prelu_add(
        sums, count, outputs, bias, slope ?? 1, residual.map { UnsafePointer($0.values.baseAddress! + first * outputs) }
      )
      output.clearSides(rows: row..<end)
      row = end
    }
  }
}
