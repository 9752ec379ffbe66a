internal import CKernels

/// An n x n convolution with zero padding and bias, then optionally a PReLU. n is odd, and may be larger than the map.
///
/// A row of pixels is one matrix product with all n x n taps. Where the input has no more channels than the output, the
/// pixels each output sees are gathered for it; where the output has fewer, what each input adds to the pixels around
/// it is scattered after it. The taps of a kernel row lie side by side in memory, so either moves n pixels at a time.
package struct LargeConvolution: Sendable {
  /// n.
  package let side: Int
  package let inputs: Int
  package let outputs: Int
  /// Whether pixels are gathered; sums are scattered otherwise.
  private let gathers: Bool
  /// To gather: `[row][column][input][output]`. To scatter: `[input][row][column][output]`, the columns from the last.
  private let weights: [Float]
  private let bias: [Float]

  /// - Parameters:
  ///   - side: n.
  ///   - weights: PyTorch's layout, `[output][input][row][column]`.
  ///   - bias: one value an output.
  package init(side: Int, inputs: Int, outputs: Int, weights: [Float], bias: [Float]) {
    precondition(side > 0 && side % 2 == 1, "an odd side")
    let taps = side * side
    precondition(weights.count == outputs * inputs * taps && bias.count == outputs, "weights do not fit the shape")
    let gathers = inputs <= outputs
    var packed = [Float](repeating: 0, count: weights.count)
    for output in 0..<outputs {
      for input in 0..<inputs {
        for row in 0..<side {
          for column in 0..<side {
            let tap = row * side + column
            let mirrored = row * side + side - 1 - column
            let place = gathers ? tap * inputs + input : input * taps + mirrored
            packed[place * outputs + output] = weights[(output * inputs + input) * taps + tap]
          }
        }
      }
    }
    self.side = side
    self.inputs = inputs
    self.outputs = outputs
    self.gathers = gathers
    self.weights = packed
    self.bias = bias
  }

  /// - Parameters:
  ///   - input: rows x columns x inputs.
  ///   - output: rows x columns x outputs; another map than `input`.
  ///   - slope: of the PReLU; nil for no activation.
  package func apply(_ input: FeatureMap, into output: FeatureMap, slope: Float? = nil) {
    precondition(input.channels == inputs && output.channels == outputs && input !== output, "maps do not fit")
    precondition(input.rows == output.rows && input.columns == output.columns, "maps differ in size")
    if gathers { gather(input, into: output) } else { scatter(input, into: output) }
    for row in 0..<output.rows {
      supertile_bias_prelu_add(output.pointer(row, 0), output.columns, outputs, bias, slope ?? 1, nil)
    }
  }

  /// A row of outputs: columns x (n x n x inputs) pixels, times (n x n x inputs) x outputs weights.
  private func gather(_ input: FeatureMap, into output: FeatureMap) {
    let (rows, columns, reach) = (input.rows, input.columns, side / 2)
    /// Values of a kernel row, of what one output sees, and of a padded row.
    let (run, seen, step) = (side * inputs, side * side * inputs, (columns + 2 * reach) * inputs)
    let padded = UnsafeMutablePointer<Float>.allocate(capacity: (rows + 2 * reach) * step)
    let patches = UnsafeMutablePointer<Float>.allocate(capacity: columns * seen)
    defer {
      padded.deallocate()
      patches.deallocate()
    }
    padded.initialize(repeating: 0, count: (rows + 2 * reach) * step)
    for row in 0..<rows {
      let line = padded + ((row + reach) * step + reach * inputs)
      line.update(from: input.pointer(row, 0), count: columns * inputs)
    }
    weights.withUnsafeBufferPointer { weights in
      for row in 0..<rows {
        var patch = patches
        for column in 0..<columns {
          for kernelRow in 0..<side {
            patch.update(from: padded + ((row + kernelRow) * step + column * inputs), count: run)
            patch += run
          }
        }
        BLAS.multiply(
          m: columns, n: outputs, k: seen, a: patches, lda: seen, b: weights.baseAddress!, ldb: outputs,
          c: output.pointer(row, 0), ldc: outputs, accumulate: false)
      }
    }
  }

  /// A row of inputs: columns x inputs pixels, times inputs x (n x n x outputs) weights.
  private func scatter(_ input: FeatureMap, into output: FeatureMap) {
    let (rows, columns, reach) = (input.rows, input.columns, side / 2)
    /// Values of a kernel row, of what one input adds, and of a padded row.
    let (run, added, step) = (side * outputs, side * side * outputs, (columns + 2 * reach) * outputs)
    let sums = UnsafeMutablePointer<Float>.allocate(capacity: rows * step)
    let products = UnsafeMutablePointer<Float>.allocate(capacity: columns * added)
    defer {
      sums.deallocate()
      products.deallocate()
    }
    sums.initialize(repeating: 0, count: rows * step)
    weights.withUnsafeBufferPointer { weights in
      for row in 0..<rows {
        BLAS.multiply(
          m: columns, n: added, k: inputs, a: input.pointer(row, 0), lda: inputs, b: weights.baseAddress!, ldb: added,
          c: products, ldc: added, accumulate: false)
        for kernelRow in 0..<side {
          let target = row + reach - kernelRow
          guard target >= 0, target < rows else { continue }
          for column in 0..<columns {
            let sum = sums + (target * step + column * outputs)
            supertile_add_scaled(sum, products + (column * added + kernelRow * run), 1, run)
          }
        }
      }
    }
    for row in 0..<rows {
      output.pointer(row, 0).update(from: sums + (row * step + reach * outputs), count: columns * outputs)
    }
  }
}
