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
  /// and what changed (fields, missed clouds) near none. Even ground that changed as a whole, as a sea with glint on one of
  /// the dates, lies near one that is right for nothing else: what many samples of one brightness say counts as what a few
  /// say (`mostOfBrightness`). Then, from the samples near it, the line through their centre
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
        result.offset[band] = Float(median(of: samples.map(\.difference)))
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
  ) -> [Sample] {
    let columns = view.size.columns
    let (x, y) = (view.counts(band: band), anchor.counts(band: band))
    let blocks = areas.reduce(0) { $0 + ($1.rows / block) * ($1.columns / block) }
    let step = everywhere ? 1 : max(1, Int((Double(blocks) / Double(mostSamples)).squareRoot().rounded(.up)))
    var samples: [(x: Double, y: Double)] = []
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
          samples.append((x: Double(sums.0) * scale, y: Double(sums.1) * scale))
        }
      }
    }
    return weighed(samples)
  }

  /// Mean reflectances of 4 x 4 pixels of the view and of the anchor.
  private struct Sample {
    var x, y: Double
    /// How much it says, 0 to 1.
    var weight = 1.0

    var difference: Double { y - x }
  }

  /// Of one brightness of the view, in steps of 0.005, this share of all samples has a full say.
  private static let mostOfBrightness = 0.02

  private static func weighed(_ samples: [(x: Double, y: Double)]) -> [Sample] {
    func bin(_ x: Double) -> Int { Int((x / 0.005).rounded(.down)) }
    var counts: [Int: Int] = [:]
    for sample in samples { counts[bin(sample.x), default: 0] += 1 }
    let most = max(mostOfBrightness * Double(samples.count), 1)
    return samples.map { Sample(x: $0.x, y: $0.y, weight: min(1, most / Double(counts[bin($0.x)] ?? 1))) }
  }

  private static func weight(of samples: [Sample]) -> Double { samples.reduce(0) { $0 + $1.weight } }

  /// The value that half of the weight lies below.
  private static func middle(_ values: [(value: Double, weight: Double)]) -> Double {
    let sorted = values.sorted { $0.value < $1.value }
    let half = sorted.reduce(0) { $0 + $1.weight } / 2
    var below = 0.0
    for (index, (value, weight)) in sorted.enumerated() {
      below += weight
      // Exactly half: between the two.
      if below > half * (1 + 1e-12) { return value }
      if below >= half * (1 - 1e-12) { return (value + sorted[min(index + 1, sorted.count - 1)].value) / 2 }
    }
    return sorted.last?.value ?? 0
  }

  /// A band is unlike the anchor's below this correlation, if the anchor's has this spread (reflectance) and the other
  /// bands correlate like this. Ground that changes does so in all bands.
  private static let unlike = (correlation: 0.2, spread: 0.01, ofOthers: 0.7)

  private struct FittedLine {
    var gain, offset: Double
    /// Of the view's reflectance.
    var range = -Double(Float.greatestFiniteMagnitude)...Double(Float.greatestFiniteMagnitude)

    func residual(_ sample: Sample) -> Double { sample.y - gain * sample.x - offset }
  }

  private static func robustLine(_ samples: [Sample]) -> FittedLine {
    var line = consensus(samples)
    let whole = weight(of: samples)
    for _ in 0..<5 {
      let kept = alike(samples, line)
      // What lies near a line correlates, since the rest was left out: what lies around it tells whether there is one.
      let around = samples.filter { abs(line.residual($0)) <= 3 * tolerance }
      guard kept.count >= fewestSamples, weight(of: kept) >= leastShare * whole,
        Moments(around).correlation > 0.5
      else { return FittedLine(gain: 1, offset: usualDifference(samples)) }
      let moments = Moments(kept)
      guard moments.correlation > 0.5 else {
        return FittedLine(gain: 1, offset: middle(kept.map { ($0.difference, $0.weight) }))
      }
      let gain = min(max(moments.spreadRatio, gains.lowerBound), gains.upperBound)
      let seen = kept.map(\.x).sorted()
      let cut = min(Int(tail * Double(kept.count)), longestTail)
      line = FittedLine(
        gain: gain, offset: moments.mean.1 - gain * moments.mean.0,
        range: seen[cut]...seen[seen.count - 1 - cut])
    }
    return line
  }

  /// Mean of the differences that are not far off the middle one.
  private static func usualDifference(_ samples: [Sample]) -> Double {
    let centre = middle(samples.map { ($0.difference, $0.weight) })
    let spread = middle(samples.map { (abs($0.difference - centre), $0.weight) })
    let limit = max(4 * 1.4826 * spread, 0.002)
    let usual = samples.filter { abs($0.difference - centre) <= limit }
    return usual.reduce(0) { $0 + $1.weight * $1.difference } / max(weight(of: usual), 1e-12)
  }

  /// Share of the samples' weight that a line is found from at least.
  private static let leastShare = 0.25

  /// Means, variances and the covariance of samples.
  private struct Moments {
    var mean = (0.0, 0.0)
    private var (varianceX, varianceY, covariance) = (0.0, 0.0, 0.0)

    init(_ samples: [Sample]) {
      let whole = max(Harmonisation.weight(of: samples), 1e-12)
      for sample in samples {
        let share = sample.weight / whole
        mean = (mean.0 + share * sample.x, mean.1 + share * sample.y)
      }
      for sample in samples {
        let (share, x, y) = (sample.weight / whole, sample.x - mean.0, sample.y - mean.1)
        varianceX += share * x * x
        varianceY += share * y * y
        covariance += share * x * y
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
  private static func consensus(_ samples: [Sample]) -> FittedLine {
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
        let bin = ((sample.y - gain * sample.x + farthest) / width).rounded(.down)
        if bin >= 0, bin < Double(bins) { counts[reach + Int(bin)] += sample.weight }
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
    let enough = (lines.map(\.score).max() ?? 0) - leastWon * weight(of: samples)
    return lines.filter { $0.score >= enough }.min { $0.steps < $1.steps }?.line ?? FittedLine(gain: 1, offset: 0)
  }

  /// Samples near a line that are no farther off it than ground of their brightness is: what is right for a sea would
  /// leave out every town.
  private static func alike(_ samples: [Sample], _ line: FittedLine) -> [Sample] {
    let strata = 16
    let near = samples.filter { abs(line.residual($0)) <= tolerance }
    guard near.count >= fewestSamples else { return near }
    let brightness = near.map(\.x).sorted()
    let cut = near.count / 200
    let (darkest, brightest) = (brightness[cut], brightness[near.count - 1 - cut])
    let step = max((brightest - darkest) / Double(strata), 1e-9)
    var groups = [[Sample]](repeating: [], count: strata)
    for sample in near { groups[min(max(Int((sample.x - darkest) / step), 0), strata - 1)].append(sample) }
    return groups.flatMap { group -> [Sample] in
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
