/// A pointwise (1 x 1) convolution with bias, then optionally a PReLU: the channels of each pixel mixed.
package struct PointwiseConvolution: Sendable {
  package let inputs: Int
  package let outputs: Int
  private let product: RowProduct

  /// - Parameters:
  ///   - weights: PyTorch's layout, `[output][input][1][1]`.
  ///   - bias: one value an output.
  ///   - kernel: available on this CPU.
  package init(
    inputs: Int, outputs: Int, weights: [Float], bias: [Float], kernel: ConvolutionKernel = .fastest
  ) {
    precondition(weights.count == outputs * inputs && bias.count == outputs, "weights do not fit the shape")
    self.inputs = inputs
    self.outputs = outputs
    var packed = [Float](repeating: 0, count: weights.count)
    for output in 0..<outputs {
      for input in 0..<inputs { packed[input * outputs + output] = weights[output * inputs + input] }
    }
    product = RowProduct(
      runs: 1, values: inputs, outputs: outputs, weights: packed, bias: bias, kernel: kernel)
  }

  /// - Parameters:
  ///   - input: rows x columns x inputs.
  ///   - output: rows x columns x outputs; another map than `input`.
  ///   - slope: of the PReLU; 0 for a ReLU, nil for no activation.
  ///   - accumulate: whether what `output` holds is added before the activation.
  package func apply(_ input: FeatureMap, into output: FeatureMap, slope: Float? = nil, accumulate: Bool = false) {
    precondition(input.channels == inputs && output.channels == outputs && input !== output, "maps do not fit")
    precondition(input.rows == output.rows && input.columns == output.columns, "maps differ in size")
    for row in 0..<input.rows {
      applyRow(row, of: input, into: output.pointer(row, 0), slope: slope, accumulate: accumulate)
    }
  }

  /// One row of pixels.
  /// - Parameter sums: input.columns x outputs.
  package func applyRow(
    _ row: Int, of input: FeatureMap, into sums: UnsafeMutablePointer<Float>, slope: Float? = nil,
    accumulate: Bool = false
  ) {
    precondition(input.channels == inputs, "maps do not fit")
    applyPixels(input.pointer(row, 0), count: input.columns, into: sums, slope: slope, accumulate: accumulate)
  }

  /// A run of pixels.
  /// - Parameters:
  ///   - pixels: count x inputs.
  ///   - sums: count x outputs.
  package func applyPixels(
    _ pixels: UnsafePointer<Float>, count: Int, into sums: UnsafeMutablePointer<Float>, slope: Float? = nil,
    accumulate: Bool = false
  ) {
    product.apply(pixels, step: inputs, count: count, into: sums, slope: slope, accumulate: accumulate)
  }
}
