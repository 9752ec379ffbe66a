import Kernels
import TestSupport
import Testing

private func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
}

/// OpenBLAS and the vector kernels of this CPU: Winograd's tiles make no difference here.
private let onePerProduct = [ConvolutionKernel.openBLAS, .f4AVX2, .f4AVX512].filter(\.isAvailable)

@Test(
  arguments: [(2, 2, 3, 5), (4, 6, 1, 1), (8, 2, 64, 16), (12, 20, 16, 33), (4, 110, 64, 32)],
  [nil, 0, 0.25] as [Float?])
func stridedConvolutionEqualsItsDefinition(shape: (Int, Int, Int, Int), slope: Float?) {
  let (rows, columns, inputs, outputs) = shape
  var generator = SeededGenerator(4)
  let input = generator.floats(rows * columns * inputs)
  let weights = generator.floats(outputs * inputs * 9)
  let bias = generator.floats(outputs)
  let output = FeatureMap(rows: rows / 2, columns: columns / 2, channels: outputs)
  let source = map(input, rows: rows, columns: columns, channels: inputs)
  var expected: [Float] = []
  for row in 0..<(rows / 2) {
    for column in 0..<(columns / 2) {
      for out in 0..<outputs {
        var sum = Double(bias[out])
        for channel in 0..<inputs {
          for tap in 0..<9 {
            let (r, c) = (2 * row + tap / 3 - 1, 2 * column + tap % 3 - 1)
            guard r >= 0, r < rows, c >= 0, c < columns else { continue }
            sum += Double(weights[(out * inputs + channel) * 9 + tap] * input[(r * columns + c) * inputs + channel])
          }
        }
        expected.append(Float(sum < 0 ? sum * Double(slope ?? 1) : sum))
      }
    }
  }
  var vectors: [Float]?
  for kernel in onePerProduct {
    StridedConvolution(inputs: inputs, outputs: outputs, weights: weights, bias: bias, kernel: kernel)
      .apply(source, into: output, slope: slope)
    let result = values(output)
    #expect(largestDifference(result, expected) < 2e-5 * max(1, Float(inputs).squareRoot()), "\(kernel)")
    #expect(borderIsZero(output))
    guard kernel != .openBLAS else { continue }
    #expect(vectors ?? result == result, "vectors of one width and of another give the same bits")
    vectors = result
  }
}

@Test(arguments: [false, true], [(5, 7, 19, 6), (2, 61, 16, 240), (3, 50, 64, 33), (1, 1, 240, 8)])
func pointwiseConvolutionEqualsItsDefinition(accumulate: Bool, shape: (Int, Int, Int, Int)) {
  let (rows, columns, inputs, outputs) = shape
  var generator = SeededGenerator(5)
  let input = generator.floats(rows * columns * inputs)
  let before = generator.floats(rows * columns * outputs)
  let weights = generator.floats(outputs * inputs)
  let bias = generator.floats(outputs)
  let source = map(input, rows: rows, columns: columns, channels: inputs)
  let expected = (0..<(rows * columns * outputs)).map { index -> Float in
    let (pixel, out) = (index / outputs, index % outputs)
    let sum = (0..<inputs).reduce(Double(bias[out]) + (accumulate ? Double(before[index]) : 0)) {
      $0 + Double(weights[out * inputs + $1] * input[pixel * inputs + $1])
    }
    return Float(max(0, sum))
  }
  var vectors: [Float]?
  for kernel in onePerProduct {
    let output = map(before, rows: rows, columns: columns, channels: outputs)
    PointwiseConvolution(inputs: inputs, outputs: outputs, weights: weights, bias: bias, kernel: kernel)
      .apply(source, into: output, slope: 0, accumulate: accumulate)
    let result = values(output)
    #expect(largestDifference(result, expected) < 4e-5, "\(kernel)")
    #expect(borderIsZero(output))
    guard kernel != .openBLAS else { continue }
    #expect(vectors ?? result == result, "vectors of one width and of another give the same bits")
    vectors = result
    // A pixel's bits are the same however many others are in its run.
    let layer = PointwiseConvolution(inputs: inputs, outputs: outputs, weights: weights, bias: bias, kernel: kernel)
    for column in [0, columns / 2, columns - 1] {
      var alone = Array(before[(column * outputs)..<((column + 1) * outputs)])
      layer.applyPixels(source.pointer(0, column), count: 1, into: &alone, slope: 0, accumulate: accumulate)
      #expect(alone == Array(result[(column * outputs)..<((column + 1) * outputs)]))
    }
  }
}

/// What is no number stays none, also where it would be rectified: damage must not look like a feature.
@Test(arguments: onePerProduct)
func productsOfRowsKeepWhatIsNoNumber(kernel: ConvolutionKernel) {
  let layer = PointwiseConvolution(
    inputs: 2, outputs: 20, weights: [Float](repeating: 1, count: 40), bias: [Float](repeating: 0, count: 20),
    kernel: kernel)
  let output = FeatureMap(rows: 1, columns: 14, channels: 20)
  var input = [Float](repeating: 1, count: 28)
  input[27] = .nan
  layer.apply(map(input, rows: 1, columns: 14, channels: 2), into: output, slope: 0)
  let result = values(output)
  #expect(result[..<(13 * 20)].allSatisfy { $0 == 2 } && result[(13 * 20)...].allSatisfy(\.isNaN))
}

@Test(arguments: [1, 2, 4, 8], [(1, 1), (3, 2), (5, 9)])
func bilinearUpsamplingEqualsItsDefinition(factor: Int, size: (Int, Int)) {
  let (rows, columns, channels) = (size.0, size.1, 19)
  var generator = SeededGenerator(6)
  let input = generator.floats(rows * columns * channels)
  let before = generator.floats(rows * columns * channels * factor * factor)
  let output = map(before, rows: rows * factor, columns: columns * factor, channels: channels)
  let low = map(input, rows: rows, columns: columns, channels: channels)
  let line = UnsafeMutablePointer<Float>.allocate(capacity: BilinearUpsampling.lineCount(low))
  defer { line.deallocate() }
  for row in 0..<output.rows {
    BilinearUpsampling(factor: factor).addRow(row, of: low, to: output.pointer(row, 0), line)
  }
  func value(_ row: Int, _ column: Int, _ channel: Int) -> Double {
    Double(input[(min(max(row, 0), rows - 1) * columns + min(max(column, 0), columns - 1)) * channels + channel])
  }
  let expected = before.indices.map { index -> Float in
    let (pixel, channel) = (index / channels, index % channels)
    let y = (Double(pixel / (columns * factor)) + 0.5) / Double(factor) - 0.5
    let x = (Double(pixel % (columns * factor)) + 0.5) / Double(factor) - 0.5
    let (r, c) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
    let (u, v) = (y - Double(r), x - Double(c))
    let above = (1 - v) * value(r, c, channel) + v * value(r, c + 1, channel)
    let below = (1 - v) * value(r + 1, c, channel) + v * value(r + 1, c + 1, channel)
    return Float(Double(before[index]) + (1 - u) * above + u * below)
  }
  #expect(largestDifference(values(output), expected) < 1e-6)
  #expect(borderIsZero(output))

  // A part of a row is that part of the whole row, bit for bit.
  let width = columns * factor
  let columnsOfPart = (width / 3)..<max(width / 3 + 1, width - width / 4)
  let row = rows * factor - 1
  line.update(repeating: .nan, count: BilinearUpsampling.lineCount(low))
  let upsampling = BilinearUpsampling(factor: factor)
  let (first, second, share) = upsampling.rows(around: row, of: rows)
  let start = row * width + columnsOfPart.lowerBound
  var part = Array(before[(start * channels)..<((start + columnsOfPart.count) * channels)])
  part.withUnsafeMutableBufferPointer {
    upsampling.addRow(
      between: low.pointer(first, 0), low.pointer(second, 0), share: share, pixels: columns, channels: channels,
      columns: columnsOfPart, to: $0.baseAddress!, line)
  }
  #expect(part == Array(values(output)[(start * channels)..<((start + columnsOfPart.count) * channels)]))
}

/// Row by row, and no other row.
@Test func rowsAreCopiedAddedAndRectified() {
  let sum = map([-1, 2, 3, -4, 9, -9], rows: 3, columns: 1, channels: 2)
  let other = map([0.5, -3, 1, 1, 7, 7], rows: 3, columns: 1, channels: 2)
  sum.addRow(0, of: other)
  sum.copyRow(1, of: other)
  #expect(values(sum) == [-0.5, -1, 1, 1, 9, -9])
  sum.rectifyRow(0)
  #expect(values(sum) == [0, 0, 1, 1, 9, -9] && borderIsZero(sum))
  sum.copyRows(1..<3, of: other, to: 0)
  #expect(values(sum) == [1, 1, 7, 7, 9, -9] && borderIsZero(sum))
}
