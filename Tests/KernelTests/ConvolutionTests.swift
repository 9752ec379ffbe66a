import Kernels
import Testing
import TestSupport

/// The definition, pixel by pixel.
private func naive(
  _ input: [Float], rows: Int, columns: Int, inputs: Int, outputs: Int, weights: [Float], bias: [Float], slope: Float?,
  residual: [Float]?
) -> [Float] {
  var result = [Float](repeating: 0, count: rows * columns * outputs)
  for row in 0..<rows {
    for column in 0..<columns {
      for output in 0..<outputs {
        var sum = Double(bias[output])
        for input_ in 0..<inputs {
          for tap in 0..<9 {
            let (r, c) = (row + tap / 3 - 1, column + tap % 3 - 1)
            guard r >= 0, r < rows, c >= 0, c < columns else { continue }
            sum += Double(weights[(output * inputs + input_) * 9 + tap] * input[(r * columns + c) * inputs + input_])
          }
        }
        if let slope, sum < 0 { sum *= Double(slope) }
        let index = (row * columns + column) * outputs + output
        result[index] = Float(sum) + (residual?[index] ?? 0)
      }
    }
  }
  return result
}

/// Root mean square of the sums of random weights and inputs in -1...1: what errors are measured against.
private func scale(inputs: Int) -> Float { max(1, Float(9 * inputs).squareRoot() / 3) }

/// Largest error allowed, relative to `scale`. Winograd's transforms cost a digit.
private func tolerance(_ kernel: ConvolutionKernel) -> Float { kernel == .openBLAS ? 1e-5 : 6e-5 }

@Test(
  arguments: [
    (1, 1, 1, 1), (5, 7, 6, 64), (1, 9, 3, 5), (13, 2, 64, 64), (40, 61, 8, 16), (3, 900, 4, 8), (8, 12, 17, 33),
    (30, 31, 128, 64), (6, 5, 20, 130),
  ], ConvolutionKernel.available)
func convolutionEqualsItsDefinition(
  shape: (rows: Int, columns: Int, inputs: Int, outputs: Int), kernel: ConvolutionKernel
) {
  let (rows, columns, inputs, outputs) = shape
  var generator = SeededGenerator(UInt64(rows * 1000 + columns))
  let weights = generator.floats(inputs * outputs * 9)
  let bias = generator.floats(outputs)
  let input = generator.floats(rows * columns * inputs)
  let residual = generator.floats(rows * columns * outputs)
  let convolution = Convolution(inputs: inputs, outputs: outputs, weights: weights, bias: bias, kernel: kernel)
  for (slope, added) in [(nil, nil), (0.2, nil), (0.2, residual)] as [(Float?, [Float]?)] {
    let output = FeatureMap(rows: rows, columns: columns, channels: outputs)
    convolution.apply(
      map(input, rows: rows, columns: columns, channels: inputs), into: output, slope: slope,
      adding: added.map { map($0, rows: rows, columns: columns, channels: outputs) })
    let expected = naive(
      input, rows: rows, columns: columns, inputs: inputs, outputs: outputs, weights: weights, bias: bias,
      slope: slope, residual: added)
    let error = largest(values(output), expected)
    #expect(error < tolerance(kernel) * scale(inputs: inputs))
    #expect(borderIsZero(output))
  }
}

@Test(arguments: ConvolutionKernel.available)
func convolutionOfRandomShapesEqualsItsDefinition(kernel: ConvolutionKernel) {
  var generator = SeededGenerator(11)
  for _ in 0..<25 {
    let (rows, columns) = (Int.random(in: 1...30, using: &generator), Int.random(in: 1...40, using: &generator))
    let (inputs, outputs) = (Int.random(in: 1...40, using: &generator), Int.random(in: 1...70, using: &generator))
    let weights = generator.floats(inputs * outputs * 9)
    let bias = generator.floats(outputs)
    let input = generator.floats(rows * columns * inputs)
    let residual = generator.floats(rows * columns * outputs)
    let output = FeatureMap(rows: rows, columns: columns, channels: outputs)
    Convolution(inputs: inputs, outputs: outputs, weights: weights, bias: bias, kernel: kernel).apply(
      map(input, rows: rows, columns: columns, channels: inputs), into: output, slope: -0.1,
      adding: map(residual, rows: rows, columns: columns, channels: outputs))
    let expected = naive(
      input, rows: rows, columns: columns, inputs: inputs, outputs: outputs, weights: weights, bias: bias,
      slope: -0.1, residual: residual)
    let error = largest(values(output), expected)
    #expect(error < tolerance(kernel) * scale(inputs: inputs), "\(rows) x \(columns), \(inputs) -> \(outputs)")
    #expect(borderIsZero(output))
  }
}

/// The largest difference; infinite where one is no number.
private func largest(_ values: [Float], _ expected: [Float]) -> Float {
  zip(values, expected).map { abs($0 - $1) }.map { $0.isNaN ? .infinity : $0 }.max() ?? 0
}

/// Channels `range` of each pixel.
private func slice(_ values: [Float], channels: Int, _ range: Range<Int>) -> [Float] {
  stride(from: 0, to: values.count, by: channels).flatMap { values[($0 + range.lowerBound)..<($0 + range.upperBound)] }
}

@Test(arguments: [(16, 48, 64, 64), (5, 2, 3, 30), (64, 64, 64, 64)], ConvolutionKernel.available)
func mapsSideBySideEqualTheirConcatenation(channels: (Int, Int, Int, Int), kernel: ConvolutionKernel) {
  let (rows, columns, inputs, outputs) = (9, 14, channels.0 + channels.1, channels.2 + channels.3)
  var generator = SeededGenerator(UInt64(inputs))
  let input = generator.floats(rows * columns * inputs)
  let residual = generator.floats(rows * columns * outputs)
  let convolution = Convolution(
    inputs: inputs, outputs: outputs, weights: generator.floats(inputs * outputs * 9), bias: generator.floats(outputs),
    kernel: kernel)
  func pair(_ values: [Float], _ first: Int, _ all: Int) -> [FeatureMap] {
    [0..<first, first..<all].map {
      map(slice(values, channels: all, $0), rows: rows, columns: columns, channels: $0.count)
    }
  }
  let (whole, joined) = (
    FeatureMap(rows: rows, columns: columns, channels: outputs),
    FeatureMap(rows: rows, columns: columns, channels: outputs)
  )
  convolution.apply(
    map(input, rows: rows, columns: columns, channels: inputs), into: whole, slope: 0.3,
    adding: map(residual, rows: rows, columns: columns, channels: outputs))
  convolution.apply(
    pair(input, channels.0, inputs), into: joined, slope: 0.3, adding: pair(residual, channels.2, outputs))
  let error = largest(values(joined), values(whole))
  #expect(error <= (kernel == .openBLAS ? tolerance(kernel) * scale(inputs: inputs) : 0))
  #expect(borderIsZero(joined))
}

/// A region of a larger map, which nothing but the region is written of, is that part of the whole result.
@Test(arguments: ConvolutionKernel.available)
func aRegionEqualsThatPartOfTheWhole(kernel: ConvolutionKernel) {
  let (rows, columns, inputs, outputs) = (31, 40, 20, 48)
  var generator = SeededGenerator(77)
  let convolution = Convolution(
    inputs: inputs, outputs: outputs, weights: generator.floats(inputs * outputs * 9), bias: generator.floats(outputs),
    kernel: kernel)
  let input = map(generator.floats(rows * columns * inputs), rows: rows, columns: columns, channels: inputs)
  let residual = map(generator.floats(rows * columns * outputs), rows: rows, columns: columns, channels: outputs)
  for order in [ResidualOrder.afterActivation, .beforeActivation] {
    let whole = FeatureMap(rows: rows, columns: columns, channels: outputs)
    convolution.apply([input], into: whole, slope: 0.2, adding: [residual], order)
    for region in [
      MapRegion(rows: 0..<rows, columns: 5..<12), MapRegion(rows: 3..<30, columns: 1..<39),
      MapRegion(rows: 30..<31, columns: 39..<40), MapRegion(rows: 7..<7, columns: 0..<40),
    ] {
      let part = FeatureMap(rows: rows, columns: columns, channels: outputs)
      convolution.apply([input], into: part, region: region, slope: 0.2, adding: [residual], order)
      var worst: Float = 0
      for row in 0..<rows {
        for column in 0..<columns {
          let isInside = region.rows.contains(row) && region.columns.contains(column)
          for channel in 0..<outputs {
            let expected = isInside ? whole.pointer(row, column)[channel] : 0
            let error = abs(part.pointer(row, column)[channel] - expected)
            worst = error.isNaN ? .infinity : max(worst, error)
          }
        }
      }
      #expect(worst < 2 * tolerance(kernel) * scale(inputs: inputs), "\(region)")
      #expect(borderIsZero(part))
    }
  }
}

/// prelu(sum + residual), where the definition above adds the residual after it.
@Test(arguments: ConvolutionKernel.available)
func aResidualCanComeBeforeTheActivation(kernel: ConvolutionKernel) {
  let (rows, columns, inputs, outputs) = (9, 11, 3, 64)
  var generator = SeededGenerator(21)
  let (weights, bias) = (generator.floats(inputs * outputs * 9), generator.floats(outputs))
  let (input, residual) = (generator.floats(rows * columns * inputs), generator.floats(rows * columns * outputs))
  let output = FeatureMap(rows: rows, columns: columns, channels: outputs)
  Convolution(inputs: inputs, outputs: outputs, weights: weights, bias: bias, kernel: kernel).apply(
    [map(input, rows: rows, columns: columns, channels: inputs)], into: output, slope: 0.1,
    adding: [map(residual, rows: rows, columns: columns, channels: outputs)], .beforeActivation)
  let sums = naive(
    input, rows: rows, columns: columns, inputs: inputs, outputs: outputs, weights: weights, bias: bias, slope: nil,
    residual: residual)
  let error = largest(values(output), sums.map { $0 < 0 ? 0.1 * $0 : $0 })
  #expect(error < tolerance(kernel) * scale(inputs: inputs))
}

@Test(arguments: [
  [ConvolutionKernel.f4AVX2, .f4AVX512], [.f4x6AVX2, .f4x6AVX512], [.f6AVX2, .f6AVX512],
])
func vectorWidthsAgreeToTheLastBit(kernels: [ConvolutionKernel]) {
  var generator = SeededGenerator(5)
  let (weights, bias, input) = (generator.floats(24 * 40 * 9), generator.floats(40), generator.floats(33 * 47 * 24))
  let results = kernels.filter(\.isAvailable).map { kernel in
    let output = FeatureMap(rows: 33, columns: 47, channels: 40)
    Convolution(inputs: 24, outputs: 40, weights: weights, bias: bias, kernel: kernel)
      .apply(map(input, rows: 33, columns: 47, channels: 24), into: output, slope: 0.2)
    return values(output)
  }
  #expect(results.allSatisfy { $0 == results.first })
}

@Test func kernelsAreNamed() throws {
  #expect(try ConvolutionKernel.named("auto") == .fastest)
  #expect(try ConvolutionKernel.named("") == .fastest)
  #expect(try ConvolutionKernel.named("openblas") == .openBLAS)
  for kernel in ConvolutionKernel.allCases where kernel.isAvailable {
    #expect(try ConvolutionKernel.named(kernel.rawValue) == kernel)
  }
  for kernel in ConvolutionKernel.allCases where !kernel.isAvailable {
    let error = #expect(throws: ConvolutionKernelError.self) { try ConvolutionKernel.named(kernel.rawValue) }
    #expect(error?.description.hasPrefix("this CPU does not run the kernel") == true)
  }
  let error = #expect(throws: ConvolutionKernelError.self) { try ConvolutionKernel.named("f8-sse") }
  #expect(error?.description.hasPrefix("there is no kernel 'f8-sse'; here it is one of auto, openblas") == true)
}

@Test(arguments: [(1, 1, 2, 3), (4, 5, 8, 8), (7, 3, 64, 64)])
func upconvolutionEqualsItsDefinition(rows: Int, columns: Int, inputs: Int, outputs: Int) {
  var generator = SeededGenerator(UInt64(rows * 100 + columns))
  let weights = generator.floats(inputs * outputs * 9)
  let bias = generator.floats(outputs)
  let input = generator.floats(rows * columns * inputs)
  // Definition: each input pixel adds its weights at (2r - 1 + i, 2c - 1 + j).
  var expected = [Double](repeating: 0, count: 4 * rows * columns * outputs)
  for index in expected.indices { expected[index] = Double(bias[index % outputs]) }
  for row in 0..<rows {
    for column in 0..<columns {
      for tap in 0..<9 {
        let (r, c) = (2 * row - 1 + tap / 3, 2 * column - 1 + tap % 3)
        guard r >= 0, r < 2 * rows, c >= 0, c < 2 * columns else { continue }
        for i in 0..<inputs {
          for o in 0..<outputs {
            expected[(r * 2 * columns + c) * outputs + o] += Double(
              input[(row * columns + column) * inputs + i] * weights[(i * outputs + o) * 9 + tap])
          }
        }
      }
    }
  }
  let source = map(input, rows: rows, columns: columns, channels: inputs)
  for kernel in ConvolutionKernel.available {
    let layer = Upconvolution(inputs: inputs, outputs: outputs, weights: weights, bias: bias, kernel: kernel)
    for phase in 0..<4 {
      let output = FeatureMap(rows: rows, columns: columns, channels: outputs)
      for row in 0..<rows {
        layer.applyRow(
          row, columns: 0..<columns, phase: (phase / 2, phase % 2), source, into: output.pointer(row, 0), slope: 0.3)
        for column in 0..<columns {
          for o in 0..<outputs {
            let exact = expected[((2 * row + phase / 2) * 2 * columns + 2 * column + phase % 2) * outputs + o]
            let activated = exact < 0 ? 0.3 * exact : exact
            #expect(abs(Double(output.pointer(row, column)[o]) - activated) < 1e-4, "\(kernel)")
          }
        }
      }
    }
  }
}

@Test func aRowOfAPointwiseConvolutionEqualsItsDefinition() {
  var generator = SeededGenerator(3)
  let weights = generator.floats(5 * 3)
  let bias = generator.floats(3)
  let input = generator.floats(2 * 4 * 5)
  let layer = PointwiseConvolution(inputs: 5, outputs: 3, weights: weights, bias: bias)
  let line = UnsafeMutableBufferPointer<Float>.allocate(capacity: 12)
  defer { line.deallocate() }
  layer.applyRow(1, of: map(input, rows: 2, columns: 4, channels: 5), into: line.baseAddress!)
  for column in 0..<4 {
    for output in 0..<3 {
      let exact = (0..<5).reduce(bias[output]) { $0 + weights[output * 5 + $1] * input[(4 + column) * 5 + $1] }
      #expect(abs(line[column * 3 + output] - exact) < 1e-5)
    }
  }
}
