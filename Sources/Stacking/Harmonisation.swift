private import Foundation
package import Geometry

/// What brings a view's reflectance to the anchor's, per band: gain x reflectance + offset, as far as it was compared.
/// Beyond the darkest and the brightest that both show, differences stay as they are there: what a sea tells of a gain
/// holds for no land.
package struct Harmonisation: Sendable, Equatable {
  package var gain: [Float]
  /// Reflectance.
  package var offset: [Float]
  /// The view's reflectance that `gain` was found from.
  package var range: [ClosedRange<Float>]

  /// - Parameter range: nil for all there is.
  package init(gain: [Float], offset: [Float], range: [ClosedRange<Float>]? = nil) {
    self.gain = gain
    self.offset = offset
    self.range = range ?? gain.map { _ in -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude }
  }

  /// That of one band.
  package struct Line: Sendable {
    fileprivate let gain, offset, lowest, highest: Float

    /// A reflectance of the view as the anchor would have it.
    @inline(__always)
    package func callAsFunction(_ reflectance: Float) -> Float {
      let compared = min(max(reflectance, lowest), highest)
      return gain * compared + offset + (reflectance - compared)
    }
  }

  package func line(_ band: Int) -> Line {
    Line(gain: gain[band], offset: offset[band], lowest: range[band].lowerBound, highest: range[band].upperBound)
  }

  package static func identity(bands: Int) -> Harmonisation {
    Harmonisation(gain: [Float](repeating: 1, count: bands), offset: [Float](repeating: 0, count: bands))
  }

  /// Means of 4 x 4 pixels are compared, so that noise and sub-pixel shifts matter little.
  private static let block = 4
  private static let mostSamples = 60_000
  private static let fewestSamples = 50
  /// Share of the samples below the range that counts, and above it.
  private static let tail = 0.01

  /// Fits a view to the anchor over the pixels where both are clear: the line through the centre of the samples whose
  /// slope is the ratio of their spreads (neither view is free of noise), found again without the samples that are
  /// far off it (real change, missed clouds).
  ///
  /// Samples lie on a lattice; where the lattice misses what the two share, all blocks are looked at. With few common
  /// samples, or where the two hardly correlate, only the offset is fitted.
  /// - Parameter areas: where to compare, nil for everywhere.
  /// - Returns: nil where nothing is clear in both.
  package static func fit(
    _ view: ViewRaster, to anchor: ViewRaster, in areas: [PixelWindow]? = nil
  ) -> Harmonisation? {
    var result = identity(bands: view.bands)
    for band in 0..<view.bands {
      var samples = commonSamples(view, anchor, band: band, areas ?? [anchor.size.window])
      if samples.count < fewestSamples {
        samples = commonSamples(view, anchor, band: band, areas ?? [anchor.size.window], everywhere: true)
      }
      view.release()
      anchor.release()
      guard !samples.isEmpty else { return nil }
      guard samples.count >= fewestSamples else {
        result.offset[band] = Float(median(samples.map { $0.1 - $0.0 }))
        continue
      }
      let line = robustLine(samples)
      result.gain[band] = Float(line.gain)
      result.offset[band] = Float(line.offset)
      result.range[band] = Float(line.range.lowerBound)...Float(line.range.upperBound)
    }
    return result
  }

  /// Whether enough pixels of some areas are clear in both for `fit` to look at these areas alone.
  package static func areEnough(_ areas: [PixelWindow], _ view: ViewRaster, _ anchor: ViewRaster) -> Bool {
    defer {
      view.release()
      anchor.release()
    }
    return commonSamples(view, anchor, band: 0, areas).count >= enoughSamples
  }

  private static let enoughSamples = 2000

  private static func commonSamples(
    _ view: ViewRaster, _ anchor: ViewRaster, band: Int, _ areas: [PixelWindow], everywhere: Bool = false
  ) -> [(Double, Double)] {
    let columns = view.size.columns
    let (x, y) = (view.counts(band: band), anchor.counts(band: band))
    let blocks = areas.reduce(0) { $0 + ($1.rows / block) * ($1.columns / block) }
    let step = everywhere ? 1 : max(1, Int((Double(blocks) / Double(mostSamples)).squareRoot().rounded(.up)))
    var samples: [(Double, Double)] = []
    for area in areas {
      for row in stride(from: area.row, through: area.endRow - block, by: block * step) {
        for column in stride(from: area.column, through: area.endColumn - block, by: block * step) {
          var sums = (0, 0)
          var isClear = true
          for index in 0..<(block * block) where isClear {
            let pixel = (row + index / block) * columns + column + index % block
            isClear = x[pixel] >= ViewRaster.lowestCount && y[pixel] >= ViewRaster.lowestCount
            sums.0 += Int(x[pixel])
            sums.1 += Int(y[pixel])
          }
          guard isClear else { continue }
          let scale = 1 / (Double(block * block) * Double(ViewRaster.countsPerReflectance))
          samples.append((Double(sums.0) * scale, Double(sums.1) * scale))
        }
      }
    }
    return samples
  }

  private static func robustLine(
    _ samples: [(Double, Double)]
  ) -> (gain: Double, offset: Double, range: ClosedRange<Double>) {
    var kept = samples
    let all = -Double(Float.greatestFiniteMagnitude)...Double(Float.greatestFiniteMagnitude)
    var line = (gain: 1.0, offset: median(samples.map { $0.1 - $0.0 }), range: all)
    for round in 0..<4 {
      let residuals = samples.map { $0.1 - line.gain * $0.0 - line.offset }
      let centre = median(residuals)
      let spread = 1.4826 * median(residuals.map { abs($0 - centre) })
      let limit = max((round == 0 ? 4 : 3) * spread, 0.002)
      kept = zip(samples, residuals).compactMap { abs($1 - centre) <= limit ? $0 : nil }
      guard kept.count >= fewestSamples else { return line }
      let count = Double(kept.count)
      let mean = (kept.reduce(0) { $0 + $1.0 } / count, kept.reduce(0) { $0 + $1.1 } / count)
      let varianceX = kept.reduce(0) { $0 + ($1.0 - mean.0) * ($1.0 - mean.0) } / count
      let varianceY = kept.reduce(0) { $0 + ($1.1 - mean.1) * ($1.1 - mean.1) } / count
      let covariance = kept.reduce(0) { $0 + ($1.0 - mean.0) * ($1.1 - mean.1) } / count
      let correlation = covariance / max((varianceX * varianceY).squareRoot(), 1e-12)
      guard correlation > 0.5 else { return (1, mean.1 - mean.0, all) }
      let gain = min(max((varianceY / varianceX).squareRoot(), 0.5), 2)
      let seen = kept.map(\.0).sorted()
      let cut = Int(tail * count)
      line = (gain, mean.1 - gain * mean.0, seen[cut]...seen[seen.count - 1 - cut])
    }
    return line
  }

  private static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    return sorted.count % 2 == 1
      ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
  }
}
