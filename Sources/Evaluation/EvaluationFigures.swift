/// Everything measured of one image.
package struct ImageFigures: Sendable, Codable, Equatable {
  /// Decibels; nil without a truth, and where the image equals it.
  package var psnr: Double?
  package var cpsnr: Double?
  package var ssim: Double?
  package var consistency: ConsistencyFigures?
  package var correctness: CorrectnessFigures?
  package var comparedPixels: Int

  /// - Parameters:
  ///   - truth: of the image's size, with its path for errors.
  ///   - anchor: half the image's size, with its path.
  /// - Throws: `EvaluationError` where sizes do not fit.
  package init(
    _ image: EvaluatedRaster, path: String, truth: (raster: EvaluatedRaster, path: String)?,
    anchor: (raster: EvaluatedRaster, path: String)?, range: Double
  ) throws {
    if let anchor { try checkAnchor(anchor.raster, at: anchor.path, of: image, at: path) }
    comparedPixels = image.isValid.count { $0 }
    consistency = anchor.flatMap {
      Evaluation.consistency(
        of: image.image, isValid: image.isValid, with: $0.raster.image, isAnchorValid: $0.raster.isValid)
    }
    guard let truth else { return }
    let images = try pair(image, truth.raster, paths: (path, truth.path))
    func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
    comparedPixels = images.isValid.count { $0 }
    psnr = finite(peakSignalToNoise(images, range: range))
    cpsnr = finite(biasFreeSignalToNoise(images, range: range))
    ssim = structuralSimilarity(images, range: range)
    correctness = anchor.flatMap { Evaluation.correctness(images, anchor: $0.raster.image) }
  }
}

/// One scene of an evaluation: figures and spectra by method; `truth` and `anchor` stand among the spectra too.
package struct SceneFigures: Sendable, Codable {
  package var name: String
  package var subset: String
  package var images: [String: ImageFigures]
  package var spectra: [String: PowerSpectrum]
  package var histograms: [String: Histogram]
}

/// A whole evaluation, as evaluation.json holds it.
package struct EvaluationFigures: Sendable, Codable {
  package var title: String
  package var note: String?
  package var range: Double
  package var methods: [String]
  package var titles: [String: String]
  package var scenes: [SceneFigures]

  /// Subsets in the order of their first scenes.
  package var subsets: [String] {
    scenes.reduce(into: []) { if !$0.contains($1.subset) { $0.append($1.subset) } }
  }

  /// The mean of a figure over a subset's scenes that have it, and how many do; nil for none.
  package func mean(_ subset: String?, _ method: String, _ figure: (ImageFigures) -> Double?) -> (
    value: Double, count: Int
  )? {
    let values = scenes.filter { subset == nil || $0.subset == subset }.compactMap { $0.images[method].flatMap(figure) }
    return values.isEmpty ? nil : (values.reduce(0, +) / Double(values.count), values.count)
  }
}
