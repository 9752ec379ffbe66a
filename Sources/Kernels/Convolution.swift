/// A 3 x 3 convolution with zero padding and bias, then optionally a PReLU and a residual sum.
package struct Convolution: Sendable {
  private enum Weights {
    case direct(DirectWeights)
    case winograd(WinogradWeights)
  }

  package let inputs: Int
  package let outputs: Int
  private let weights: Weights

  /// - Parameters:
  ///   - weights: PyTorch's layout, `[output][input][row][column]`.
  ///   - bias: one value an output.
  ///   - kernel: available on this CPU.
  package init(
    inputs: Int, outputs: Int, weights: [Float], bias: [Float], kernel: ConvolutionKernel = .fastest
  ) {
    precondition(weights.count == outputs * inputs * 9 && bias.count == outputs, "weights do not fit the shape")
    precondition(kernel.isAvailable, "this CPU does not run \(kernel.rawValue)")
    self.inputs = inputs
    self.outputs = outputs
    if let winograd = kernel.winograd {
      self.weights = .winograd(
        WinogradWeights(winograd, inputs: inputs, outputs: outputs, weights: weights, bias: bias))
    } else {
      self.weights = .direct(DirectWeights(inputs: inputs, outputs: outputs, weights: weights, bias: bias))
    }
  }

  /// - Parameters:
  ///   - input: rows x columns x inputs.
  ///   - output: rows x columns x outputs; another map than `input` and `residual`.
  ///   - region: what is computed; nil for all. The input's pixels around it are read, one on each side.
  ///   - slope: of the PReLU; nil for no activation.
  ///   - residual: rows x columns x outputs, added after the activation.
  package func apply(
    _ input: FeatureMap, into output: FeatureMap, region: MapRegion? = nil, slope: Float? = nil,
    adding residual: FeatureMap? = nil
  ) {
    apply([input], into: output, region: region, slope: slope, adding: residual.map { [$0] } ?? [])
  }

  /// The same of maps side by side: the channels of the first, then those of the second.
  /// - Parameters:
  ///   - maps: one or two, together of `inputs` channels.
  ///   - residual: none, or one or two, together of `outputs` channels.
  ///   - order: whether the residual is added after the activation or before it.
  package func apply(
    _ maps: [FeatureMap], into output: FeatureMap, region: MapRegion? = nil, slope: Float? = nil,
    adding residual: [FeatureMap] = [], _ order: ResidualOrder = .afterActivation
  ) {
    func channels(_ maps: [FeatureMap]) -> Int { maps.reduce(0) { $0 + $1.channels } }
    precondition((1...2).contains(maps.count) && residual.count <= 2, "too many maps")
    precondition(channels(maps) == inputs && output.channels == outputs, "maps do not fit")
    precondition(residual.isEmpty || channels(residual) == outputs, "residual does not fit")
    for map in maps + residual {
      precondition(map !== output, "the output is read")
      precondition(map.rows == output.rows && map.columns == output.columns, "maps differ in size")
    }
    let region = region ?? MapRegion(output)
    precondition(
      region.rows.lowerBound >= 0 && region.rows.upperBound <= output.rows && region.columns.lowerBound >= 0
        && region.columns.upperBound <= output.columns, "the region leaves the map")
    guard !region.rows.isEmpty, !region.columns.isEmpty else { return }
    let job = ConvolutionJob(
      maps: maps, output: output, region: region, slope: slope ?? 1, residual: residual, order: order)
    switch weights {
    case .direct(let weights): weights.apply(job)
    case .winograd(let weights): weights.apply(job)
    }
  }
}

/// When a residual is added.
package enum ResidualOrder: Sendable {
  case afterActivation, beforeActivation
}

/// One call of a convolution, checked.
struct ConvolutionJob {
  let maps: [FeatureMap]
  let output: FeatureMap
  let region: MapRegion
  let slope: Float
  let residual: [FeatureMap]
  let order: ResidualOrder
}
