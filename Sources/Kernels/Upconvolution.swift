/// A transposed 3 x 3 convolution of stride 2, padding 1 and output padding 1: exactly twice the rows and columns.
///
/// output(2r - 1 + i, 2c - 1 + j) += input(r, c) x weight(i, j). Even output rows see one input row (i = 1), odd ones
/// two (i = 2 of row r, i = 0 of row r + 1); the same for columns: four phases of one, two, two and four taps.
package struct Upconvolution: Sendable {
  package let inputs: Int
  package let outputs: Int
  /// Of each phase, `[row phase][column phase]`.
  private let phases: [[RowProduct]]

  /// - Parameters:
  ///   - weights: PyTorch's layout, `[input][output][row][column]`.
  ///   - bias: one value an output.
  ///   - kernel: available on this CPU.
  package init(
    inputs: Int, outputs: Int, weights: [Float], bias: [Float], kernel: ConvolutionKernel = .fastest
  ) {
    precondition(weights.count == outputs * inputs * 9 && bias.count == outputs, "weights do not fit the shape")
    self.inputs = inputs
    self.outputs = outputs
    phases = (0..<2).map { rowPhase in
      (0..<2).map { columnPhase in
        let (rowTaps, columnTaps) = (Self.taps(rowPhase), Self.taps(columnPhase))
        var packed: [Float] = []
        for row in rowTaps {
          for column in columnTaps {
            for input in 0..<inputs {
              packed += (0..<outputs).map { weights[(input * outputs + $0) * 9 + 3 * row + column] }
            }
          }
        }
        return RowProduct(
          runs: rowTaps.count, values: columnTaps.count * inputs, outputs: outputs, weights: packed, bias: bias,
          kernel: kernel)
      }
    }
  }

  /// Kernel indices that one phase sees along an axis, for the input pixel at its own place and then the next.
  private static func taps(_ phase: Int) -> [Int] { phase == 0 ? [1] : [2, 0] }

  /// Computes output pixels (2 row + rowPhase, 2 column + columnPhase) for the columns of one row of the input.
  /// - Parameter sums: columns x outputs.
  package func applyRow(
    _ row: Int, columns: Range<Int>, phase: (row: Int, column: Int), _ input: FeatureMap,
    into sums: UnsafeMutablePointer<Float>, slope: Float
  ) {
    precondition(input.channels == inputs, "maps do not fit")
    phases[phase.row][phase.column].apply(
      input.pointer(row, columns.lowerBound), runStep: input.rowStride * inputs, step: inputs, count: columns.count,
      into: sums, slope: slope)
  }
}
