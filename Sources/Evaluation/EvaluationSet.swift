private import Foundation

/// What `supertile evaluate set` reads: scenes, and what every method made of them. Paths are relative to the file.
package struct EvaluationSet: Codable, Sendable {
  package struct Method: Codable, Sendable {
    package var id: String
    package var title: String
    /// Shown as a baseline; not drawn in every figure.
    package var baseline: Bool?
  }

  package struct Scene: Codable, Sendable {
    package var name: String
    /// Rows of the tables: train, validation, test, ...
    package var subset: String?
    package var truth: String?
    /// Half the size of truth and images.
    package var anchor: String?
    package var views: [String]?
    /// Path by method id.
    package var images: [String: String]
  }

  package var title: String
  /// Peak reflectance of PSNR and SSIM; 1 where it is missing.
  package var range: Double?
  package var note: String?
  package var methods: [Method]
  package var scenes: [Scene]

  /// Reads and checks a set.
  /// - Throws: `EvaluationError` naming the file and what is wrong with it.
  package static func load(_ path: String) throws -> EvaluationSet {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw EvaluationError(description: "\(path): cannot be read")
    }
    var set: EvaluationSet
    do { set = try JSONDecoder().decode(EvaluationSet.self, from: data) } catch {
      throw EvaluationError(description: "\(path): is not an evaluation set: \(error)")
    }
    let known = Set(set.methods.map(\.id))
    guard !set.scenes.isEmpty else { throw EvaluationError(description: "\(path): lists no scene") }
    guard known.count == set.methods.count else { throw EvaluationError(description: "\(path): lists a method twice") }
    if let range = set.range, !(range > 0 && range.isFinite) {
      throw EvaluationError(description: "\(path): range is \(range), expected a positive number")
    }
    for scene in set.scenes {
      if let stranger = scene.images.keys.sorted().first(where: { !known.contains($0) }) {
        throw EvaluationError(
          description:
            "\(path): scene \(scene.name) has an image of the method \(stranger), which methods does not list")
      }
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    func resolve(_ file: String) -> String { file.hasPrefix("/") ? file : folder.appendingPathComponent(file).path }
    for index in set.scenes.indices {
      set.scenes[index].truth = set.scenes[index].truth.map(resolve)
      set.scenes[index].anchor = set.scenes[index].anchor.map(resolve)
      set.scenes[index].views = set.scenes[index].views?.map(resolve)
      set.scenes[index].images = set.scenes[index].images.mapValues(resolve)
    }
    return set
  }
}
