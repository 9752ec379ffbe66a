/// The tables of a report.
package struct ReportTables: Sendable {
  /// PSNR and SSIM, one for each table of the set: the paper's tables 1 and 2.
  package let means: [ResultTable]
  /// What else is measured against the truth.
  package let furtherMeans: ResultTable?
  package let consistency: ResultTable?
  package let correctness: ResultTable?
  package let scenes: ResultTable?

  package init(_ evaluation: SetEvaluation) {
    let methods = evaluation.methods
    func rows(_ subsets: [SetEvaluation.Means]) -> [RowValues] {
      subsets.map { means in
        (
          means.subset, means.scenes,
          { method, measure in means.mean(measure, of: method).map { ($0.value, $0.scenes) } }
        )
      }
    }
    func has(_ measures: [Measure]) -> [SetEvaluation.Means] {
      evaluation.subsets.filter { means in
        methods.contains { method in measures.contains { means.mean($0, of: method.id) != nil } }
      }
    }
    let peak = decimal(evaluation.range, 4).trimmingZeros
    let withTruth = Set(has(Measure.againstTruth).map(\.subset))
    means = evaluation.tables.compactMap { table in
      let subsets = table.subsets.filter { withTruth.contains($0) }.compactMap { name in
        evaluation.subsets.first { $0.subset == name }
      }
      guard !subsets.isEmpty else { return nil }
      return .methodsAcross(
        table.title,
        explanation: "Means over the scenes of a subset. Higher is better. Peak reflectance \(peak); PSNR in decibels.",
        methods: methods, measures: Measure.againstTruth, rows: rows(subsets), rowTitle: "Subset")
    }
    let further: [Measure] = [.cpsnr, .detail]
    furtherMeans =
      has(further).isEmpty
      ? nil
      : .methodsAcross(
        "Without each band's bias, and detail",
        explanation:
          "cPSNR is the PSNR after each band's bias is taken out, decibels. Detail is the variance between 0.25 "
          + "and 0.5 cycles per pixel in units of the truth's: 1 is as much as the truth has.",
        methods: methods, measures: further, rows: rows(has(further)), rowTitle: "Subset")
    consistency =
      has(Measure.consistency).isEmpty
      ? nil
      : .methodsDown(
        "Consistency with the anchor",
        explanation: "The image seen through Sentinel-2's optics against the anchor, reflectance. Bias is that of the "
          + "worst band. RMSE of 2 x 2 means (the paper's measure, which even the true image does not satisfy) and the "
          + "overlap of the histograms are reported, not judged.",
        methods: methods, measures: Measure.consistency, rows: rows(has(Measure.consistency)), rowTitle: "Subset")
    correctness =
      has(Measure.correctness).isEmpty
      ? nil
      : .methodsDown(
        "Improvement, omission, hallucination",
        explanation:
          "After opensr-test: shares of what the image does to its anchor; improvement is better high, omission "
          + "and hallucination low. Synthesis is how much was added, right or wrong, reflectance; it is not judged.",
        methods: methods, measures: Measure.correctness, rows: rows(has(Measure.correctness)), rowTitle: "Subset")
    let scenesWithTruth = evaluation.scenes.filter { scene in scene.images.values.contains { $0.psnr != nil } }
    scenes =
      scenesWithTruth.isEmpty
      ? nil
      : .methodsAcross(
        "Scene by scene", explanation: "Peak reflectance \(peak). Best of each scene in bold.", methods: methods,
        measures: Measure.againstTruth,
        rows: scenesWithTruth.map { scene in
          (
            scene.subset == EvaluationSet.unnamedSubset ? scene.name : "\(scene.name) (\(scene.subset))", 1,
            { method, measure in scene.images[method].flatMap(measure.value).map { ($0, 1) } }
          )
        }, rowTitle: "Scene")
  }

  private typealias RowValues = (label: String, scenes: Int, value: (String, Measure) -> ResultTable.Value?)

  /// Every measure of one scene.
  static func details(_ scene: SetEvaluation.Scene, _ methods: [EvaluationSet.Method]) -> ResultTable {
    let present = methods.filter { scene.images[$0.id] != nil }
    let measures = Measure.allCases.filter { measure in
      scene.images.values.contains { measure.value($0) != nil }
    }
    return .methodsDown(
      "All figures of \(scene.name)", explanation: "", methods: present, measures: measures,
      rows: [(scene.name, 1, { method, measure in scene.images[method].flatMap(measure.value).map { ($0, 1) } })],
      rowTitle: "Scene")
  }

  var all: [ResultTable] { means + [furtherMeans, scenes, consistency, correctness].compactMap { $0 } }
}

extension String {
  /// A decimal number without zeros at its end.
  package var trimmingZeros: String {
    guard contains(".") else { return self }
    var result = self
    while result.hasSuffix("0") { result.removeLast() }
    if result.hasSuffix(".") { result.removeLast() }
    return result
  }
}
