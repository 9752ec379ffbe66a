private import Foundation
package import Geometry

/// Estimates the shift between two images of the same ground: an integer search over a few pixels, then Gauss-Newton
/// steps on the smoothed intensities, in windows spread over the image; the median of the windows is the answer.
package enum ShiftEstimator {
  /// One image as the estimator wants it: intensity, NaN where it must not be used.
  package typealias Sampler = (_ window: PixelWindow) -> [Float]

  /// Farthest shift looked for, pixels on each axis.
  package static let farthest = 4
  private static let windowSide = 96
  private static let windowsPerSide = 4

  /// What was found out about a pair of images.
  package enum Estimate: Sendable, Equatable {
    /// The shift of the moving image against the fixed one.
    case found(Shift)
    /// No shift looked for makes them alike: shifted farther, another place, or clouds where the fixed one shows ground.
    case unmatched
    /// Too little is clear in both, nothing has contrast, or what there is looks alike at any shift, as a slope does.
    case unmeasurable

    package var shift: Shift? { if case .found(let shift) = self { shift } else { nil } }
  }

  /// - Parameter windows: what is compared; a lattice where none are given.
  package static func estimate(
    size: RasterSize, fixed: Sampler, moving: Sampler, windows: [PixelWindow]? = nil
  ) -> Estimate {
    var shifts: [Shift] = []
    var unmatched = 0
    for window in windows ?? Self.windows(in: size) {
      switch estimateWindow(window.size, fixed(window), moving(window)) {
      case .found(let shift): shifts.append(shift)
      case .unmatched: unmatched += 1
      case .unmeasurable: break
      }
    }
    // Seasons change most windows beyond recognition and leave some alike: those decide, if they agree.
    guard !shifts.isEmpty else { return unmatched > 0 ? .unmatched : .unmeasurable }
    let middle = Shift(rows: median(shifts.map(\.rows)), columns: median(shifts.map(\.columns)))
    let agreeing = shifts.count { abs($0.rows - middle.rows) <= 1 && abs($0.columns - middle.columns) <= 1 }
    return 2 * agreeing >= shifts.count ? .found(middle) : .unmatched
  }

  /// The windows that are compared: on a regular lattice, the whole image where it is small.
  package static func windows(in size: RasterSize) -> [PixelWindow] {
    func starts(_ extent: Int) -> [(Int, Int)] {
      let side = min(windowSide, extent)
      let count = min(windowsPerSide, max(1, extent / windowSide))
      return (0..<count).map { index in
        let slack = extent - side
        return (count == 1 ? slack / 2 : slack * index / (count - 1), side)
      }
    }
    return starts(size.rows).flatMap { row, rows in
      starts(size.columns).map { column, columns in
        PixelWindow(row: row, column: column, rows: rows, columns: columns)
      }
    }
  }

  /// Windows where two views show the same ground, of all there are: 16 at most, spread over what they share.
  package static func windows(sharedBy first: ViewRaster, _ second: ViewRaster) -> [PixelWindow] {
    let size = first.size
    let (rows, columns) = (min(windowSide, size.rows), min(windowSide, size.columns))
    let (a, b) = (first.counts(band: 0), second.counts(band: 0))
    var candidates: [(window: PixelWindow, shared: Int)] = []
    for top in stride(from: 0, through: size.rows - rows, by: max(rows / 2, 1)) {
      for left in stride(from: 0, through: size.columns - columns, by: max(columns / 2, 1)) {
        var shared = 0
        for row in stride(from: top, to: top + rows, by: 4) {
          for pixel in stride(from: row * size.columns + left, to: row * size.columns + left + columns, by: 4)
          where a[pixel] >= ViewRaster.lowestCount && b[pixel] >= ViewRaster.lowestCount { shared += 1 }
        }
        if shared > 0 {
          candidates.append((PixelWindow(row: top, column: left, rows: rows, columns: columns), shared))
        }
      }
      first.release()
      second.release()
    }
    let most = candidates.map(\.shared).max() ?? 0
    let best = candidates.filter { 10 * $0.shared >= 9 * most }.map(\.window)
    let wanted = windowsPerSide * windowsPerSide
    return best.count <= wanted ? best : (0..<wanted).map { best[$0 * (best.count - 1) / (wanted - 1)] }
  }

  private static func estimateWindow(_ size: RasterSize, _ fixed: [Float], _ moving: [Float]) -> Estimate {
    guard size.rows > 4 * farthest, size.columns > 4 * farthest else { return .unmeasurable }
    let a = smooth(fixed, size)
    let b = smooth(moving, size)
    let estimate = estimate(a, b, size)
    switch estimate {
    case .unmeasurable: return estimate
    case .found(let shift) where shift.length <= 1: return estimate
    case .found, .unmatched: break
    }
    // Fields that were sown or harvested meanwhile make images unlike that show the same roads, trees and roofs, or alike
    // where they do not lie.
    let (first, second) = (detail(of: a, size), detail(of: b, size))
    guard isAsSharp(first, second) else { return estimate }
    let ofDetail = Self.estimate(first, second, size)
    return ofDetail.shift == nil ? estimate : ofDetail
  }

  /// Contrast of detail that the same ground may have on another date, in units of what it has: less is ground that is seen
  /// through cloud.
  private static let contrasts = 0.4...2.5

  private static func isAsSharp(_ a: [Float], _ b: [Float]) -> Bool {
    var (squaresA, squaresB) = (0.0, 0.0)
    for (x, y) in zip(a, b) where x.isFinite && y.isFinite {
      squaresA += Double(x * x)
      squaresB += Double(y * y)
    }
    return squaresA > 0 && contrasts.contains((squaresB / squaresA).squareRoot())
  }

  private static func estimate(_ a: [Float], _ b: [Float], _ size: RasterSize) -> Estimate {
    switch integerSearch(a, b, size) {
    case .unmeasurable: return .unmeasurable
    case .unlike: return .unmatched
    case .from(let row, let column):
      let isAtRest = row == 0 && column == 0
      // As like as can be where it lies, and no place to be found that is more so: a slope, say.
      guard let shift = refine(a, b, size, from: (row, column)) else { return isAtRest ? .unmeasurable : .unmatched }
      return shift.length <= 1 || isBetter(shift, a, b, size) ? .found(shift) : .unmeasurable
    }
  }

  /// Pixels on each side whose mean is left out of the detail: fields are larger.
  private static let detailReach = 5

  /// What is left of an image without the mean of each pixel's surroundings, as far as they can be used.
  private static func detail(of image: [Float], _ size: RasterSize) -> [Float] {
    // Sums of all pixels above and to the left, and how many they are.
    let width = size.columns + 1
    var sums = [Double](repeating: 0, count: (size.rows + 1) * width)
    var counts = [Int](repeating: 0, count: sums.count)
    for row in 0..<size.rows {
      var (sum, count) = (0.0, 0)
      for column in 0..<size.columns {
        let value = image[row * size.columns + column]
        if value.isFinite { (sum, count) = (sum + Double(value), count + 1) }
        let place = (row + 1) * width + column + 1
        sums[place] = sums[place - width] + sum
        counts[place] = counts[place - width] + count
      }
    }
    var result = image
    for row in 0..<size.rows {
      let (top, bottom) = (max(0, row - detailReach) * width, min(size.rows, row + detailReach + 1) * width)
      for column in 0..<size.columns where image[row * size.columns + column].isFinite {
        let (left, right) = (max(0, column - detailReach), min(size.columns, column + detailReach + 1))
        func around<Value: AdditiveArithmetic>(_ table: [Value]) -> Value {
          table[bottom + right] - table[top + right] - table[bottom + left] + table[top + left]
        }
        result[row * size.columns + column] -= Float(around(sums) / Double(around(counts)))
      }
    }
    return result
  }

  /// 3 x 3 binomial smoothing, twice; a pixel next to an unusable one becomes unusable.
  private static func smooth(_ image: [Float], _ size: RasterSize) -> [Float] {
    var result = image
    for _ in 0..<2 {
      for axisStep in [1, size.columns] {
        let source = result
        for index in source.indices {
          let isInside =
            axisStep == 1
            ? index % size.columns > 0 && index % size.columns < size.columns - 1
            : index >= size.columns && index < source.count - size.columns
          result[index] =
            isInside ? 0.25 * source[index - axisStep] + 0.5 * source[index] + 0.25 * source[index + axisStep] : .nan
        }
      }
    }
    return result
  }

  /// Variance of the smoothed intensities that is more than noise: a standard deviation of 0.002.
  private static let leastVariance = 4e-6
  /// Correlation from which on two windows show the same ground; the best of the shifts of unrelated ones stays below.
  private static let leastCorrelation = 0.5

  /// Share of what one shift leaves unexplained that another has to leave less to be told from it.
  private static let leastGain = 0.1

  /// What the search over whole pixels gives.
  private enum Search {
    /// To be refined from there.
    case from(row: Int, column: Int)
    case unlike, unmeasurable
  }

  /// The shortest of the whole-pixel shifts that make the images as like as the best one does: along a road, many do.
  private static func integerSearch(_ a: [Float], _ b: [Float], _ size: RasterSize) -> Search {
    var scores: [(score: Double, row: Int, column: Int)] = []
    var contrast = (a: 0.0, b: 0.0)
    let margin = farthest + 2
    for rowShift in -farthest...farthest {
      for columnShift in -farthest...farthest {
        var (n, sa, sb, saa, sbb, sab) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        for row in stride(from: margin, to: size.rows - margin, by: 2) {
          for column in stride(from: margin, to: size.columns - margin, by: 2) {
            let x = Double(a[row * size.columns + column])
            let y = Double(b[(row + rowShift) * size.columns + column + columnShift])
            guard x.isFinite, y.isFinite else { continue }
            n += 1
            sa += x
            sb += y
            saa += x * x
            sbb += y * y
            sab += x * y
          }
        }
        guard n >= 100 else { continue }
        let varianceA = saa / n - sa / n * sa / n
        let varianceB = sbb / n - sb / n * sb / n
        contrast = (max(contrast.a, varianceA), max(contrast.b, varianceB))
        guard varianceA > leastVariance, varianceB > leastVariance else { continue }
        let score = (sab / n - sa / n * sb / n) / (varianceA * varianceB).squareRoot()
        scores.append((score, rowShift, columnShift))
      }
    }
    guard let best = scores.map(\.score).max() else {
      // Ground does not lose its contrast: a cloud lies over it.
      return contrast.a > 16 * leastVariance && contrast.b < leastVariance ? .unlike : .unmeasurable
    }
    guard best > leastCorrelation else { return .unlike }
    let limit = (1 - best * best) / (1 - leastGain)
    let shortest = scores.filter { $0.score > leastCorrelation && 1 - $0.score * $0.score <= limit }
      .min { $0.row * $0.row + $0.column * $0.column < $1.row * $1.row + $1.column * $1.column }
    return shortest.map { .from(row: $0.row, column: $0.column) } ?? .unlike
  }

  /// Whether the images are more like at a shift than as they lie, and not by chance.
  private static func isBetter(_ shift: Shift, _ a: [Float], _ b: [Float], _ size: RasterSize) -> Bool {
    var (n, sums, squares, products) = (0.0, SIMD4<Double>(), SIMD4<Double>(), SIMD2<Double>())
    for row in stride(from: 1, to: size.rows - 1, by: 2) {
      for column in stride(from: 1, to: size.columns - 1, by: 2) {
        let (value, rest) = (a[row * size.columns + column], b[row * size.columns + column])
        guard value.isFinite, rest.isFinite,
          let moved = sample(b, size, Double(row) + shift.rows, Double(column) + shift.columns)
        else { continue }
        let values = SIMD4(Double(value), Double(rest), Double(moved), 0)
        n += 1
        sums += values
        squares += values * values
        products += values[0] * SIMD2(values[1], values[2])
      }
    }
    guard n >= 100 else { return true }
    let variances = squares / n - sums / n * sums / n
    func unexplained(_ other: Int) -> Double {
      let covariance = products[other - 1] / n - sums[0] / n * sums[other] / n
      return 1 - covariance * abs(covariance) / max(variances[0] * variances[other], 1e-18)
    }
    return unexplained(2) <= (1 - leastGain) * unexplained(1)
  }

  /// Gauss-Newton on a(p) = gain x b(p + shift) + offset, the gradient taken from both images.
  private static func refine(_ a: [Float], _ b: [Float], _ size: RasterSize, from start: (Int, Int)) -> Shift? {
    var shift = Shift(rows: Double(start.0), columns: Double(start.1))
    let margin = farthest + 3
    for _ in 0..<12 {
      // Normal equations for (rows, columns, gain, offset).
      var matrix = [Double](repeating: 0, count: 16)
      var vector = [Double](repeating: 0, count: 4)
      var count = 0
      for row in margin..<(size.rows - margin) {
        for column in margin..<(size.columns - margin) {
          guard
            let centre = sample(b, size, Double(row) + shift.rows, Double(column) + shift.columns),
            let up = sample(b, size, Double(row - 1) + shift.rows, Double(column) + shift.columns),
            let down = sample(b, size, Double(row + 1) + shift.rows, Double(column) + shift.columns),
            let left = sample(b, size, Double(row) + shift.rows, Double(column - 1) + shift.columns),
            let right = sample(b, size, Double(row) + shift.rows, Double(column + 1) + shift.columns)
          else { continue }
          let value = a[row * size.columns + column]
          guard value.isFinite else { continue }
          let terms = [Double(down - up) / 2, Double(right - left) / 2, Double(centre), 1]
          let target = Double(value)
          for i in 0..<4 {
            for j in 0..<4 { matrix[4 * i + j] += terms[i] * terms[j] }
            vector[i] += terms[i] * target
          }
          count += 1
        }
      }
      guard count >= 100, let solution = solve(matrix, vector), solution[2] > 0.1 else { return nil }
      let step = Shift(rows: solution[0] / solution[2], columns: solution[1] / solution[2])
      guard step.length.isFinite else { return nil }
      let scale = min(1, 1 / max(step.length, 1e-9))
      shift.rows += scale * step.rows
      shift.columns += scale * step.columns
      guard abs(shift.rows) <= Double(farthest) + 1, abs(shift.columns) <= Double(farthest) + 1 else { return nil }
      if step.length < 0.002 { break }
    }
    return shift
  }

  /// Cubic interpolation (Catmull-Rom); nil where a neighbour cannot be used.
  private static func sample(_ image: [Float], _ size: RasterSize, _ row: Double, _ column: Double) -> Float? {
    let (r, c) = (Int(row.rounded(.down)), Int(column.rounded(.down)))
    guard r >= 1, c >= 1, r + 2 < size.rows, c + 2 < size.columns else { return nil }
    let (wr, wc) = (cubic(Float(row - Double(r))), cubic(Float(column - Double(c))))
    var sum: Float = 0
    for i in 0..<4 {
      let start = (r - 1 + i) * size.columns + c - 1
      sum +=
        wr[i] * (wc[0] * image[start] + wc[1] * image[start + 1] + wc[2] * image[start + 2] + wc[3] * image[start + 3])
    }
    return sum.isFinite ? sum : nil
  }

  private static func cubic(_ t: Float) -> SIMD4<Float> {
    let (t2, t3) = (t * t, t * t * t)
    return SIMD4(-t + 2 * t2 - t3, 2 - 5 * t2 + 3 * t3, t + 4 * t2 - 3 * t3, t3 - t2) * 0.5
  }

  /// Gaussian elimination of a 4 x 4 system; nil where it is singular.
  private static func solve(_ matrix: [Double], _ vector: [Double]) -> [Double]? {
    var m = matrix
    var v = vector
    for pivot in 0..<4 {
      let row = (pivot..<4).max { abs(m[4 * $0 + pivot]) < abs(m[4 * $1 + pivot]) } ?? pivot
      guard abs(m[4 * row + pivot]) > 1e-12 else { return nil }
      if row != pivot {
        for column in 0..<4 { m.swapAt(4 * row + column, 4 * pivot + column) }
        v.swapAt(row, pivot)
      }
      for below in (pivot + 1)..<4 {
        let factor = m[4 * below + pivot] / m[4 * pivot + pivot]
        for column in pivot..<4 { m[4 * below + column] -= factor * m[4 * pivot + column] }
        v[below] -= factor * v[pivot]
      }
    }
    for row in stride(from: 3, through: 0, by: -1) {
      for column in (row + 1)..<4 { v[row] -= m[4 * row + column] * v[column] }
      v[row] /= m[4 * row + row]
    }
    return v
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.count % 2 == 1
      ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
  }
}

extension ViewRaster {
  /// Mean of the bands as an intensity (reflectance), NaN where the pixel is not clear.
  package func intensity(_ window: PixelWindow) -> [Float] {
    let all = (0..<bands).map { counts(band: $0) }
    let scale = 1 / (Float(bands) * Self.countsPerReflectance)
    var result: [Float] = []
    result.reserveCapacity(window.pixelCount)
    for row in window.row..<window.endRow {
      for column in window.column..<window.endColumn {
        let index = row * size.columns + column
        result.append(
          all[0][index] < Self.lowestCount ? .nan : all.reduce(Float(0)) { $0 + Float($1[index]) } * scale)
      }
    }
    return result
  }
}
