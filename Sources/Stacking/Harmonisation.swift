private import Foundation
package import Geometry
internal import Raster

/// What brings a view's reflectance to the anchor's, per band: gain x reflectance + offset, as far as it was compared.
/// Beyond the darkest and the brightest that both show, differences stay as they are there: what a sea tells of a gain
/// holds for no land.
package struct Harmonisation: Sendable, Equatable {
  package var gain: [Float]
  /// Reflectance.
  package var offset: [Float]
  /// The view's reflectance that `gain` was found from.
  package var range: [ClosedRange<Float>]
  /// A band that shows nothing of what the anchor's does, though the others do: dead, or another one. Nothing is made of
  /// such a view.
  package var unlikeBand: Int?

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

  /// Whether a gain ends where gains end: the views may differ by more, as where one of them is hazy.
  package var isAtLimit: Bool {
    gain.contains { Double($0) <= Self.gains.lowerBound || Double($0) >= Self.gains.upperBound }
  }

  /// Means of 4 x 4 pixels are compared, so that noise and sub-pixel shifts matter little.
  private static let block = 4
  private static let mostSamples = 60_000
  private static let fewestSamples = 50
  /// Samples below the range that counts, and above it: a share of all, and the most. What is rare, as a village by the sea,
  /// is no tail.
  private static let (tail, longestTail) = (0.01, 10)

  /// Fits a view to the anchor over the pixels where both are clear. First the line, of all gains and offsets there may
  /// be, that most samples lie near: even ground (water, salt, forest) lies near many, so that the other ground decides,
  /// and what changed (fields, missed clouds) near none. Then, from the samples near it, the line through their centre
  /// whose slope is the ratio of their spreads (neither view is free of noise), without those that are far off it for
  /// ground of their brightness.
  ///
  /// Samples lie on a lattice; where the lattice misses what the two share, all blocks are looked at. With few common
  /// samples, or where the two hardly correlate, only the offset is fitted.
  /// - Parameter areas: where to compare, nil for everywhere.
  /// - Returns: nil where nothing is clear in both.
  package static func fit(
    _ view: ViewRaster, to anchor: ViewRaster, in areas: [PixelWindow]? = nil
  ) -> Harmonisation? {
    var result = identity(bands: view.bands)
    var (correlations, spreads) = ([Double](), [Double]())
    for band in 0..<view.bands {
      var samples = commonSamples(view, anchor, band: band, areas ?? [anchor.size.window])
      if samples.count < fewestSamples {
        samples = commonSamples(view, anchor, band: band, areas ?? [anchor.size.window], everywhere: true)
      }
      view.release()
      anchor.release()
      guard !samples.isEmpty else { return nil }
      guard samples.count >= fewestSamples else {
        result.offset[band] = Float(median(of: samples.map { $0.1 - $0.0 }))
        continue
      }
      let moments = Moments(samples)
      correlations.append(moments.correlation)
      spreads.append(moments.spreads.1)
      let line = robustLine(samples)
      result.gain[band] = Float(line.gain)
      result.offset[band] = Float(line.offset)
      result.range[band] = Float(line.range.lowerBound)...Float(line.range.upperBound)
    }
    guard correlations.count == view.bands, view.bands > 1 else { return result }
    for band in 0..<view.bands where correlations[band] < unlike.correlation && spreads[band] > unlike.spread {
      let others = (0..<view.bands).filter { $0 != band }
      if others.allSatisfy({ correlations[$0] > unlike.ofOthers }) { result.unlikeBand = band }
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

  /// A band is unlike the anchor's below this correlation, if the anchor's has this spread (reflectance) and the other
  /// bands correlate like this. Ground that changes does so in all bands.
  private static let unlike = (correlation: 0.2, spread: 0.01, ofOthers: 0.7)

  private struct FittedLine {
    var gain, offset: Double
    /// Of the view's reflectance.
    var range = -Double(Float.greatestFiniteMagnitude)...Double(Float.greatestFiniteMagnitude)

    func residual(_ sample: (Double, Double)) -> Double { sample.1 - gain * sample.0 - offset }
  }

  private static func robustLine(_ samples: [(Double, Double)]) -> FittedLine {
    var line = consensus(samples)
    for _ in 0..<5 {
      let kept = alike(samples, line)
      // What lies near a line correlates, since the rest was left out: what lies around it tells whether there is one.
      let around = samples.filter { abs(line.residual($0)) <= 3 * tolerance }
      guard kept.count >= fewestSamples, Double(kept.count) >= leastShare * Double(samples.count),
        Moments(around).correlation > 0.5
      else { return FittedLine(gain: 1, offset: usualDifference(samples)) }
      let moments = Moments(kept)
      guard moments.correlation > 0.5 else { return FittedLine(gain: 1, offset: median(of: kept.map { $0.1 - $0.0 })) }
      let gain = min(max(moments.spreadRatio, gains.lowerBound), gains.upperBound)
      let seen = kept.map(\.0).sorted()
      let cut = min(Int(tail * Double(kept.count)), longestTail)
      line = FittedLine(
        gain: gain, offset: moments.mean.1 - gain * moments.mean.0,
        range: seen[cut]...seen[seen.count - 1 - cut])
    }
    return line
  }

  /// Mean of the differences that are not far off the middle one.
  private static func usualDifference(_ samples: [(Double, Double)]) -> Double {
    let differences = samples.map { $0.1 - $0.0 }
    let middle = median(of: differences)
    let limit = max(4 * 1.4826 * median(of: differences.map { abs($0 - middle) }), 0.002)
    let usual = differences.filter { abs($0 - middle) <= limit }
    return usual.reduce(0, +) / Double(max(usual.count, 1))
  }

  /// Share of the samples that a line is found from at least.
  private static let leastShare = 0.25

  /// Means, variances and the covariance of samples.
  private struct Moments {
    var mean = (0.0, 0.0)
    private var (varianceX, varianceY, covariance) = (0.0, 0.0, 0.0)

    init(_ samples: [(Double, Double)]) {
      let count = Double(max(samples.count, 1))
      for sample in samples { mean = (mean.0 + sample.0 / count, mean.1 + sample.1 / count) }
      for sample in samples {
        let (x, y) = (sample.0 - mean.0, sample.1 - mean.1)
        varianceX += x * x / count
        varianceY += y * y / count
        covariance += x * y / count
      }
    }

    var correlation: Double { covariance / max((varianceX * varianceY).squareRoot(), 1e-12) }
    var spreadRatio: Double { (varianceY / varianceX).squareRoot() }
    var spreads: (Double, Double) { (varianceX.squareRoot(), varianceY.squareRoot()) }
  }

  /// Gains there may be.
  private static let gains = 0.5...2.0
  /// Reflectance: a sample farther off a line than this has no say in it.
  private static let tolerance = 0.02
  /// Share of the samples that a gain has to win over for it to be farther from 1.
  private static let leastWon = 0.003

  /// The line that most samples lie near; each counts the less, the farther off it lies. Of lines that are hardly worse
  /// than the best the one whose gain is nearest to 1.
  private static func consensus(_ samples: [(Double, Double)]) -> FittedLine {
    /// Residuals of one gain are counted in bins; those of farther ones are no offsets.
    let (width, farthest) = (0.002, 1.2)
    let bins = Int(2 * farthest / width)
    let reach = Int(tolerance / width)
    let weights = (-reach...reach).map { 1 - Double($0 * $0) / Double(reach * reach) }
    let steps = 23
    let lines = (-steps...steps).map { step -> (score: Double, steps: Int, line: FittedLine) in
      let gain = pow(gains.upperBound, Double(step) / Double(steps))
      var counts = [Double](repeating: 0, count: bins + 2 * reach)
      for sample in samples {
        let bin = ((sample.1 - gain * sample.0 + farthest) / width).rounded(.down)
        if bin >= 0, bin < Double(bins) { counts[reach + Int(bin)] += 1 }
      }
      var best = (score: 0.0, bin: bins / 2)
      for bin in 0..<bins {
        var score = 0.0
        for (index, weight) in weights.enumerated() { score += weight * counts[bin + index] }
        if score > best.score { best = (score, bin) }
      }
      let offset = (Double(best.bin) + 0.5) * width - farthest
      return (best.score, abs(step), FittedLine(gain: gain, offset: offset))
    }
    let enough = (lines.map(\.score).max() ?? 0) - leastWon * Double(samples.count)
    return lines.filter { $0.score >= enough }.min { $0.steps < $1.steps }?.line ?? FittedLine(gain: 1, offset: 0)
  }

  /// Samples near a line that are no farther off it than ground of their brightness is: what is right for a sea would
  /// leave out every town.
  private static func alike(_ samples: [(Double, Double)], _ line: FittedLine) -> [(Double, Double)] {
    let strata = 16
    let near = samples.filter { abs(line.residual($0)) <= tolerance }
    guard near.count >= fewestSamples else { return near }
    let brightness = near.map(\.0).sorted()
    let cut = near.count / 200
    let (darkest, brightest) = (brightness[cut], brightness[near.count - 1 - cut])
    let step = max((brightest - darkest) / Double(strata), 1e-9)
    var groups = [[(Double, Double)]](repeating: [], count: strata)
    for sample in near { groups[min(max(Int((sample.0 - darkest) / step), 0), strata - 1)].append(sample) }
    return groups.flatMap { group -> [(Double, Double)] in
      let residuals = group.map { line.residual($0) }
      // Too few to tell what is far.
      let isTold = group.count >= 30
      let centre = isTold ? median(of: residuals) : 0
      let spread = isTold ? 1.4826 * median(of: residuals.map { abs($0 - centre) }) : tolerance / 3
      let limit = max(3 * spread, 0.002)
      return zip(group, residuals).compactMap { abs($1 - centre) <= limit ? $0 : nil }
    }
  }
}
