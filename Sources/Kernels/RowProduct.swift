internal import CKernels

/// A row of outputs as one matrix product, with bias, then optionally a PReLU: what pointwise, strided and transposed
/// convolutions are made of. What an output sees lies in a few runs of memory, as many values apart from what the next
/// one sees as `apply` says.
struct RowProduct: Sendable {
  private enum Weights {
    /// `[run][value][output]`, for OpenBLAS.
    case direct([Float])
    /// In the order of the vector kernels; only read once made.
    case packed(AlignedValues, supertile_row_kernel)
  }

  private let runs: Int
  /// Values of a run.
  private let values: Int
  private let outputs: Int
  private let weights: Weights
  /// Padded with zeros to whole panels.
  private let bias: [Float]

  /// - Parameters:
  ///   - runs: of memory that an output sees.
  ///   - values: of a run.
  ///   - weights: `[run][value][output]`.
  ///   - bias: one value an output.
  ///   - kernel: available on this CPU; only its vectors matter.
  init(runs: Int, values: Int, outputs: Int, weights: [Float], bias: [Float], kernel: ConvolutionKernel) {
    precondition(weights.count == runs * values * outputs && bias.count == outputs, "weights do not fit the shape")
    precondition(kernel.isAvailable, "this CPU does not run \(kernel.rawValue)")
    self.runs = runs
    self.values = values
    self.outputs = outputs
    let padded = supertile_row_padded_outputs(outputs)
    self.bias = bias + [Float](repeating: 0, count: padded - outputs)
    if let rows = kernel.rows {
      let packed = AlignedValues(count: runs * values * padded)
      supertile_row_pack(runs * values, outputs, weights, packed.start)
      self.weights = .packed(packed, rows)
    } else {
      self.weights = .direct(weights)
    }
  }

  /// - Parameters:
  ///   - pixels: what the first output sees; `runStep` values from one run to the next.
  ///   - step: values between what an output and its neighbour see.
  ///   - count: outputs.
  ///   - sums: count x outputs.
  ///   - slope: of the PReLU; nil for no activation.
  ///   - accumulate: whether what `sums` holds is added before the activation.
  func apply(
    _ pixels: UnsafePointer<Float>, runStep: Int = 0, step: Int, count: Int, into sums: UnsafeMutablePointer<Float>,
    slope: Float?, accumulate: Bool = false
  ) {
    switch weights {
    case .packed(let packed, let kernel):
      bias.withUnsafeBufferPointer { bias in
        var product = supertile_row_product(
          count: count, pixels: pixels, pixel_step: step, runs: runs, run_values: values, run_step: runStep,
          weights: packed.start, bias: bias.baseAddress, slope: slope ?? 1, accumulate: accumulate, output: sums,
          outputs: outputs)
        supertile_row_apply(kernel, &product)
      }
    case .direct(let weights):
      var accumulate = accumulate
      weights.withUnsafeBufferPointer { weights in
        for run in 0..<runs {
          // Rows of a matrix do not overlap: a run that is longer than the step is more than one product.
          for start in stride(from: 0, to: values, by: step) {
            BLAS.multiply(
              m: count, n: outputs, k: min(step, values - start), a: pixels + run * runStep + start, lda: step,
              b: weights.baseAddress! + (run * values + start) * outputs, ldb: outputs, c: sums, ldc: outputs,
              accumulate: accumulate)
            accumulate = true
          }
        }
      }
      supertile_bias_prelu_add(sums, count, outputs, bias, slope ?? 1, nil)
    }
  }
}
