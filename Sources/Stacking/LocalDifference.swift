internal import Geometry
private import Foundation

/// What the anchor shows more than the other views do around a hole in it, continued into the hole: one gain and offset a
/// band hold for a whole tile, while haze, glint, sun and season differ from place to place.
///
/// Differences are means of cells of 4 x 4 pixels that are clear as a whole, as those around them are: those at the rim of a
/// cloud, whose edge a mask may miss, do not count. They are averaged with Gaussian weights and fade where no clear ground is
/// near. Cells lie where rows and columns of the raster say, so that results do not depend on how the work is cut.
struct LocalDifference {
  static let cell = 4
  /// Cells that an average reaches, to each side.
  private static let radius = 7
  /// Of the Gaussian, cells.
  private static let spread = 2.3
  /// Weight of no difference at all, where all ground around would weigh 1.
  private static let fading: Float = 0.005
  /// Reflectance: what differs by more is other ground, or cloud.
  static let farthest: Float = 0.1
  /// Rows around one that are looked at.
  static let reach = (radius + 3) * cell

  private let columns: Int
  /// Of the cells that are kept.
  private let firstRow: Int
  private let rows: Int
  /// Differences, a plane a band.
  private let values: [[Float]]

  /// - Parameters:
  ///   - size: of the raster.
  ///   - range: rows of pixels.
  ///   - isHole: whether a pixel of them is to be filled.
  ///   - difference: writes anchor minus others at a pixel, reflectance, a value a band; false where either is not clear.
  /// - Returns: nil where nothing is to be filled, or the raster has no whole cell.
  init?(
    _ size: RasterSize, bands: Int, rows range: Range<Int>, isHole: (Int) -> Bool,
    difference: (_ pixel: Int, _ values: inout [Float]) -> Bool
  ) {
    let cell = Self.cell
    let (all, columns) = (size.rows / cell, size.columns / cell)
    guard all > 0, columns > 0 else { return nil }
    // Averages are wanted one cell around a hole, for what lies between the middles; cells have to know their neighbours.
    let reach = Self.radius + 2
    let first = max(0, range.lowerBound / cell - reach)
    let last = min(all - 1, (range.upperBound - 1) / cell + reach)
    guard first <= last else { return nil }
    let rows = last - first + 1
    var isWanted = [Bool](repeating: false, count: rows * columns)
    var isAny = false
    for row in range {
      let cellRow = min(row / cell, all - 1) - first
      for column in 0..<size.columns where isHole(row * size.columns + column) {
        isWanted[cellRow * columns + min(column / cell, columns - 1)] = true
        isAny = true
      }
    }
    guard isAny else { return nil }
    isWanted = Self.grown(isWanted, rows, columns, by: reach)
    var sums = [[Float]](repeating: [Float](repeating: 0, count: rows * columns), count: bands)
    var weights = [Float](repeating: 0, count: rows * columns)
    var isCut = [Bool](repeating: false, count: rows * columns)
    var (one, mean) = ([Float](repeating: 0, count: bands), [Float](repeating: 0, count: bands))
    for place in 0..<(rows * columns) where isWanted[place] {
      let (top, left) = ((first + place / columns) * cell, place % columns * cell)
      var count = 0
      for band in 0..<bands { mean[band] = 0 }
      for index in 0..<(cell * cell) {
        guard difference((top + index / cell) * size.columns + left + index % cell, &one) else { break }
        for band in 0..<bands { mean[band] += one[band] / Float(cell * cell) }
        count += 1
      }
      isCut[place] = count < cell * cell
      guard !isCut[place], mean.allSatisfy({ abs($0) <= Self.farthest }) else { continue }
      weights[place] = 1
      for band in 0..<bands { sums[band][place] = mean[band] }
    }
    let isAtRim = Self.grown(isCut, rows, columns, by: 1)
    for place in weights.indices where isAtRim[place] {
      weights[place] = 0
      for band in 0..<bands { sums[band][place] = 0 }
    }
    Self.smooth(&weights, rows, columns)
    for band in 0..<bands {
      Self.smooth(&sums[band], rows, columns)
      for place in weights.indices { sums[band][place] /= weights[place] + Self.fading }
    }
    (self.columns, firstRow, self.rows, values) = (columns, first, rows, sums)
  }

  /// Between the middles of cells differences change evenly.
  func value(band: Int, row: Int, column: Int) -> Float {
    func place(_ pixel: Int, _ first: Int, _ count: Int) -> (cell: Int, share: Float) {
      let middle = (Float(pixel) + 0.5) / Float(Self.cell) - 0.5 - Float(first)
      let cell = min(max(Int(middle.rounded(.down)), 0), max(count - 2, 0))
      return (cell, min(max(middle - Float(cell), 0), 1))
    }
    let (top, y) = place(row, firstRow, rows)
    let (left, x) = place(column, 0, columns)
    let (right, below) = (min(left + 1, columns - 1), min(top + 1, rows - 1))
    let plane = values[band]
    let upper = plane[top * columns + left] * (1 - x) + plane[top * columns + right] * x
    let lower = plane[below * columns + left] * (1 - x) + plane[below * columns + right] * x
    return upper * (1 - y) + lower * y
  }

  private static let kernel: [Float] = {
    let weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * spread * spread)) }
    let sum = weights.reduce(0, +)
    return weights.map { Float($0 / sum) }
  }()

  /// Along columns, then along rows; nothing lies beyond the edges.
  private static func smooth(_ plane: inout [Float], _ rows: Int, _ columns: Int) {
    for (count, step, lines, next) in [(columns, 1, rows, columns), (rows, columns, columns, 1)] {
      var line = [Float](repeating: 0, count: count)
      for number in 0..<lines {
        let start = number * next
        for index in 0..<count {
          var sum: Float = 0
          for other in max(0, index - radius)...min(count - 1, index + radius) {
            sum += kernel[other - index + radius] * plane[start + other * step]
          }
          line[index] = sum
        }
        for index in 0..<count { plane[start + index * step] = line[index] }
      }
    }
  }

  /// Marks whatever is no farther from a mark than `reach`, along columns, then along rows.
  private static func grown(_ marked: [Bool], _ rows: Int, _ columns: Int, by reach: Int) -> [Bool] {
    var grown = marked
    for (count, step, lines, next) in [(columns, 1, rows, columns), (rows, columns, columns, 1)] {
      let before = grown
      for number in 0..<lines {
        for isForwards in [true, false] {
          var last: Int?
          for turn in 0..<count {
            let index = isForwards ? turn : count - 1 - turn
            let place = number * next + index * step
            if before[place] { last = index }
            if let last, abs(index - last) <= reach { grown[place] = true }
          }
        }
      }
    }
    return grown
  }
}
