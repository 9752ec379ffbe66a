internal import Geometry
internal import Networks
internal import Raster

/// Evaluates a set, scene by scene.
/// - Parameters:
///   - folder: what paths in the set are relative to.
///   - range: peak reflectance of PSNR and SSIM; nil takes the set's.
///   - progress: called with the share of the scenes that are done, 0 to 1.
/// - Returns: the figures, and a gallery for each scene shown in pictures.
/// - Throws: `EvaluationError` that names scene and file, `CancellationError`.
package func evaluate(
  _ set: EvaluationSet, folder: String, range: Double? = nil, progress: (Double) -> Void = { _ in }
) throws -> (evaluation: SetEvaluation, galleries: [SceneGallery]) {
  let range = range ?? set.range ?? 1
  let pictured = set.picturedScenes(limit: SceneGallery.mostScenes)
  let budget = PictureBudget(set, pictured: pictured)
  var scenes: [SetEvaluation.Scene] = []
  var galleries: [SceneGallery] = []
  for (index, scene) in set.scenes.enumerated() {
    try Task.checkCancellation()
    progress(Double(index) / Double(set.scenes.count))
    let rasters = try SceneRasters(scene, folder: folder, needsViews: pictured.contains(scene.name))
    do {
      scenes.append(try evaluate(scene, rasters, range: range))
      if pictured.contains(scene.name) {
        galleries.append(try SceneGallery(scene.name, rasters, methods: set.methods, side: budget.side))
      }
    } catch let error as EvaluationError { throw EvaluationError("scene \(scene.name): \(error)") }
  }
  return (SetEvaluation(set, range: range, scenes: scenes), galleries)
}

private func evaluate(_ scene: EvaluationSet.Scene, _ rasters: SceneRasters, range: Double) throws
  -> SetEvaluation.Scene
{
  let (truth, anchor) = (rasters.truth, rasters.anchor)
  return SetEvaluation.Scene(
    name: scene.name, subset: scene.subsetName, hasTruth: truth != nil, hasAnchor: anchor != nil,
    images: try rasters.images.mapValues { try measure($0, truth: truth, anchor: anchor, range: range) },
    truthSpectrum: truth.flatMap { powerSpectrum(of: $0.image, isValid: $0.isValid) },
    anchorSpectrum: anchor.flatMap { anchor in
      powerSpectrum(of: Bicubic.upsample(anchor.image), isValid: anchor.finePixelsWithData)
    },
    truthHistogram: truth.map { Histogram(of: $0.image, isValid: $0.isValid) },
    anchorHistogram: anchor.map { Histogram(of: $0.image, isValid: $0.isValid) })
}

extension ReflectanceRaster {
  /// Pixels of a grid twice as fine whose own low-resolution pixel holds data.
  var finePixelsWithData: [Bool] {
    let fine = size.scaled(by: 2)
    return (0..<fine.pixelCount).map {
      isValid[$0 / fine.columns / 2 * size.columns + $0 % fine.columns / 2]
    }
  }
}
