internal import Foundation

/// What is evaluated together: methods, and scenes with their rasters. Made from a JSON document; paths in it are
/// relative to its folder.
package struct EvaluationSet: Sendable, Decodable {
  package struct Method: Sendable, Codable, Equatable {
    /// Names the method in scenes.
    package let id: String
    package let title: String
    /// What others are held against, such as bicubic upsampling.
    package let baseline: Bool?
    package var isBaseline: Bool { baseline ?? false }
  }
  package struct Scene: Sendable, Decodable {
    package let name: String
    /// Scenes of one subset share a row of means.
    package let subset: String?
    package let truth: String?
    /// Low-resolution raster that the images follow: half the rows and columns, the same upper-left corner.
    package let anchor: String?
    package let views: [String]?
    /// Image of each method, by its id.
    package let images: [String: String]
    /// Shown in pictures; if no scene says so, the first ones are.
    package let pictured: Bool?
  }
  /// A table of means.
  package struct Table: Sendable, Codable, Equatable {
    package let title: String
    package let subsets: [String]
  }

  package let title: String
  package let note: String?
  /// Peak reflectance of PSNR and SSIM, 1 where the set says nothing.
  package let range: Double?
  package let methods: [Method]
  package let scenes: [Scene]
  package let tables: [Table]?

  /// Subset of scenes that name none.
  static let unnamedSubset = "all"

  /// - Throws: `EvaluationError` where the file cannot be read or contradicts itself.
  package static func read(_ path: String) throws -> EvaluationSet {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw EvaluationError("\(path): cannot be read; expected a JSON file that describes an evaluation set")
    }
    let set: EvaluationSet
    do {
      set = try JSONDecoder().decode(EvaluationSet.self, from: data)
    } catch let error as DecodingError {
      throw EvaluationError("\(path): is no evaluation set: \(error.explanation)")
    }
    try set.check(path)
    return set
  }

  private func check(_ path: String) throws {
    func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
      guard condition else { throw EvaluationError("\(path): \(problem())") }
    }
    try require(!methods.isEmpty, "names no methods, expected at least one")
    try require(!scenes.isEmpty, "has no scenes, expected at least one")
    try require(range.map { $0 > 0 && $0.isFinite } ?? true, "range is \(range ?? 0), expected a positive number")
    for (ids, what) in [(methods.map(\.id), "method"), (scenes.map(\.name), "scene")] {
      let twice = Dictionary(grouping: ids) { $0 }.first { $0.value.count > 1 }?.key ?? ""
      try require(Set(ids).count == ids.count, "has two \(what)s called \(twice): names must differ")
    }
    for scene in scenes {
      for id in scene.images.keys.sorted() where !methods.contains(where: { $0.id == id }) {
        try require(false, "scene \(scene.name) has an image of \(id), which is no method of the set")
      }
      try require(
        !scene.images.isEmpty || scene.truth != nil || scene.anchor != nil, "scene \(scene.name) has no rasters")
    }
    for table in tables ?? [] {
      for subset in table.subsets where !subsets.contains(subset) {
        try require(false, "table \(table.title) has the subset \(subset), which no scene belongs to")
      }
    }
  }

  /// Subsets in the order in which scenes name them.
  package var subsets: [String] {
    scenes.reduce(into: []) { if !$0.contains($1.subsetName) { $0.append($1.subsetName) } }
  }

  /// The tables asked for, or one of all subsets.
  package var tablesOrDefault: [Table] { tables ?? [Table(title: "Means over the scenes", subsets: subsets)] }

  /// Names of the scenes shown in pictures.
  /// - Parameter limit: how many, if the set does not choose.
  package func picturedScenes(limit: Int) -> Set<String> {
    let chosen = scenes.filter { $0.pictured ?? false }
    if !chosen.isEmpty { return Set(chosen.map(\.name)) }
    return Set(scenes.filter { $0.pictured ?? true }.prefix(limit).map(\.name))
  }
}

extension EvaluationSet.Scene {
  package var subsetName: String { subset ?? EvaluationSet.unnamedSubset }
}

extension DecodingError {
  /// What was found, and where in the document.
  var explanation: String {
    func place(_ context: Context) -> String {
      let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
      return path.isEmpty ? "" : " at \(path)"
    }
    switch self {
    case .keyNotFound(let key, let context): return "\(key.stringValue) is missing\(place(context))"
    case .typeMismatch(let type, let context): return "expected \(type)\(place(context))"
    case .valueNotFound(let type, let context): return "expected \(type), found null\(place(context))"
    case .dataCorrupted(let context): return context.debugDescription + place(context)
    @unknown default: return "\(self)"
    }
  }
}
