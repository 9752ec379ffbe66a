/// A 3 x 3 convolution of stride 2 with zero padding and bias, then optionally a PReLU: half the rows and columns.
///
/// The taps of a kernel row lie side by side in memory, and neighbouring outputs are two pixels apart: a row of outputs is
/// one product of three runs, and no patch is ever copied.
package struct StridedConvolution: Sendable {
  package let inputs: Int
  package let outputs: Int
  private let product: RowProduct

  /// - Parameters:
  ///   - weights: PyTorch's layout, `[output][input][row][column]`.
  ///   - bias: one value an output.
  ///   - kernel: available on this CPU.
  package init(
    inputs: Int, outputs: Int, weights: [Float], bias: [Float], kernel: ConvolutionKernel = .fastest
  ) {
    precondition(weights.count == outputs * inputs * 9 && bias.count == outputs, "weights do not fit the shape")
    self.inputs = inputs
    self.outputs = outputs
    var packed = [Float](repeating: 0, count: weights.count)
    for output in 0..<outputs {
      for input in 0..<inputs {
        for tap in 0..<9 {
          packed[(tap * inputs + input) * outputs + output] = weights[(output * inputs + input) * 9 + tap]
        }
      }
    }
    product = RowProduct(
      runs: 3, values: 3 * inputs, outputs: outputs, weights: packed, bias: bias, kernel: kernel)
  }

  /// - Parameters:
  ///   - input: rows x columns x inputs, both even.
  ///   - output: half the rows and columns, outputs.
  ///   - slope: of the PReLU; 0 for a ReLU, nil for no activation.
  package func apply(_ input: FeatureMap, into output: FeatureMap, slope: Float? = nil) {
    precondition(input.channels == inputs && output.channels == outputs, "maps do not fit")
    precondition(input.rows == 2 * output.rows && input.columns == 2 * output.columns, "maps differ in size")
    // Output (r, c) sees input rows 2r - 1 .. 2r + 1 and, of each, columns 2c - 1 .. 2c + 1.
    for row in 0..<output.rows {
      product.apply(
        input.pointer(2 * row - 1, -1), runStep: input.rowStride * inputs, step: 2 * inputs, count: output.columns,
        into: output.pointer(row, 0), slope: slope)
    }
  }
}
