import Geometry
import Stacking
import TestSupport
import Testing

/// A raster with holes, and what the anchor shows more than its filling beside them.
private struct Example {
  let size: RasterSize
  var isHole: [Bool]
  /// By pixel; nil where either is not clear.
  var differences: [[Float]?]
  /// Which views fill a pixel, and what they fill it with; they do not change from pixel to pixel by themselves.
  var fillers: [UInt64]
  let fillings: [UInt64: [Float]]

  /// Holes of many sizes: random discs and single pixels, some of them along the edges.
  init(_ size: RasterSize, seed: UInt64, bands: Int) {
    var random = SeededGenerator(seed)
    self.size = size
    isHole = [Bool](repeating: false, count: size.rows * size.columns)
    for _ in 0..<14 {
      let (row, column) = (Int(random.next() % UInt64(size.rows)), Int(random.next() % UInt64(size.columns)))
      let radius = Int(random.next() % 12)
      for y in max(0, row - radius)...min(size.rows - 1, row + radius) {
        for x in max(0, column - radius)...min(size.columns - 1, column + radius)
        where (y - row) * (y - row) + (x - column) * (x - column) <= radius * radius {
          isHole[y * size.columns + x] = true
        }
      }
    }
    // Three stripes, and a square in one of them.
    let hole = isHole
    fillers = hole.indices.map { pixel in
      let (row, column) = (pixel / size.columns, pixel % size.columns)
      if !hole[pixel] { return 0 }
      return (30..<45).contains(row) && (30..<41).contains(column) ? 8 : column < 25 ? 1 : column < 47 ? 3 : 2
    }
    fillings = [1: [0.1, 0.12, 0.1], 3: [0.13, 0.1, 0.09], 2: [0.05, 0.2, 0.1], 8: [0.6, 0.1, 0.1]]
    // Left of the middle the border is brighter in every band, as the rim of a cloud; one in twenty is not clear, one in
    // forty far off.
    differences = isHole.indices.map { pixel in
      let rim: Float = pixel % size.columns < size.columns / 2 ? 0.08 : 0
      let (clear, far) = (random.next() % 20 != 0, random.next() % 40 == 0)
      let values = (0..<bands).map { _ in rim + Float(random.next() % 1000) / 10_000 - 0.05 + (far ? 0.5 : 0) }
      return clear ? values : nil
    }
  }

  func found(_ rows: Range<Int>) -> BorderDifference? {
    BorderDifference(size, bands: differences.compactMap(\.self).first?.count ?? 0, rows: rows) {
      fillers[$0]
    } difference: { pixel, values in
      guard let known = differences[pixel] else { return false }
      values = known
      return true
    } step: { pixel, next, values in
      for band in values.indices { values[band] = step(band, pixel, next) }
    }
  }

  func step(_ band: Int, _ pixel: Int, _ next: Int) -> Float {
    (fillings[fillers[next]]?[band] ?? 0) - (fillings[fillers[pixel]]?[band] ?? 0)
  }

  func neighbours(_ pixel: Int) -> [Int] {
    let (row, column) = (pixel / size.columns, pixel % size.columns)
    return [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
      .filter { (0..<size.rows).contains($0.0) && (0..<size.columns).contains($0.1) }
      .map { $0.0 * size.columns + $0.1 }
  }

  /// Plainly, over the whole raster, in double precision: what the border has beyond its surroundings' common brightness,
  /// then 16 passes of the mean of the neighbours that count, which loses a sixteenth of one neighbour's weight, each with what
  /// the filling steps by to it.
  func expected() -> [[Double]] {
    let bands = differences.compactMap(\.self).first?.count ?? 0
    let all = Array(isHole.indices)
    let border = all.filter { pixel in
      !isHole[pixel] && differences[pixel] != nil && neighbours(pixel).contains { isHole[$0] }
    }
    func cell(_ pixel: Int) -> (Int, Int) { (pixel / size.columns / 4, pixel % size.columns / 4) }
    var rest: [Int: [Double]] = [:]
    for pixel in border {
      let near = border.filter { abs(cell($0).0 - cell(pixel).0) <= 2 && abs(cell($0).1 - cell(pixel).1) <= 2 }
      let means = (0..<bands).map { band in
        near.reduce(0) { $0 + Double(differences[$1]?[band] ?? 0) } / Double(near.count)
      }
      let common = max(means.min() ?? 0, 0) + min(means.max() ?? 0, 0)
      let own = (differences[pixel] ?? []).map { Double($0) - common }
      if own.allSatisfy({ abs($0) <= 0.25 }) { rest[pixel] = own }
    }
    return (0..<bands).map { band in
      var values = all.map { rest[$0]?[band] ?? 0 }
      for _ in 0..<16 {
        let before = values
        for pixel in all where isHole[pixel] {
          let counted = neighbours(pixel).filter { isHole[$0] || rest[$0] != nil }
          let steps = counted.filter { next in
            isHole[next] && fillers[next] != fillers[pixel]
              && (0..<bands).allSatisfy { abs(step($0, pixel, next)) <= 0.25 }
          }
          let wanted = steps.reduce(0) { $0 + Double(step(band, pixel, $1)) }
          values[pixel] = (counted.reduce(0) { $0 + before[$1] } + wanted) / (Double(counted.count) + 1.0 / 16)
        }
      }
      return values
    }
  }
}

/// Against a reference that sees the whole raster.
@Test(arguments: 1...6 as ClosedRange<UInt64>) func bordersAreCarriedIntoHolesAsByDefinition(seed: UInt64) throws {
  let example = Example(RasterSize(rows: 90, columns: 70), seed: seed, bands: 3)
  let found = try #require(example.found(0..<90))
  let expected = example.expected()
  var (worst, most) = (0.0, 0.0)
  for band in 0..<3 {
    for pixel in expected[band].indices where example.isHole[pixel] {
      worst = max(worst, abs(Double(found.value(band: band, pixel: pixel)) - expected[band][pixel]))
      most = max(most, abs(expected[band][pixel]))
    }
  }
  #expect(worst < 1e-6 && most > 0.01, "off by \(worst) of \(most)")
}

/// What is found of rows does not depend on how many are looked at together, to the bit.
@Test func bordersAreTheSameHoweverRowsAreCut() throws {
  let example = Example(RasterSize(rows: 170, columns: 50), seed: 7, bands: 2)
  let whole = try #require(example.found(0..<170))
  for height in [1, 7, 64] {
    for first in stride(from: 0, to: 170, by: height) {
      let rows = first..<min(170, first + height)
      let pixels = (rows.lowerBound * 50..<rows.upperBound * 50).filter { example.isHole[$0] }
      let part = example.found(rows)
      for band in 0..<2 {
        let isSame = pixels.allSatisfy {
          (part?.value(band: band, pixel: $0) ?? 0) == whole.value(band: band, pixel: $0)
        }
        #expect(isSame, "rows \(rows)")
      }
    }
  }
}
