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

  /// Row by row: nine products of a row of pixels, each shifted by its tap.
  func apply(_ job: ConvolutionJob) {
    let (output, columns) = (job.output, job.region.columns)
    weights.withUnsafeBufferPointer { weights in
      for row in job.region.rows {
        let sums = output.pointer(row, columns.lowerBound)
        for tap in 0..<9 {
          var channel = 0
          for map in job.maps {
            BLAS.multiply(
              m: columns.count, n: outputs, k: map.channels,
              a: map.pointer(row + tap / 3 - 1, columns.lowerBound + tap % 3 - 1), lda: map.channels,
              b: weights.baseAddress! + (tap * inputs + channel) * outputs, ldb: outputs, c: sums, ldc: outputs,
              accumulate: tap > 0 || channel > 0)
            channel += map.channels
          }
        }
        if job.order == .beforeActivation { add(job.residual, row, columns, to: sums) }
        supertile_bias_prelu_add(sums, columns.count, outputs, bias, job.slope, nil)
        if job.order == .afterActivation { add(job.residual, row, columns, to: sums) }
      }
    }
  }

  private func add(_ residual: [FeatureMap], _ row: Int, _ columns: Range<Int>, to sums: UnsafeMutablePointer<Float>) {
    for column in columns {
      var target = sums + (column - columns.lowerBound) * outputs
      for map in residual {
        supertile_add_scaled(target, map.pointer(row, column), 1, map.channels)
        target += map.channels
      }
    }
  }
}
