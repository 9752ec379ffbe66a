internal import CKernels

/// The weights of a 3 x 3 convolution computed by one of Winograd's algorithms.
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

  /// Scratch memory, about 1 MB whatever the size of the maps, lives as long as the call.
  func apply(_ job: ConvolutionJob) {
    let (output, region) = (job.output, job.region)
    bias.withUnsafeBufferPointer { bias in
      var convolution = supertile_convolution(
        rows: region.rows.count, columns: region.columns.count, input: Self.pair(job.maps, region),
        residual: Self.pair(job.residual, region), residual_first: job.order == .beforeActivation,
        weights: weights.start, bias: bias.baseAddress, slope: job.slope,
        output: output.pointer(region.rows.lowerBound, region.columns.lowerBound), outputs: outputs,
        output_row_step: output.rowStride * outputs)
      let scratch = AlignedValues(count: supertile_winograd_scratch_count(kernel, &convolution))
      supertile_winograd_apply(kernel, &convolution, scratch.start)
    }
  }

  private static func pair(_ maps: [FeatureMap], _ region: MapRegion) -> (supertile_map, supertile_map) {
    func map(_ index: Int) -> supertile_map {
      guard index < maps.count else { return supertile_map(origin: nil, channels: 0, row_step: 0) }
      let map = maps[index]
      return supertile_map(
        origin: map.pointer(region.rows.lowerBound, region.columns.lowerBound), channels: map.channels,
        row_step: map.rowStride * map.channels)
    }
    return (map(0), map(1))
  }
}
