internal import CKernels

/// A 3 x 3 convolution of stride 2 with zero padding and bias, then optionally a PReLU: half the rows and columns.
///
/// The first two taps of a kernel row lie side by side in memory, and neighbouring outputs are two pixels apart: a row of
/// outputs is two matrix products a kernel row, and no patch is ever copied.
package struct StridedConvolution: Sendable {
  package let inputs: Int
  package let outputs: Int
  /// `[row][column][input][output]`.
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

  /// - Parameters:
  ///   - input: rows x columns x inputs, both even.
  ///   - output: half the rows and columns, outputs.
  ///   - slope: of the PReLU; 0 for a ReLU, nil for no activation.
  package func apply(_ input: FeatureMap, into output: FeatureMap, slope: Float? = nil) {
    precondition(input.channels == inputs && output.channels == outputs, "maps do not fit")
    precondition(input.rows == 2 * output.rows && input.columns == 2 * output.columns, "maps differ in size")
    weights.withUnsafeBufferPointer { weights in
      for row in 0..<output.rows {
        for tap in 0..<3 {
          // Output (r, c) sees input rows 2r - 1 .. 2r + 1 and, for each, columns 2c - 1 .. 2c + 1.
          let pixels = input.pointer(2 * row - 1 + tap, -1)
          let taps = weights.baseAddress! + 3 * tap * inputs * outputs
          BLAS.multiply(
            m: output.columns, n: outputs, k: 2 * inputs, a: pixels, lda: 2 * inputs, b: taps, ldb: outputs,
            c: output.pointer(row, 0), ldc: outputs, accumulate: tap > 0)
          BLAS.multiply(
            m: output.columns, n: outputs, k: inputs, a: pixels + 2 * inputs, lda: 2 * inputs,
            b: taps + 2 * inputs * outputs, ldb: outputs, c: output.pointer(row, 0), ldc: outputs, accumulate: true)
        }
        supertile_bias_prelu_add(output.pointer(row, 0), output.columns, outputs, bias, slope ?? 1, nil)
      }
    }
  }
}
