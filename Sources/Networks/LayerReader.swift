internal import Kernels

/// Makes layers of tensors: `name.weight` and `name.bias`.
struct LayerReader {
  let tensors: SafeTensors
  let kernel: ConvolutionKernel

  /// What PyTorch adds to a variance before it divides by its root.
  private static let varianceFloor = 1e-5

  /// - Parameter chosen: nil for what the environment asks for.
  /// - Throws: `NetworkError` where the environment asks for a kernel that is not to be had.
  init(_ tensors: SafeTensors, kernel chosen: ConvolutionKernel?) throws(NetworkError) {
    self.tensors = tensors
    if let chosen {
      kernel = chosen
    } else {
      do { kernel = try ConvolutionKernel.requested() } catch {
        throw NetworkError(path: ConvolutionKernel.variable, reason: error.description)
      }
    }
  }

  private func bias(_ name: String, _ outputs: Int) throws(NetworkError) -> [Float] {
    try tensors.tensor("\(name).bias", shape: [outputs])
  }

  /// Of a PReLU.
  func slope(_ name: String) throws(NetworkError) -> Float { try tensors.tensor("\(name).weight", shape: [1])[0] }

  /// 3 x 3, stride 1.
  func convolution(_ name: String, _ inputs: Int, _ outputs: Int) throws(NetworkError) -> Convolution {
    Convolution(
      inputs: inputs, outputs: outputs, weights: try tensors.tensor("\(name).weight", shape: [outputs, inputs, 3, 3]),
      bias: try bias(name, outputs), kernel: kernel)
  }

  /// 3 x 3, stride 1, with the batch normalisation behind it folded into its weights.
  func convolution(
    _ name: String, normalisedBy normalisation: String, _ inputs: Int, _ outputs: Int
  ) throws(NetworkError) -> Convolution {
    var weights = try tensors.tensor("\(name).weight", shape: [outputs, inputs, 3, 3])
    var bias = try self.bias(name, outputs)
    let scale = try tensors.tensor("\(normalisation).weight", shape: [outputs])
    let offset = try tensors.tensor("\(normalisation).bias", shape: [outputs])
    let mean = try tensors.tensor("\(normalisation).running_mean", shape: [outputs])
    let variance = try tensors.tensor("\(normalisation).running_var", shape: [outputs])
    guard variance.allSatisfy({ $0 >= 0 }) else {
      throw NetworkError(path: tensors.path, reason: "tensor \(normalisation).running_var holds negative values")
    }
    for output in 0..<outputs {
      let factor = Double(scale[output]) / (Double(variance[output]) + Self.varianceFloor).squareRoot()
      for index in (output * inputs * 9)..<((output + 1) * inputs * 9) {
        weights[index] = Float(factor * Double(weights[index]))
      }
      bias[output] = Float(factor * (Double(bias[output]) - Double(mean[output])) + Double(offset[output]))
    }
    return Convolution(inputs: inputs, outputs: outputs, weights: weights, bias: bias, kernel: kernel)
  }

  /// side x side, stride 1.
  func large(_ name: String, side: Int, _ inputs: Int, _ outputs: Int) throws(NetworkError) -> LargeConvolution {
    LargeConvolution(
      side: side, inputs: inputs, outputs: outputs,
      weights: try tensors.tensor("\(name).weight", shape: [outputs, inputs, side, side]),
      bias: try bias(name, outputs))
  }

  /// 3 x 3, stride 2.
  func strided(_ name: String, _ inputs: Int, _ outputs: Int) throws(NetworkError) -> StridedConvolution {
    StridedConvolution(
      inputs: inputs, outputs: outputs, weights: try tensors.tensor("\(name).weight", shape: [outputs, inputs, 3, 3]),
      bias: try bias(name, outputs), kernel: kernel)
  }

  /// 1 x 1.
  func pointwise(_ name: String, _ inputs: Int, _ outputs: Int) throws(NetworkError) -> PointwiseConvolution {
    PointwiseConvolution(
      inputs: inputs, outputs: outputs, weights: try tensors.tensor("\(name).weight", shape: [outputs, inputs, 1, 1]),
      bias: try bias(name, outputs), kernel: kernel)
  }
}
