internal import CKernels

/// The weights of a 3 x 3 convolution computed by Winograd's F(4x4, 3x3).
struct WinogradWeights: Sendable {
  private let kernel: supertile_winograd_kernel
  private let outputs: Int
  /// Transformed, in the kernel's order; only read once made.
  private let weights: AlignedValues
  /// Padded with zeros to whole panels of the kernel.
  private let bias: [Float]

  /// - Parameter weights: `[output][input][row][column]`.
  init(_ kernel: supertile_winograd_kernel, inputs: Int, outputs: Int, weights: [Float], bias: [Float]) {
    self.kernel = kernel
    self.outputs = outputs
    self.weights = AlignedValues(count: supertile_winograd_weight_count(kernel, inputs, outputs))
    supertile_winograd_pack(kernel, inputs, outputs, weights, self.weights.start)
    let padding = supertile_winograd_padded_outputs(kernel, outputs) - outputs
    self.bias = bias + [Float](repeating: 0, count: padding)
  }

  /// As `Convolution.apply`, which has checked the maps. Scratch memory, about 1 MB whatever their size, lives as long
  /// as the call.
  func apply(_ maps: [FeatureMap], into output: FeatureMap, slope: Float, adding residual: [FeatureMap]) {
    bias.withUnsafeBufferPointer { bias in
      var convolution = supertile_convolution(
        rows: output.rows, columns: output.columns, input: Self.pair(maps), residual: Self.pair(residual),
        weights: weights.start, bias: bias.baseAddress, slope: slope, output: output.pointer(0, 0), outputs: outputs)
      let scratch = AlignedValues(count: supertile_winograd_scratch_count(kernel, &convolution))
      supertile_winograd_apply(kernel, &convolution, scratch.start)
    }
  }

  private static func pair(_ maps: [FeatureMap]) -> (supertile_map, supertile_map) {
    func map(_ index: Int) -> supertile_map {
      guard index < maps.count else { return supertile_map(origin: nil, channels: 0) }
      return supertile_map(origin: maps[index].pointer(0, 0), channels: maps[index].channels)
    }
    return (map(0), map(1))
  }
}
