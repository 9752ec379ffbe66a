import Foundation
import Geometry
import TestSupport
import Testing

import Evaluation

@Suite struct SetTests {
  @Test func aMethodThatIsMissingIsADash() throws {
    let result = try SampleSet().evaluate()
    let evaluation = result.evaluation
    #expect(evaluation.range == 0.5 && evaluation.scenes.map(\.name) == ["first", "second"])
    let means = try #require(evaluation.subsets.first)
    let bilinear = try evaluation.scenes.map { try #require($0.images["bilinear"]?.psnr) }
    let mean = try #require(means.mean(.psnr, of: "bilinear"))
    #expect(mean.scenes == 2 && abs(mean.value - (bilinear[0] + bilinear[1]) / 2) < 1e-9)
    #expect(means.mean(.psnr, of: "sharp")?.scenes == 1)
    let markdown = markdownReport(evaluation)
    let second = try #require(markdown.split(separator: "\n").first { $0.hasPrefix("| second") })
    #expect(second.hasSuffix("| - | - |"))
    let test = try #require(markdown.split(separator: "\n").first { $0.hasPrefix("| test |") })
    #expect(test.contains("(1 of 2)"))
    #expect(!test.contains("**"), "means over different scenes are not compared")
    #expect(markdown.contains("Bilinear &lt;up&gt; PSNR"))
    #expect(markdown.contains("# Bread &amp; &lt;b&gt;butter&lt;/b&gt; &gt; \"jam\" \\| 'x'"))
  }

  @Test func theBestIsBold() throws {
    let evaluation = try SampleSet().evaluate().evaluation
    let first = try #require(ReportTables(evaluation).scenes?.rows.first)
    #expect(first.labels == ["first (test)"])
    #expect(first.cells.map(\.isBest) == [false, false, true, true])
    let consistency = try #require(ReportTables(evaluation).consistency)
    #expect(consistency.rows.map(\.labels) == [["test", "Bilinear <up>"], ["test", "Sharp & bright (1 of 2)"]])
  }

  @Test func aSceneWithoutTruthHasConsistencyAndPictures() throws {
    var set = try SampleSet()
    for scene in 0...1 { try set.changeScene(scene) { $0["truth"] = nil } }
    let result = try set.evaluate(range: 0.3)
    let images = result.evaluation.scenes[0].images
    #expect(images["sharp"]?.psnr == nil && images["sharp"]?.correctness == nil)
    #expect(try #require(images["sharp"]?.consistency).rmse < 0.002)
    #expect(images["sharp"]?.spectrum != nil && result.galleries.count == 2)
    let tables = ReportTables(result.evaluation)
    #expect(tables.means.isEmpty && tables.scenes == nil && tables.correctness == nil && tables.consistency != nil)
    let page = HTMLCheck(htmlReport(result.evaluation, galleries: result.galleries))
    #expect(page.problems == [])
  }

  @Test func aFileThatCannotBeReadIsNamed() throws {
    var set = try SampleSet()
    try Data("no raster".utf8).write(to: URL(fileURLWithPath: set.folder.path + "/second/truth.tif"))
    var error = #expect(throws: EvaluationError.self) { try set.evaluate() }
    #expect(try #require(error).description.hasPrefix("scene second, truth: "))
    #expect(try #require(error).description.contains("second/truth.tif"))
    try set.changeScene(1) { $0["truth"] = "first/view_00.tif" }
    error = #expect(throws: EvaluationError.self) { try set.evaluate() }
    #expect(try #require(error).description.contains("scene second"))
    #expect(try #require(error).description.contains("compare rasters of one grid"))
    try set.changeScene(1) {
      $0["truth"] = "second/bilinear.tif"
      $0["views"] = ["second/bilinear.tif"]
    }
    error = #expect(throws: EvaluationError.self) { try set.evaluate() }
    #expect(try #require(error).description.contains("half the rows and columns"))
  }

  @Test func aSetThatContradictsItselfIsRefused() throws {
    func problem(_ change: (inout SampleSet) throws -> Void) throws -> String {
      var set = try SampleSet()
      try change(&set)
      try set.save()
      let error = #expect(throws: EvaluationError.self) { try EvaluationSet.read(set.path) }
      let text = try #require(error).description
      #expect(text.hasPrefix(set.path))
      return text
    }
    #expect(try problem { $0.document["title"] = nil }.contains("title is missing"))
    #expect(try problem { $0.document["range"] = "one" }.contains(".range"))
    #expect(try problem { $0.document["range"] = -1 }.contains("range is -1"))
    #expect(try problem { $0.document["scenes"] = [String]() }.contains("no scenes"))
    #expect(try problem { $0.document["methods"] = [String]() }.contains("no methods"))
    #expect(try problem { try $0.changeScene(1) { $0["name"] = "first" } }.contains("two scenes called first"))
    #expect(try problem { try $0.changeScene(1) { $0["images"] = ["other": "x.tif"] } }.contains("no method"))
    #expect(
      try problem { $0.document["tables"] = [["title": "T", "subsets": ["dev"]]] }.contains("subset dev"))
    let error = #expect(throws: EvaluationError.self) { try EvaluationSet.read("/nowhere/set.json") }
    #expect(try #require(error).description.contains("/nowhere/set.json: cannot be read"))
  }

  @Test func numbersAreWrittenWithFixedDigits() {
    #expect(decimal(0.0005, 3) == "0.001" && decimal(-0.0004, 3) == "0.000" && decimal(-1.25, 1) == "-1.3")
    #expect(decimal(-3.4e38, 4).hasPrefix("-3.4") && decimal(.nan, 2) == "nan" && decimal(-.infinity, 2) == "-inf")
    #expect(decimal(12, 0) == "12" && decimal(.infinity, 2) == "inf" && decimal(3.14159, 2) == "3.14")
    #expect("0.500".trimmingZeros == "0.5" && "100".trimmingZeros == "100" && "2.00".trimmingZeros == "2")
  }

  @Test func percentilesAreNumpys() {
    #expect(percentile(75, of: [4, 1, 3, 2]) == 3.25 && percentile(50, of: [7]) == 7 && percentile(75, of: []) == nil)
  }
}
