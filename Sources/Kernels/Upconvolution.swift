internal import CKernels

/// A transposed 3 x 3 convolution of stride 2, padding 1 and output padding 1: exactly twice the rows and columns.
///
/// output(2r - 1 + i, 2c - 1 + j) += input(r, c) x weight(i, j). Even output rows see one input row (i = 1), odd ones
/// two (i = 2 of row r, i = 0 of row r + 1); the same for columns: four phases of one, two, two and four taps.
package struct Upconvolution: Sendable {
  package let inputs: Int
  package let outputs: Int
  /// `[tap][input][output]`, tap = 3 * row + column.
  private let weights: [Float]
  private let bias: [Float]

  /// - Parameter weights: PyTorch's layout, `[input][output][row][column]`.
  package init(inputs: Int, outputs: Int, weights: [Float], bias: [Float]) {
    precondition(weights.count == outputs * inputs * 9 && bias.count == outputs, "weights do not fit the shape")
    self.inputs = inputs
    self.outputs = outputs
    self.bias = bias
    var packed = [Float](repeating: 0, count: weights.count)
    for input in 0..<inputs {
      for output in 0..<outputs {
        for tap in 0..<9 {
          packed[(tap * inputs + input) * outputs + output] = weights[(input * outputs + output) * 9 + tap]
        }
      }
    }
    self.weights = packed
  }

  /// Computes one phase: the output pixels (2r + rowPhase, 2c + columnPhase) as a map of the input's size.
  package func applyPhase(
    row rowPhase: Int, column columnPhase: Int, _ input: FeatureMap, into output: FeatureMap, slope: Float
  ) {
    precondition(input.channels == inputs && output.channels == outputs && input !== output, "maps do not fit")
    let first = input.pixelIndex(0, 0)
    let count = (input.rows - 1) * input.rowStride + input.columns
    let sums = output.values.baseAddress! + first * outputs
    // (kernel index, input offset) along one axis.
    func taps(_ phase: Int) -> [(kernel: Int, offset: Int)] { phase == 0 ? [(1, 0)] : [(2, 0), (0, 1)] }
    var accumulate = false
    weights.withUnsafeBufferPointer { weights in
      for rowTap in taps(rowPhase) {
        for columnTap in taps(columnPhase) {
          let shift = rowTap.offset * input.rowStride + columnTap.offset
          BLAS.multiply(
            m: count, n: outputs, k: inputs, a: input.values.baseAddress! + (first + shift) * inputs, lda: inputs,
            b: weights.baseAddress! + (rowTap.kernel * 3 + columnTap.kernel) * inputs * outputs, ldb: outputs, c: sums,
            ldc: outputs, accumulate: accumulate)
          accumulate = true
        }
      }
    }
    supertile_bias_prelu_add(sums, count, outputs, bias, slope, nil)
    output.clearSides(rows: 0..<input.rows)
  }
}
