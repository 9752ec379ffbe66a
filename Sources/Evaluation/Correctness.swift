private import Foundation
internal import Geometry
package import Raster

/// What became of the detail that upsampling does not show, after opensr-test (Aybar et al. 2024): shares of the pixels
/// that matter which came nearer to the truth, stayed like the upsampled anchor, or are like neither. They sum to 1.
package struct CorrectnessFigures: Sendable, Codable, Equatable {
  package var improvement: Double
  package var omission: Double
  package var hallucination: Double
  /// Mean absolute difference between the image and the upsampled anchor: how much was added, reflectance.
  package var synthesis: Double
}

/// Parameters of `correctness`; those of opensr-test.
private enum Parameters {
  /// Pixels of the image's border that are left out.
  static let border = 16
  static let decay = 0.05
  static let temperature = 0.25
  /// Pixels matter where a distance exceeds this quantile of the distance between upsampled anchor and truth.
  static let quantile = 0.75
}

/// The anchor is upsampled bilinearly, the image's bands are brought to the truth's histograms, and distances are the
/// normalised difference |x - y| / |x + y|, mean of the bands. No shift is removed: the images lie on one grid.
/// - Parameters:
///   - pair: image and truth, 2 rows x 2 columns.
///   - anchor: rows x columns, reflectance.
/// - Returns: nil where no pixel can be compared.
package func correctness(_ pair: ImagePair, anchor: FloatImage) -> CorrectnessFigures? {
  let size = pair.truth.size
  let plane = size.pixelCount
  let upsampled = bilinearUpsample(anchor)
  let inside = (0..<plane).filter { pixel in
    let (row, column) = (pixel / size.columns, pixel % size.columns)
    let border = Parameters.border
    return pair.isValid[pixel] && row >= border && column >= border && row < size.rows - border
      && column < size.columns - border
  }
  guard !inside.isEmpty else { return nil }
  var harmonised = pair.image
  for band in 0..<pair.image.bands {
    let matched = histogramMatched(
      inside.map { pair.image.pixels[band * plane + $0] }, to: inside.map { pair.truth.pixels[band * plane + $0] })
    for (value, pixel) in zip(matched, inside) { harmonised.pixels[band * plane + pixel] = value }
  }
  func distance(_ a: FloatImage, _ b: FloatImage) -> [Double] {
    inside.map { pixel in
      let sum = (0..<a.bands).reduce(0.0) { sum, band in
        let (x, y) = (Double(a.pixels[band * plane + pixel]), Double(b.pixels[band * plane + pixel]))
        return sum + (x == y ? 0 : abs(x - y) / max(abs(x + y), 1e-9))
      }
      return sum / Double(a.bands)
    }
  }
  let reference = distance(upsampled, pair.truth)
  let toTruth = distance(harmonised, pair.truth)
  let toAnchor = distance(harmonised, upsampled)
  let limit = quantile(reference, Parameters.quantile)
  var sums = (improvement: 0.0, omission: 0.0, hallucination: 0.0)
  var count = 0
  for index in inside.indices where max(reference[index], toTruth[index], toAnchor[index]) > limit {
    let share = membership(
      improvement: toTruth[index] / max(reference[index], 1e-9),
      omission: toAnchor[index] / max(reference[index], 1e-9))
    sums.improvement += share.improvement
    sums.omission += share.omission
    sums.hallucination += share.hallucination
    count += 1
  }
  let synthesis = inside.reduce(0.0) { sum, pixel in
    sum
      + (0..<pair.image.bands).reduce(0.0) {
        $0 + Double(abs(upsampled.pixels[$1 * plane + pixel] - harmonised.pixels[$1 * plane + pixel]))
      }
  }
  guard count > 0 else { return nil }
  let n = Double(count)
  return CorrectnessFigures(
    improvement: sums.improvement / n, omission: sums.omission / n, hallucination: sums.hallucination / n,
    synthesis: synthesis / Double(inside.count * pair.image.bands))
}

/// Soft minimum of the three distances; a and b are distances to truth and anchor over that between the two.
private func membership(improvement a: Double, omission b: Double) -> (
  improvement: Double, omission: Double, hallucination: Double
) {
  let far = 1 - exp(-(a + b - 1) * Parameters.decay)
  let distances = [a + b * far, b + a * far, exp(-a * b * Parameters.decay)]
  let nearest = distances.min() ?? 0
  let weights = distances.map { exp(-($0 - nearest) / Parameters.temperature) }
  let sum = weights.reduce(0, +)
  return (weights[0] / sum, weights[1] / sum, weights[2] / sum)
}

/// numpy's linear quantile.
func quantile(_ values: [Double], _ q: Double) -> Double {
  let sorted = values.sorted()
  let position = q * Double(sorted.count - 1)
  let low = Int(position)
  let high = min(low + 1, sorted.count - 1)
  return sorted[low] + (position - Double(low)) * (sorted[high] - sorted[low])
}

/// `values` moved to the distribution of `target`, of as many values: scikit-image's `match_histograms`.
func histogramMatched(_ values: [Float], to target: [Float]) -> [Float] {
  func distribution(_ values: [Float]) -> (values: [Float], share: [Double]) {
    var (unique, shares): ([Float], [Double]) = ([], [])
    for (index, value) in values.sorted().enumerated() {
      if unique.last != value {
        unique.append(value)
        shares.append(0)
      }
      shares[shares.count - 1] = Double(index + 1) / Double(values.count)
    }
    return (unique, shares)
  }
  let (source, wanted) = (distribution(values), distribution(target))
  var mapped: [Float: Float] = [:]
  var position = 0
  for (value, share) in zip(source.values, source.share) {
    while position < wanted.share.count, wanted.share[position] < share { position += 1 }
    if position == 0 {
      mapped[value] = wanted.values[0]
    } else if position == wanted.share.count {
      mapped[value] = wanted.values[position - 1]
    } else {
      let (low, high) = (wanted.share[position - 1], wanted.share[position])
      let part = Float((share - low) / (high - low))
      mapped[value] = wanted.values[position - 1] + part * (wanted.values[position] - wanted.values[position - 1])
    }
  }
  return values.map { mapped[$0] ?? $0 }
}

/// Twice the rows and columns, pixel areas aligned, edges repeated.
func bilinearUpsample(_ image: FloatImage) -> FloatImage {
  var result = FloatImage(bands: image.bands, size: image.size.scaled(by: 2))
  func taps(_ index: Int, _ count: Int) -> (Int, Int, Float) {
    let low = index % 2 == 0 ? index / 2 - 1 : index / 2
    return (max(low, 0), min(low + 1, count - 1), index % 2 == 0 ? 0.75 : 0.25)
  }
  for band in 0..<image.bands {
    for row in 0..<result.rows {
      let (top, bottom, down) = taps(row, image.rows)
      for column in 0..<result.columns {
        let (left, right, across) = taps(column, image.columns)
        let upper = image[band, top, left] * (1 - across) + image[band, top, right] * across
        let lower = image[band, bottom, left] * (1 - across) + image[band, bottom, right] * across
        result[band, row, column] = upper * (1 - down) + lower * down
      }
    }
  }
  return result
}
