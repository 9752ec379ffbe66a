/// What came of an evaluation set, as it is written to `evaluation.json`.
package struct SetEvaluation: Sendable, Codable {
  package struct Scene: Sendable, Codable {
    package let name: String
    package let subset: String
    package let hasTruth: Bool
    package let hasAnchor: Bool
    /// By method id; methods without an image are missing.
    package let images: [String: ImageMeasures]
    package let truthSpectrum: PowerSpectrum?
    /// Of the anchor upsampled bicubically.
    package let anchorSpectrum: PowerSpectrum?
    package let truthHistogram: Histogram?
    package let anchorHistogram: Histogram?
  }
  /// Means over the scenes of a subset.
  package struct Means: Sendable, Codable {
    package struct Mean: Sendable, Codable {
      package let value: Double
      /// Scenes that have the value.
      package let scenes: Int
    }
    package let subset: String
    package let scenes: Int
    /// By method id, then by measure.
    package let methods: [String: [String: Mean]]
  }

  package let title: String
  package let note: String?
  /// Peak reflectance of PSNR and SSIM.
  package let range: Double
  package let correctnessParameters: CorrectnessParameters
  package let methods: [EvaluationSet.Method]
  package let tables: [EvaluationSet.Table]
  package let scenes: [Scene]
  package let subsets: [Means]

  init(_ set: EvaluationSet, range: Double, scenes: [Scene]) {
    title = set.title
    note = set.note
    self.range = range
    correctnessParameters = CorrectnessParameters()
    methods = set.methods
    tables = set.tablesOrDefault
    self.scenes = scenes
    subsets = set.subsets.map { subset in Means(subset, of: scenes.filter { $0.subset == subset }, set.methods) }
  }
}

extension SetEvaluation.Means {
  init(_ subset: String, of scenes: [SetEvaluation.Scene], _ methods: [EvaluationSet.Method]) {
    self.subset = subset
    self.scenes = scenes.count
    var means: [String: [String: Mean]] = [:]
    for method in methods {
      for measure in Measure.allCases {
        let values = scenes.compactMap { $0.images[method.id].flatMap(measure.value) }
        guard !values.isEmpty else { continue }
        means[method.id, default: [:]][measure.rawValue] = Mean(
          value: values.reduce(0, +) / Double(values.count), scenes: values.count)
      }
    }
    self.methods = means
  }

  package func mean(_ measure: Measure, of method: String) -> Mean? { methods[method]?[measure.rawValue] }
}
