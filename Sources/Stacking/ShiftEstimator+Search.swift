private import Foundation
internal import Geometry

/// How like two images are at whole shifts, and whether one shift is better than none.
extension ShiftEstimator {
  /// Variance of the smoothed intensities that is more than noise: a standard deviation of 0.002.
  static let leastVariance = 4e-6
  /// Correlation from which on two windows show the same ground; the best of the shifts of unrelated ones stays below.
  static let leastCorrelation = 0.5

  /// Share of what one shift leaves unexplained that another has to leave less to be told from it.
  static let leastGain = 0.1

  /// What the search over whole pixels gives.
  enum Search {
    /// To be refined from there.
    case from(row: Int, column: Int)
    case unlike, unmeasurable
  }

  /// The shortest of the whole-pixel shifts that make the images as like as the best one does: along a road, many do.
  static func integerSearch(_ a: [Float], _ b: [Float], _ size: RasterSize) -> Search {
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
  static func isBetter(_ shift: Shift, _ a: [Float], _ b: [Float], _ size: RasterSize) -> Bool {
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
}
