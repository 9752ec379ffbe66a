private import Foundation
internal import Geometry

/// What is to be compared: methods, and scenes with true and predicted buildings. Made from a JSON document; paths in it
/// are relative to its folder.
package struct BuildingSet: Sendable, Decodable {
  package struct Scene: Sendable, Decodable {
    package let name: String
    /// Scenes of one subset share a column of figures.
    package let subset: String?
    /// Mask or polygons.
    package let truth: String
    /// Raster that overlays are drawn on.
    package let image: String?
    /// Raster whose pixels are compared; without it the first of truth, predictions and image that is one.
    package let grid: String?
    /// Mask or polygons of each method, by its id.
    package let predictions: [String: String]

    var subsetName: String { subset ?? EvaluationSet.unnamedSubset }

    package init(
      name: String, subset: String? = nil, truth: String, image: String? = nil, grid: String? = nil,
      predictions: [String: String]
    ) {
      self.name = name
      self.subset = subset
      self.truth = truth
      self.image = image
      self.grid = grid
      self.predictions = predictions
    }
  }

  package let title: String
  package let note: String?
  /// Intersection over union above which buildings are the same, 0.25 where the set says nothing.
  package let limit: Double?
  /// Smallest building that counts, units of the grid squared.
  package let minArea: Double?
  package let methods: [EvaluationSet.Method]
  package let scenes: [Scene]

  package init(
    title: String, note: String? = nil, limit: Double? = nil, minArea: Double? = nil, methods: [EvaluationSet.Method],
    scenes: [Scene]
  ) {
    self.title = title
    self.note = note
    self.limit = limit
    self.minArea = minArea
    self.methods = methods
    self.scenes = scenes
  }

  /// - Throws: `EvaluationError` where the file cannot be read or contradicts itself.
  package static func read(_ path: String) throws -> BuildingSet {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw EvaluationError("\(path): cannot be read; expected a JSON file that describes a set of building maps")
    }
    let set: BuildingSet
    do { set = try JSONDecoder().decode(BuildingSet.self, from: data) } catch let error as DecodingError {
      throw EvaluationError("\(path): is no set of building maps: \(error.explanation)")
    }
    func require(_ holds: Bool, _ problem: String) throws {
      if !holds { throw EvaluationError("\(path): \(problem)") }
    }
    try require(
      set.minArea.map { $0 >= 0 && $0.isFinite } ?? true, "minArea is \(set.minArea ?? 0), expected 0 or more")
    try require(!set.methods.isEmpty && !set.scenes.isEmpty, "names no methods or no scenes")
    try require(set.limit.map { $0 >= 0 && $0 < 1 } ?? true, "limit is \(set.limit ?? 0), expected 0 to 1")
    try require(Set(set.methods.map(\.id)).count == set.methods.count, "has two methods of one name")
    try require(Set(set.scenes.map(\.name)).count == set.scenes.count, "has two scenes of one name")
    for scene in set.scenes {
      for id in scene.predictions.keys.sorted() {
        try require(
          set.methods.contains { $0.id == id },
          "scene \(scene.name) has buildings of \(id), which is no method of the set")
      }
    }
    return set
  }

  /// A set of one scene and one method.
  package static func pair(
    predicted: String, truth: String, image: String? = nil, grid: String? = nil, limit: Double? = nil,
    minArea: Double? = nil
  ) -> BuildingSet {
    BuildingSet(
      title: "Buildings", limit: limit, minArea: minArea,
      methods: [EvaluationSet.Method(id: "predicted", title: "Predicted", baseline: nil)],
      scenes: [
        Scene(name: predicted, truth: truth, image: image, grid: grid, predictions: ["predicted": predicted])
      ])
  }

  /// Subsets in the order in which scenes name them.
  var subsets: [String] { scenes.reduce(into: []) { if !$0.contains($1.subsetName) { $0.append($1.subsetName) } } }
}

/// What came of a set of building maps, as it is written to `buildings.json`.
package struct BuildingEvaluation: Sendable, Codable {
  package struct Scene: Sendable, Codable {
    package let name: String
    package let subset: String
    /// By method id.
    package let scores: [String: BuildingScores]
  }
  /// Figures of one method over the scenes of a subset.
  package struct Summary: Sendable, Codable, Equatable {
    package let subset: String
    package let method: String
    package let scenes: Int
    /// Counts summed over the scenes: the micro figures.
    package let pixels: Confusion
    package let matches: BuildingMatches
    /// Means of the scenes' own figures; a scene without buildings in truth and prediction counts in neither.
    package let sceneMeanIoU: Double?
    package let sceneMeanF1: Double?
  }

  package let title: String
  package let note: String?
  package let limit: Double
  package let minArea: Double
  package let methods: [EvaluationSet.Method]
  package let scenes: [Scene]
  package let summaries: [Summary]

  init(_ set: BuildingSet, scenes: [Scene]) {
    title = set.title
    note = set.note
    limit = set.limit ?? BuildingMatches.limit
    minArea = set.minArea ?? 0
    methods = set.methods
    self.scenes = scenes
    summaries = set.subsets.flatMap { subset in
      set.methods.compactMap { method -> Summary? in
        let scores = scenes.filter { $0.subset == subset }.compactMap { $0.scores[method.id] }
        guard !scores.isEmpty else { return nil }
        func mean(_ values: [Double]) -> Double? {
          values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }
        let withBuildings = scores.filter {
          $0.matches.truePositives + $0.matches.falsePositives + $0.matches.falseNegatives > 0
        }
        return Summary(
          subset: subset, method: method.id, scenes: scores.count,
          pixels: scores.reduce(Confusion()) { $0 + $1.pixels },
          matches: scores.reduce(BuildingMatches()) { $0 + $1.matches },
          sceneMeanIoU: mean(scores.compactMap(\.pixels.mean)), sceneMeanF1: mean(withBuildings.map(\.matches.f1)))
      }
    }
  }

  package func summary(_ method: String, _ subset: String) -> Summary? {
    summaries.first { $0.method == method && $0.subset == subset }
  }
}

/// Compares the buildings of every scene and method.
/// - Parameters:
///   - folder: what paths are relative to.
///   - progress: called with the share of scenes done.
/// - Returns: figures, and overlays of the scenes that have an image.
/// - Throws: `EvaluationError`, `GDALError`, `CancellationError`.
package func evaluate(
  _ set: BuildingSet, folder: String, progress: (Double) -> Void = { _ in }
) throws -> (evaluation: BuildingEvaluation, overlays: [BuildingOverlays]) {
  func path(_ name: String) -> String { name.hasPrefix("/") ? name : "\(folder)/\(name)" }
  var scenes: [BuildingEvaluation.Scene] = []
  var overlays: [BuildingOverlays] = []
  for (index, scene) in set.scenes.enumerated() {
    try Task.checkCancellation()
    let predictions = scene.predictions.sorted { $0.key < $1.key }
    let grid = try RasterGrid.first(
      of: scene.grid.map { [path($0)] }
        ?? ([scene.truth] + predictions.map(\.value) + [scene.image].compactMap(\.self))
        .map(path))
    let truth = try BuildingMap.read(path(scene.truth), grid: grid, minArea: set.minArea ?? 0)
    var scores: [String: BuildingScores] = [:]
    var pictures: [String: Picture] = [:]
    let canvas = try scene.image.map { try OverlayCanvas(path($0), grid: grid) }
    for (method, file) in predictions {
      let predicted = try BuildingMap.read(path(file), grid: grid, minArea: set.minArea ?? 0).seen(by: truth)
      let score = BuildingScores(predicted: predicted, truth: truth, limit: set.limit ?? BuildingMatches.limit)
      try Task.checkCancellation()
      scores[method] = score
      if let canvas {
        pictures[method] = try canvas.overlay(predicted.buildings, truth.buildings, score.matches)
      }
    }
    scenes.append(BuildingEvaluation.Scene(name: scene.name, subset: scene.subsetName, scores: scores))
    if let canvas {
      overlays.append(
        BuildingOverlays(
          scene: scene.name, image: try canvas.picture(), truth: try canvas.outlines(truth.buildings), methods: pictures
        ))
    }
    progress(Double(index + 1) / Double(set.scenes.count))
  }
  return (BuildingEvaluation(set, scenes: scenes), overlays)
}
