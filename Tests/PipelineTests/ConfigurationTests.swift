import Buildings
import Foundation
import Networks
import Pipeline
import Grouping
import Stacking
import SuperResolution
import TestSupport
import Testing
import Writing

@Test func theShippedConfigurationStatesTheDefaults() throws {
  let options = try RunOptions.load(packageFolder() + "/config/supertile.yaml")
  let defaults = RunOptions()
  #expect(options.windowDays == defaults.windowDays && options.selection == defaults.selection)
  #expect(options.masking == defaults.masking && options.method == defaults.method)
  #expect(options.consistency == defaults.consistency && options.maxShift == defaults.maxShift)
  #expect(options.workers == defaults.workers && options.tileSide == defaults.tileSide)
  #expect(options.collection == defaults.collection && options.scratch == nil && options.model == nil)
  #expect(options.buildings == defaults.buildings && options.buildingModel == nil && options.buildingThreshold == nil)
  #expect(options.buildingMinArea == nil && options.flatGeobuf == defaults.flatGeobuf)
}

/// What the comments state of the model that ships is so.
@Test func theShippedConfigurationStatesTheBuildingModelsRule() throws {
  let text = try String(contentsOfFile: packageFolder() + "/config/supertile.yaml", encoding: .utf8)
  func stated(_ field: String) -> Double? {
    text.split(separator: "\n").first { $0.hasPrefix("# \(field): ") }.flatMap { Double($0.dropFirst(field.count + 4)) }
  }
  let rule = InstanceRule(
    try BuildingModel.load(packageFolder() + "/models/hrnet-buildings.json").card, threshold: nil, minArea: nil)
  #expect(stated("building_threshold") == rule.threshold && stated("building_min_area") == rule.minArea)
}

@Test func fieldsAreRead() throws {
  let options = try RunOptions.parse(
    "window_days: 30\nviews: 4\nmask_classes: [9]\nconsistency: box\nmax_shift: 1\nverify_checksums: false\n", path: "x"
  )
  #expect(options.windowDays == 30 && options.selection.maxViews == 4 && options.masking.maskClasses == [0, 9])
  #expect(options.consistency == .box && options.maxShift == 1 && !options.verifyChecksums)
  #expect(try RunOptions.parse("", path: "x").windowDays == 60)
  let buildings = try RunOptions.parse(
    "buildings: off\nbuilding_threshold: 0.4\nbuilding_min_area: 80\nflatgeobuf: true\nbuilding_model: a.json\n",
    path: "x")
  #expect(buildings.buildings == .off && buildings.buildingThreshold == 0.4 && buildings.buildingMinArea == 80)
  let limits = try RunOptions.parse("memory: 4 GiB\ncompression: deflate\ncompression_level: 6\n", path: "x")
  #expect(limits.memory == 4 << 30 && limits.cogCompression == .deflate(level: 6))
  #expect(try RunOptions.parse("memory: 2000000000", path: "x").memory == 2_000_000_000)
  #expect(RunOptions().cogCompression == .zstd(level: 3) && RunOptions().memory == nil)
  #expect(buildings.flatGeobuf && buildings.buildingModel == "a.json")
  for (text, choice) in [("auto", RunOptions.BuildingsChoice.auto), ("on", .on), ("true", .on), ("'off'", .off)] {
    #expect(try RunOptions.parse("buildings: \(text)", path: "x").buildings == choice)
  }
}

@Test func aConfigurationThatIsNoTextIsRefused() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/c.yaml"
  try (Data("collection: a".utf8) + [0xff, 0xfe]).write(to: URL(fileURLWithPath: path))
  let error = #expect(throws: ConfigurationError.self) { try RunOptions.load(path) }
  #expect(error?.description == "\(path): is not UTF-8 text")
}

@Test(arguments: [
  ("views: 17", "views"), ("views: many", "views"), ("window: 3", "window"), ("consistency: soft", "consistency"),
  ("mask_classes: [12]", "mask_classes"), ("mask_classes: 9", "mask_classes"), ("- a\n- b", "fields"),
  ("a: [", "YAML"), ("verify_checksums: perhaps", "verify_checksums"), ("model: 3", "model"),
  ("buildings: some", "buildings"), ("building_threshold: 2", "building_threshold"),
  ("flatgeobuf: 1", "flatgeobuf"), ("memory: 4 GB", "memory"), ("memory: 0", "memory"),
  ("memory: 999999999999999999", "memory"),
  ("compression_level: 0", "compression_level"), ("compression_level: 23", "compression_level"),
  ("compression: deflate\ncompression_level: 10", "compression_level"),
  // What is legal YAML, and no configuration.
  ("model: {{ model_path }}", "model"), ("{{ model }}: x", "a field (line 1)"), ("? [a]\n: 1", "a field (line 1)"),
  ("views: 153722867280912931:1", "views"), ("views: 1:30", "views"), ("views: 1:1:1:1:1:1:1:1:1:1:1:1:1:1:1", "views"),
  ("max_shift: 153722867280912931:1", "max_shift"), ("run.views: 3", "run.views"), ("views: *other", "YAML"),
  ("views: 3\nviews: 4", "views"), ("\n\nviews: 99", "views (line 3)"),
])
func errorsNameFileAndField(text: String, field: String) throws {
  let error = #expect(throws: ConfigurationError.self) { try RunOptions.parse(text, path: "some.yaml") }
  let message = try #require(error).description
  #expect(message.hasPrefix("some.yaml: ") && message.contains(field))
}

/// Anchors, aliases and merge keys are as YAML has them: what stands there itself counts.
@Test func whatIsMergedIsRead() throws {
  let text = "a: &a {views: 3, max_shift: 0.5}\n"
  #expect(throws: ConfigurationError.self) { try RunOptions.parse(text, path: "x") }
  let fields = try ConfigurationField.document(text + "b: {<<: *a, views: 5}", path: "x")
  let members = try #require(fields.last).members()
  #expect(Set(members.map(\.name)) == ["b.views", "b.max_shift"])
  #expect(try members.first { $0.lastName == "views" }?.integer(1...9) == 5)
  #expect(try members.first { $0.lastName == "max_shift" }?.number(0...1) == 0.5)
  #expect(try RunOptions.parse("<<:\nviews: 3", path: "x").selection.maxViews == 3)
  #expect(try RunOptions.parse("collection: !name a", path: "x").collection == "a")
  #expect(try RunOptions.parse("collection: 12345678901234567890", path: "x").collection == "12345678901234567890")
}
