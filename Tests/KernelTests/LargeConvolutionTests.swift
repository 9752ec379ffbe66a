import Kernels
import TestSupport
import Testing

/// Fewer inputs than outputs, fewer outputs than inputs, maps smaller than the kernel.
@Test(
  arguments: [
    (9, 11, 13, 3, 64), (9, 5, 14, 64, 3), (9, 1, 1, 2, 2), (9, 3, 2, 5, 4), (5, 3, 20, 1, 7), (7, 2, 30, 6, 4),
    (3, 6, 4, 5, 5), (1, 3, 4, 3, 2),
  ], [nil, 0.25] as [Float?])
func largeConvolutionEqualsItsDefinition(shape: (Int, Int, Int, Int, Int), slope: Float?) {
  let (side, rows, columns, inputs, outputs) = shape
  var generator = SeededGenerator(UInt64(side * 1000 + inputs))
  let input = generator.floats(rows * columns * inputs)
  let weights = generator.floats(outputs * inputs * side * side)
  let bias = generator.floats(outputs)
  // What an output held before plays no part.
  let output = map(
    generator.floats(rows * columns * outputs), rows: rows, columns: columns, channels: outputs)
  LargeConvolution(side: side, inputs: inputs, outputs: outputs, weights: weights, bias: bias)
    .apply(map(input, rows: rows, columns: columns, channels: inputs), into: output, slope: slope)
  var expected: [Float] = []
  for row in 0..<rows {
    for column in 0..<columns {
      for out in 0..<outputs {
        var sum = Double(bias[out])
        for channel in 0..<inputs {
          for tap in 0..<(side * side) {
            let (r, c) = (row + tap / side - side / 2, column + tap % side - side / 2)
            guard r >= 0, r < rows, c >= 0, c < columns else { continue }
            let weight = weights[(out * inputs + channel) * side * side + tap]
            sum += Double(weight * input[(r * columns + c) * inputs + channel])
          }
        }
        expected.append(Float(sum < 0 ? sum * Double(slope ?? 1) : sum))
      }
    }
  }
  let error = zip(values(output), expected).map { abs($0 - $1) }.max() ?? 0
  // Root mean square of the sums of random weights and inputs in -1...1: what errors are measured against.
  let scale = max(1, Float(side * side * inputs).squareRoot() / 3)
  #expect(error < 1e-5 * scale)
  #expect(borderIsZero(output))
}

@Test(arguments: [1, 2, 3], [(1, 1, 1), (3, 2, 5), (4, 7, 2)])
func pixelShuffleEqualsItsDefinition(factor: Int, size: (Int, Int, Int)) {
  let (rows, columns, channels) = size
  let inputs = channels * factor * factor
  var generator = SeededGenerator(8)
  let input = generator.floats(rows * columns * inputs)
  let output = FeatureMap(rows: rows * factor, columns: columns * factor, channels: channels)
  PixelShuffle(factor: factor).apply(map(input, rows: rows, columns: columns, channels: inputs), into: output)
  for row in 0..<output.rows {
    for column in 0..<output.columns {
      for channel in 0..<channels {
        let from = (channel * factor + row % factor) * factor + column % factor
        let expected = input[((row / factor) * columns + column / factor) * inputs + from]
        #expect(output.pointer(row, column)[channel] == expected)
      }
    }
  }
  #expect(borderIsZero(output))
}
