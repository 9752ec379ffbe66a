internal import Geometry
internal import Raster

/// Measures every image of a set.
/// - Parameter progress: called with the share of the scenes that are done.
/// - Throws: `EvaluationError` naming scene and file.
package func evaluate(_ set: EvaluationSet, progress: (Double) -> Void = { _ in }) throws -> EvaluationFigures {
  let range = set.range ?? 1
  let scenes = try set.scenes.enumerated().map { index, scene in
    defer { progress(Double(index + 1) / Double(set.scenes.count)) }
    return try evaluate(scene, set.methods.map(\.id), range: range)
  }
  return EvaluationFigures(
    title: set.title, note: set.note, range: range, methods: set.methods.map(\.id),
    titles: Dictionary(uniqueKeysWithValues: set.methods.map { ($0.id, $0.title) }), scenes: scenes)
}

private func evaluate(_ scene: EvaluationSet.Scene, _ methods: [String], range: Double) throws -> SceneFigures {
  func read(_ path: String) throws -> (raster: EvaluatedRaster, path: String) {
    do { return (try readRaster(path), path) } catch {
      throw EvaluationError(description: "scene \(scene.name): \(error)")
    }
  }
  let truth = try scene.truth.map(read)
  let anchor = try scene.anchor.map(read)
  var figures = SceneFigures(
    name: scene.name, subset: scene.subset ?? "all", images: [:], spectra: [:], histograms: [:])
  // One range of values for all of a scene's histograms: what the truth, or else the anchor, hardly exceeds.
  let shown = (truth ?? anchor)?.raster.image.pixels.map(Double.init) ?? []
  let top = shown.isEmpty ? 0.5 : max(quantile(shown, 0.998), 0.01)
  func draw(_ name: String, _ raster: EvaluatedRaster) {
    figures.spectra[name] = powerSpectrum(raster.image, isValid: raster.isValid)
    figures.histograms[name] = histogram(raster.image, isValid: raster.isValid, top: top)
  }
  for method in methods {
    guard let path = scene.images[method] else { continue }
    let image = try read(path)
    do {
      figures.images[method] = try ImageFigures(image.raster, path: path, truth: truth, anchor: anchor, range: range)
    } catch { throw EvaluationError(description: "scene \(scene.name): \(error)") }
    draw(method, image.raster)
  }
  if let truth { draw("truth", truth.raster) }
  if let anchor {
    figures.histograms["anchor"] = histogram(anchor.raster.image, isValid: anchor.raster.isValid, top: top)
  }
  return figures
}
