/// A 1 x 1 convolution with bias.
package struct PointwiseConvolution: Sendable {
  package let inputs: Int
  package let outputs: Int
  /// `[input][output]`.
  private let weights: [Float]
  private let bias: [Float]

  /// - Parameter weights: PyTorch's layout, `[output][input][1][1]`.
  package init(inputs: Int, outputs: Int, weights: [Float], bias: [Float]) {
    precondition(weights.count == outputs * inputs && bias.count == outputs, "weights do not fit the shape")
    self.inputs = inputs
    self.outputs = outputs
    self.bias = bias
    var packed = [Float](repeating: 0, count: weights.count)
    for output in 0..<outputs {
      for input in 0..<inputs { packed[input * outputs + output] = weights[output * inputs + input] }
    }
    self.weights = packed
  }

  /// Computes one row of pixels into `sums` (columns x outputs).
  package func applyRow(_ row: Int, of input: FeatureMap, into sums: UnsafeMutableBufferPointer<Float>) {
    precondition(input.channels == inputs && sums.count >= input.columns * outputs, "maps do not fit")
    weights.withUnsafeBufferPointer { weights in
      BLAS.multiply(
        m: input.columns, n: outputs, k: inputs, a: input.pointer(row, 0), lda: inputs, b: weights.baseAddress!,
        ldb: outputs, c: sums.baseAddress!, ldc: outputs, accumulate: false)
    }
    for pixel in 0..<input.columns {
      for output in 0..<outputs { sums[pixel * outputs + output] += bias[output] }
    }
  }
}
