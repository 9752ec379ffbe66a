internal import Geometry
internal import Raster

/// Everything measured on one image. What needs a raster that is not there is nil.
package struct ImageMeasures: Sendable, Codable, Equatable {
  /// Decibels; infinite where the images are equal.
  package let psnr: Double?
  package let ssim: Double?
  /// Decibels, each band's bias taken out.
  package let cpsnr: Double?
  /// Pixels that hold data in image and truth.
  package let comparedPixels: Int?
  package let consistency: Consistency?
  package let correctness: Correctness?
  /// Variance between 0.25 and 0.5 cycles per pixel (finer than the anchor can hold), in units of the truth's.
  package let detail: Double?
  /// What the image's histogram has in common with the anchor's, 0 to 1.
  package let histogramOverlap: Double?
  package let spectrum: PowerSpectrum?
  package let histogram: Histogram
}

/// - Parameter range: peak reflectance of PSNR and SSIM.
/// - Throws: `EvaluationError` where the rasters do not lie on each other, `CancellationError`.
package func measure(
  _ raster: ReflectanceRaster, truth: ReflectanceRaster?, anchor: ReflectanceRaster?, range: Double = 1,
  progress: (Double) -> Void = { _ in }
) throws -> ImageMeasures {
  progress(0)
  let pair = try truth.map { try raster.compared(with: $0) }
  let spectrum = powerSpectrum(of: raster.image, isValid: raster.isValid)
  let histogram = Histogram(of: raster.image, isValid: raster.isValid)
  try Task.checkCancellation()
  progress(0.2)
  let consistency = try anchor.flatMap { try Evaluation.consistency(of: raster, with: $0) }
  var correctness: Correctness?
  if let truth, let anchor { correctness = try Evaluation.correctness(of: raster, truth: truth, anchor: anchor) }
  try Task.checkCancellation()
  progress(0.4)
  let ssim = pair.flatMap { structuralSimilarity($0, range: range) }
  try Task.checkCancellation()
  progress(0.8)
  return ImageMeasures(
    psnr: pair.flatMap { peakSignalToNoise($0, range: range) }, ssim: ssim,
    cpsnr: pair.flatMap { biasCorrectedSignalToNoise($0, range: range) },
    comparedPixels: pair?.isValid.count { $0 }, consistency: consistency, correctness: correctness,
    detail: pair.flatMap { detailShare($0) },
    histogramOverlap: anchor.flatMap { anchor in
      guard raster.isValid.contains(true), anchor.isValid.contains(true) else { return nil }
      return histogram.overlap(with: Histogram(of: anchor.image, isValid: anchor.isValid))
    },
    spectrum: spectrum, histogram: histogram)
}

/// The image's variance between 0.25 and 0.5 cycles per pixel in units of the truth's, over squares where both hold
/// data.
func detailShare(_ pair: ImagePair) -> Double? {
  guard
    let image = powerSpectrum(of: pair.image, isValid: pair.isValid),
    let truth = powerSpectrum(of: pair.truth, isValid: pair.isValid)
  else { return nil }
  let reference = truth.variance(from: 0.25, to: 0.5)
  return reference > 0 ? image.variance(from: 0.25, to: 0.5) / reference : nil
}
