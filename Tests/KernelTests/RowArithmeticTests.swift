import Kernels
import TestSupport
import Testing

/// Lengths around the kernels' vectors and blocks.
private let counts = [0, 1, 7, 16, 33, 63, 64, 65, 127, 128, 1000]

private func written(_ start: [Float], _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
  var result = start
  result.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
  return result
}

@Test(arguments: counts) func scaledRowsAreAdded(count: Int) {
  var generator = SeededGenerator(UInt64(count))
  let (values, start) = (generator.floats(count + 1), generator.floats(count + 1))
  let sum = written(start) { RowArithmetic.add(values, weight: 0.7, to: $0, count: count) }
  for index in 0..<count { #expect(abs(sum[index] - (start[index] + 0.7 * values[index])) < 1e-6) }
  #expect(sum[count] == start[count])
}

@Test(arguments: counts) func rowsAreAddedWithAWeightEach(count: Int) {
  var generator = SeededGenerator(UInt64(count + 9))
  let (values, weights, start) = (generator.floats(count + 1), generator.floats(count + 1), generator.floats(count + 1))
  let sum = written(start) { RowArithmetic.add(values, weights: weights, weight: 0.7, to: $0, count: count) }
  for index in 0..<count { #expect(abs(sum[index] - (start[index] + 0.7 * weights[index] * values[index])) < 1e-6) }
  #expect(sum[count] == start[count])
}

@Test(arguments: counts) func weightedSumsEqualTheirDefinition(count: Int) {
  var generator = SeededGenerator(UInt64(count + 1))
  for taps in [1, 2, 8, 9] {
    let (values, weights) = (generator.floats(taps * (count + 1)), generator.floats(taps))
    let start = generator.floats(count + 1)
    let sum = written(start) { target in
      values.withUnsafeBufferPointer { source in
        let rows = (0..<taps).map { UnsafePointer<Float>?(source.baseAddress! + $0 * (count + 1)) }
        RowArithmetic.weightedSum(rows, weights: weights, into: target, count: count)
      }
    }
    for index in 0..<count {
      let exact = (0..<taps).reduce(Double(0)) { $0 + Double(weights[$1]) * Double(values[$1 * (count + 1) + index]) }
      #expect(abs(Double(sum[index]) - exact) < 1e-5)
    }
    #expect(sum[count] == start[count], "nothing behind the row is written")
  }
}

@Test(arguments: counts) func rowsAreSplitAndInterleaved(count: Int) {
  var generator = SeededGenerator(UInt64(count + 2))
  let (values, start) = (generator.floats(2 * count + 1), generator.floats(2 * count + 1))
  var odd: [Float] = []
  let even = written([Float](repeating: 7, count: count + 1)) { even in
    odd = written([Float](repeating: 7, count: count + 1)) { odd in
      RowArithmetic.split(values, even: even, odd: odd, count: count)
    }
  }
  #expect(even == (0..<count).map { values[2 * $0] } + [7] && odd == (0..<count).map { values[2 * $0 + 1] } + [7])
  let sum = written(start) { RowArithmetic.addInterleaved(even: even, odd: odd, to: $0, count: count) }
  #expect(sum == (0..<(2 * count)).map { start[$0] + values[$0] } + [start[2 * count]])
}

@Test(arguments: counts) func correctionsEqualTheirDefinition(count: Int) {
  var generator = SeededGenerator(UInt64(count + 3))
  let (difference, low) = (generator.floats(count), generator.floats(count))
  let clear = (0..<count).map { Float($0 % 7 == 0 || $0 % 5 == 0 ? 0 : 1) }
  // Without coverage only where nothing is clear, as it is in smoothed masks.
  let coverage = (0..<count).map { Float($0 % 7 == 0 ? 0 : 0.25 + 0.5 * Float($0 % 3)) }
  let (noise, outlier, step): (Float, Float, Float) = (0.2, 0.5, 1.5)
  var energy: [Float] = []
  let none = [Float](repeating: 7, count: count)
  let detail = written(none + [7]) { detail in
    energy = written(none + [7]) { energy in
      CorrectionArithmetic.detail(
        detail, energy: energy, difference: difference, low: low, coverage: coverage, clear: clear, count: count)
    }
  }
  let correction = written(none + [7]) {
    CorrectionArithmetic.correction(
      $0, difference: difference, detail: detail, localEnergy: energy, coverage: coverage, clear: clear, noise: noise,
      outlier: outlier, step: step, count: count)
  }
  for index in 0..<count {
    let isClear = clear[index] != 0
    let rest = isClear ? difference[index] - low[index] / coverage[index] : 0
    #expect(detail[index] == rest && energy[index] == rest * rest)
    let local = isClear ? (rest * rest / coverage[index]).squareRoot() : 0
    let excess = max(abs(rest) * (1 - noise / max(local, noise)), abs(rest) - outlier, 0)
    let exact = isClear ? step * (difference[index] - rest + (rest < 0 ? -excess : excess)) : 0
    #expect(abs(correction[index] - exact) < 1e-5)
  }
  #expect(detail[count] == 7 && energy[count] == 7 && correction[count] == 7)
}

@Test(arguments: counts) func countsAreRoundedAndClamped(count: Int) {
  var generator = SeededGenerator(UInt64(count + 4))
  // Halves, what is just below them, and what has no count.
  let special: [Float] = [0.5, -0.5, 0.49999997, 1.5, 2.5, 2.4999998, 65_535.4, 65_535.5, 1e9, -3, 0, 0.7]
  let values = (0..<count).map { $0 < special.count ? special[$0] : Float.random(in: -10...70_000, using: &generator) }
  let published = (0..<count).map { UInt8($0 % 5 == 4 ? 0 : 3) }
  var result = [UInt16](repeating: 7, count: count + 1)
  let clamped = result.withUnsafeMutableBufferPointer {
    CorrectionArithmetic.quantise(values, scale: 1, published: published, into: $0.baseAddress!, count: count)
  }
  var expected = 0
  for index in 0..<count {
    let exact = values[index].rounded()
    let valid = min(max(exact, 1), 65_535)
    if published[index] != 0 && valid != exact { expected += 1 }
    #expect(result[index] == (published[index] == 0 ? 0 : UInt16(valid)), "\(values[index])")
  }
  #expect(clamped == expected && result[count] == 7)
}

@Test(arguments: counts) func differencesAreTakenWhereItIsClear(count: Int) {
  var generator = SeededGenerator(UInt64(count + 5))
  let (seen, target) = (generator.floats(count + 1), generator.floats(count + 1))
  let clear = (0...count).map { Float($0 % 3 == 0 ? 0 : 1) }
  let difference = written(seen) { CorrectionArithmetic.difference($0, from: target, clear: clear, count: count) }
  let raised = written(seen) { CorrectionArithmetic.raise($0, to: 0.1, count: count) }
  for index in 0..<count {
    #expect(difference[index] == (index % 3 == 0 ? 0 : target[index] - seen[index]))
    #expect(raised[index] == max(seen[index], 0.1))
  }
  #expect(difference[count] == seen[count] && raised[count] == seen[count])
}

@Test func whatIsNoNumberIsNotRaised() {
  let raised = written([.nan, -1, .infinity]) { CorrectionArithmetic.raise($0, to: 0, count: 3) }
  #expect(raised[0].isNaN && raised[1] == 0 && raised[2] == .infinity)
}
