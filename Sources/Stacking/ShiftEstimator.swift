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
    /// Both have contrast, but no shift looked for makes them alike: shifted farther, or another place.
    case unmatched
    /// Too little is clear in both, or nothing has contrast.
    case unmeasurable

    package var shift: Shift? { if case .found(let shift) = self { shift } else { nil } }
  }

  package static func estimate(size: RasterSize, fixed: Sampler, moving: Sampler) -> Estimate {
    var shifts: [Shift] = []
    var unmatched = 0
    for window in windows(in: size) {
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

  private static func estimateWindow(_ size: RasterSize, _ fixed: [Float], _ moving: [Float]) -> Estimate {
    guard size.rows > 4 * farthest, size.columns > 4 * farthest else { return .unmeasurable }
    let a = smooth(fixed, size)
    let b = smooth(moving, size)
    let search = integerSearch(a, b, size)
    guard search.isMeasurable else { return .unmeasurable }
    guard let start = search.shift, let shift = refine(a, b, size, from: start) else { return .unmatched }
    return .found(shift)
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

  /// The whole-pixel shift with the highest correlation; nil where none is like the fixed image.
  private static func integerSearch(_ a: [Float], _ b: [Float], _ size: RasterSize)
    -> (shift: (Int, Int)?, isMeasurable: Bool)
  {
    var best: (score: Double, row: Int, column: Int)?
    var isMeasurable = false
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
        guard varianceA > leastVariance, varianceB > leastVariance else { continue }
        isMeasurable = true
        let score = (sab / n - sa / n * sb / n) / (varianceA * varianceB).squareRoot()
        if score > best?.score ?? leastCorrelation { best = (score, rowShift, columnShift) }
      }
    }
    return (best.map { ($0.row, $0.column) }, isMeasurable)
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
