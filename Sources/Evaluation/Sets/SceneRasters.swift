private import Foundation

/// The rasters of a scene.
struct SceneRasters {
  let truth: ReflectanceRaster?
  let anchor: ReflectanceRaster?
  let views: [ReflectanceRaster]
  /// By method id.
  let images: [String: ReflectanceRaster]

  /// - Parameters:
  ///   - folder: what paths are relative to.
  ///   - needsViews: views are read for pictures alone.
  /// - Throws: `EvaluationError` that names the scene and the file.
  init(_ scene: EvaluationSet.Scene, folder: String, needsViews: Bool) throws {
    let others = max(scene.images.count - 1, 0)
    func read(_ path: String, _ role: String, isInput: Bool = false) throws -> ReflectanceRaster {
      let full = path.hasPrefix("/") ? path : folder + "/" + path
      do { return try ReflectanceRaster.read(full, beside: isInput ? 0 : others, isInput: isInput) } catch {
        throw EvaluationError("scene \(scene.name), \(role): \(error)")
      }
    }
    truth = try scene.truth.map { try read($0, "truth") }
    anchor = try scene.anchor.map { try read($0, "anchor", isInput: true) }
    views = needsViews ? try (scene.views ?? []).map { try read($0, "view", isInput: true) } : []
    images = try Dictionary(
      uniqueKeysWithValues: scene.images.sorted { $0.key < $1.key }.map { ($0.key, try read($0.value, $0.key)) })
    do { try requireOneGround() } catch { throw EvaluationError("scene \(scene.name): \(error)") }
  }

  /// - Throws: `EvaluationError` where rasters of the scene do not lie on each other.
  private func requireOneGround() throws {
    let fine = (truth.map { [$0] } ?? []) + images.sorted { $0.key < $1.key }.map(\.value)
    let low = (anchor.map { [$0] } ?? []) + views
    if let first = fine.first {
      for other in fine.dropFirst() { _ = try other.compared(with: first) }
      for other in low { try first.requireAnchor(other) }
    } else if let first = low.first {
      for other in low.dropFirst() { _ = try other.compared(with: first) }
    }
  }
}
