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

  /// Computes output pixels (2 row + rowPhase, 2 column + columnPhase) for the columns of one row of the input.
  /// - Parameter sums: columns x outputs.
  package func applyRow(
    _ row: Int, columns: Range<Int>, phase: (row: Int, column: Int), _ input: FeatureMap,
    into sums: UnsafeMutablePointer<Float>, slope: Float
  ) {
    precondition(input.channels == inputs, "maps do not fit")
    // (kernel index, input offset) along one axis.
    func taps(_ phase: Int) -> [(kernel: Int, offset: Int)] { phase == 0 ? [(1, 0)] : [(2, 0), (0, 1)] }
    var accumulate = false
    weights.withUnsafeBufferPointer { weights in
      for rowTap in taps(phase.row) {
        for columnTap in taps(phase.column) {
          BLAS.multiply(
            m: columns.count, n: outputs, k: inputs,
            a: input.pointer(row + rowTap.offset, columns.lowerBound + columnTap.offset), lda: inputs,
            b: weights.baseAddress! + (rowTap.kernel * 3 + columnTap.kernel) * inputs * outputs, ldb: outputs, c: sums,
            ldc: outputs, accumulate: accumulate)
          accumulate = true
        }
      }
    }
    supertile_bias_prelu_add(sums, columns.count, outputs, bias, slope, nil)
  }
}
