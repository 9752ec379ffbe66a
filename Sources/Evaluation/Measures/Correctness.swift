private import Foundation
internal import Geometry
internal import Raster

/// Whether what an image adds to its anchor is right, after opensr-test (Aybar et al., "A comprehensive benchmark for
/// optical remote sensing image super-resolution"): shares of improvement, omission and hallucination, sum 1.
package struct Correctness: Sendable, Codable, Equatable {
  /// Nearer to the truth than the anchor is; higher is better.
  package let improvement: Double
  /// Left as it is in the anchor; lower is better.
  package let omission: Double
  /// Far from truth and anchor; lower is better.
  package let hallucination: Double
  /// Mean absolute difference between the image, harmonised with the truth, and the anchor, reflectance: how much was
  /// added, right or wrong.
  package let synthesis: Double
  /// Fine pixels that the shares are means of.
  package let judgedPixels: Int
}

/// What opensr-test lets its users choose; the defaults are its own.
package struct CorrectnessParameters: Sendable, Codable, Equatable {
  /// Fine pixels left out along each edge.
  package var border = 16
  /// A pixel is judged if any of the three distances exceeds this percentile of the anchor's distance to the truth.
  package var percentile = 75.0
  /// lambda of the three scores.
  package var lambda = 0.05
  /// T of the soft minimum of the three scores.
  package var temperature = 0.25

  package init() {}
}

/// The distance of two images at a pixel is the mean over the bands of |x - y| / |x + y|. The image is harmonised with
/// the truth first: histograms matched band by band, and moved by whole pixels if its content is shifted.
/// - Parameter anchor: low-resolution reflectance; it is upsampled bilinearly.
/// - Returns: nil where no pixel can be judged.
/// - Throws: `EvaluationError` where the anchor is not of the image's ground.
package func correctness(
  of raster: ReflectanceRaster, truth: ReflectanceRaster, anchor: ReflectanceRaster,
  parameters: CorrectnessParameters = CorrectnessParameters()
) throws -> Correctness? {
  try raster.requireAnchor(anchor)
  let pair = try raster.compared(with: truth)
  let upsampled = bilinearlyUpsampled(anchor.image)
  let isAnchorValid = bilinearlyUpsampled(
    FloatImage(bands: 1, size: anchor.size, pixels: anchor.isValid.map { $0 ? 1 : 0 })
  ).pixels
  let size = raster.size
  var isUsed = zip(pair.isValid, isAnchorValid).map { $0 && $1 == 1 }
  for pixel in isUsed.indices {
    let (row, column) = (pixel / size.columns, pixel % size.columns)
    let distance = min(row, column, size.rows - 1 - row, size.columns - 1 - column)
    if distance < parameters.border { isUsed[pixel] = false }
  }
  guard let harmonised = Harmonised(pair.image, with: pair.truth, where: isUsed) else { return nil }
  return judge(
    harmonised.image, truth: pair.truth, anchor: upsampled, pixels: isUsed.indices.filter { harmonised.isValid[$0] },
    parameters)
}

private func judge(
  _ image: FloatImage, truth: FloatImage, anchor: FloatImage, pixels: [Int], _ parameters: CorrectnessParameters
) -> Correctness? {
  let reference = pixels.map { normalisedDifference(anchor, truth, $0) }
  guard let threshold = percentile(parameters.percentile, of: reference) else { return nil }
  let plane = image.size.pixelCount
  var synthesis = 0.0
  var sums = [0.0, 0.0, 0.0]
  var judged = 0
  for (pixel, reference) in zip(pixels, reference) {
    for band in 0..<image.bands {
      synthesis += abs(Double(image.pixels[band * plane + pixel]) - Double(anchor.pixels[band * plane + pixel]))
    }
    let toTruth = normalisedDifference(image, truth, pixel)
    let toAnchor = normalisedDifference(image, anchor, pixel)
    guard max(reference, toTruth, toAnchor) > threshold, reference > 0 else { continue }
    let shares = softMinimum(
      scores(a: toTruth / reference, b: toAnchor / reference, lambda: parameters.lambda),
      temperature: parameters.temperature)
    for index in 0..<3 { sums[index] += shares[index] }
    judged += 1
  }
  guard judged > 0 else { return nil }
  return Correctness(
    improvement: sums[0] / Double(judged), omission: sums[1] / Double(judged), hallucination: sums[2] / Double(judged),
    synthesis: synthesis / Double(pixels.count * image.bands), judgedPixels: judged)
}

/// Distances to improvement, omission and hallucination: a + b (1 - e^(-H l)), b + a (1 - e^(-H l)), e^(-a b l), with
/// H = a + b - 1, and a and b the distances to truth and anchor in units of the anchor's distance to the truth.
private func scores(a: Double, b: Double, lambda: Double) -> [Double] {
  let farther = 1 - exp(-(a + b - 1) * lambda)
  return [a + b * farther, b + a * farther, exp(-a * b * lambda)]
}

private func softMinimum(_ distances: [Double], temperature: Double) -> [Double] {
  let least = distances.min() ?? 0
  let weights = distances.map { exp(-($0 - least) / temperature) }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }
}

private func normalisedDifference(_ x: FloatImage, _ y: FloatImage, _ pixel: Int) -> Double {
  let plane = x.size.pixelCount
  var sum = 0.0
  for band in 0..<x.bands {
    let (a, b) = (Double(x.pixels[band * plane + pixel]), Double(y.pixels[band * plane + pixel]))
    sum += abs(a - b) / max(abs(a + b), 1e-8)
  }
  return sum / Double(x.bands)
}

/// Linear between ranks, as numpy's default; nil without values.
package func percentile(_ percent: Double, of values: [Double]) -> Double? {
  guard !values.isEmpty else { return nil }
  let sorted = values.sorted()
  let rank = percent / 100 * Double(sorted.count - 1)
  let below = Int(rank.rounded(.down))
  let above = min(below + 1, sorted.count - 1)
  return sorted[below] + (rank - Double(below)) * (sorted[above] - sorted[below])
}
