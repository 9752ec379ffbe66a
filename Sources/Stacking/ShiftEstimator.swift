package import Geometry
internal import Raster

/// Estimates the shift between two images of the same ground: an integer search over a few pixels, then Gauss-Newton
/// steps on the smoothed intensities, in windows spread over the image; the median of the windows is the answer.
package enum ShiftEstimator {
  /// One image as the estimator wants it: intensity, NaN where it must not be used.
  package typealias Sampler = (_ window: PixelWindow) -> [Float]

  /// Farthest shift looked for, pixels on each axis.
  package static let farthest = 4
  static let windowSide = 96
  static let windowsPerSide = 4

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
    let middle = Shift(rows: median(of: shifts.map(\.rows)), columns: median(of: shifts.map(\.columns)))
    let agreeing = shifts.count { abs($0.rows - middle.rows) <= 1 && abs($0.columns - middle.columns) <= 1 }
    return 2 * agreeing >= shifts.count ? .found(middle) : .unmatched
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
}
