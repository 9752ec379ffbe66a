import Foundation
import Geometry
import Grouping
import Networks
import Pipeline
import Product
import Publishing
import Raster
import Simulation
import Stacking
import Storage
import TestSupport
import Testing
import Workers
import Writing

private let size = RasterSize(rows: 120, columns: 130)
private let scene = WaveScene(finest: 6)
private let elsewhere = WaveScene(finest: 6, seed: 99)

/// What a view shows.
private enum Sight { case scene, elsewhere, white, leftHalf, whiteRightHalf, nextRow, sea, hazySea }

private func stack(_ sights: [Sight], _ folder: TemporaryFolder, keepsAnchor: Bool = false) async throws -> BuiltStack {
  let views = try sights.enumerated().map { index, sight in
    let image =
      switch sight {
      case .scene, .leftHalf: scene.image(size)
      case .elsewhere: elsewhere.image(size)
      case .nextRow: scene.image(size, shift: Shift(rows: 3, columns: 0))
      case .white, .whiteRightHalf: FloatImage(bands: 3, size: size, repeating: 0.7)
      case .sea: FloatImage(bands: 3, size: size, repeating: 0.02 + 0.001 * Float(index))
      case .hazySea: FloatImage(bands: 3, size: size, repeating: 0.09)
      }
    return try ViewRaster.make(image, name: "\(index)", scratch: folder.path) { _, column in
      switch sight {
      case .leftHalf: column > 60 ? ViewRaster.masked : nil
      case .whiteRightHalf: column <= 70 ? ViewRaster.masked : nil
      default: nil
      }
    }
  }
  return try await buildStack(
    names: sights.indices.map { "view \($0)" }, wanted: 8, keepsAnchor: keepsAnchor, maxShift: 1.5,
    filling: [0.1, 0.1, 0.1], scratch: folder.path, workers: WorkerPool(workers: 2), open: { LoadedView(views[$0]) })
}

@Test(arguments: [
  [Sight.elsewhere, .scene, .scene], [.nextRow, .scene, .scene, .scene], [.white, .scene, .scene],
  [.elsewhere, .elsewhere, .scene, .scene, .scene], [.elsewhere, .white, .scene, .scene],
  // Ground of which no shift can be told.
  [.elsewhere, .sea, .sea], [.white, .sea, .sea], [.elsewhere, .sea, .hazySea, .sea],
])
private func anAnchorThatIsTheOddOneOutIsGivenUp(sights: [Sight]) async throws {
  let folder = try TemporaryFolder()
  let error = await #expect(throws: StackingError.self) { try await stack(sights, folder) }
  let fault = try #require(error?.anchorFault)
  #expect(fault.contains("match another one on the ground that is clear in it"), "\(fault)")
  #expect("\(try #require(error))".hasPrefix("view 0: the anchor matches "))
  // Not the one that the operator named.
  let built = try await stack(sights, folder, keepsAnchor: true)
  #expect(built.used.first?.name == "view 0" && built.tried == sights.count)
}

/// Whatever lies before those that match one another.
@Test func aPartyIsFoundBehindManyThatMatchNothing() async throws {
  let folder = try TemporaryFolder()
  let images =
    (0..<6).map { WaveScene(finest: 6, seed: 90 + UInt64($0)).image(size) } + (0..<3).map { _ in scene.image(size) }
  let views = try images.enumerated().map { try ViewRaster.make($1, name: "\($0)", scratch: folder.path) }
  await #expect(throws: StackingError.self) {
    try await buildStack(
      names: views.map(\.name), wanted: 9, maxShift: 1.5, filling: [0.1, 0.1, 0.1], scratch: folder.path,
      workers: WorkerPool(workers: 2), open: { LoadedView(views[$0]) })
  }
}

/// As many against it as go with it; others that are unlike each other; others that show nothing of what it shows.
@Test(arguments: [
  [Sight.elsewhere, .scene], [.elsewhere, .elsewhere, .scene, .scene], [.scene, .elsewhere, .nextRow, .scene],
  [.scene, .elsewhere, .white], [.whiteRightHalf, .leftHalf, .leftHalf, .leftHalf],
  [.sea, .sea, .sea, .sea], [.sea, .elsewhere, .white, .sea], [.hazySea, .sea, .sea], [.sea, .elsewhere, .white],
  // Fog that nobody masked.
  [.scene, .white, .white], [.scene, .white, .white, .white],
])
private func anAnchorThatIsLikeOthersStays(sights: [Sight]) async throws {
  let folder = try TemporaryFolder()
  let built = try await stack(sights, folder)
  #expect(built.used.first?.name == "view 0")
}

/// One after the other is given up, until one goes with the majority.
@Test func filesTakeTheNextAnchorWhereTheFirstIsTheOddOneOut() async throws {
  let folder = try TemporaryFolder()
  let images = [elsewhere.image(size), WaveScene(finest: 6, seed: 98).image(size)]
  let paths = try (images + (0..<3).map { _ in scene.image(size) }).enumerated().map { index, image in
    let path = "\(folder.path)/\(index).tif"
    try writeView(image, path)
    return path
  }
  func run(anchor: Int?) async throws -> FileStackResult {
    try await superResolveFiles(
      FileStack(views: paths, masks: [], anchor: anchor), output: folder.path + "/out.tif", options: RunOptions(),
      model: try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json"), workers: WorkerPool(workers: 2))
  }
  let result = try await run(anchor: nil)
  #expect(result.anchor == 2 && result.used.map(\.name) == Array(paths.suffix(3)))
  #expect(Set(result.leftOut.map(\.name)) == Set(paths.prefix(2)) && result.certificate.isWithinLimits)
  let named = try await run(anchor: 1)
  #expect(named.anchor == 1 && named.used.map(\.name) == [paths[1]] && named.leftOut.count == 4)
}

/// The anchor of the plan shows another place: the item follows another one, says why, and is published once.
@Test func aProductThatIsTheOddOneOutIsNoAnchor() async throws {
  let folder = try TemporaryFolder()
  let products = try await SmallProducts.write(
    SmallProducts.plan(revisits: 4, clouds: 0, seed: 4), into: folder.path + "/products")
  let other = try await SmallProducts.write(SmallProducts.plan(revisits: 1, seed: 5), into: folder.path + "/other")
  func bands(_ product: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: product).filter { $0.contains("_10m.jp2") }.sorted()
      .map { "\(product)/\($0)" }
  }
  let model = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json")
  let workers = WorkerPool(workers: 2)
  let store = try Store(path: folder.path + "/store")
  var options = try RunOptions.parse("{method: bicubic, consistency: sensor, buildings: off}", path: "options")
  func planned() async throws -> RunPlan.Group {
    let plan = try await makePlan(products.map(\.path), options: options, bands: model.card.bands, workers: workers)
    return try #require(plan.groups.first)
  }
  func run(_ group: RunPlan.Group) async throws -> GroupOutcome {
    try await Pipeline(options: options, model: model, store: store, workers: workers, version: "test").run(group)
  }
  // Nobody can know before it is looked at.
  let group = try await planned()
  let anchor = try #require(group.selection.anchor)
  options.selection.anchorDay = UTCTime.day(anchor.revisit.sensingTime)
  let named = try await planned()
  options.selection.anchorDay = nil
  for (mine, other) in zip(try bands(anchor.revisit.parts[0].location), try bands(other[0].path)) {
    try Data(contentsOf: URL(fileURLWithPath: other)).write(to: URL(fileURLWithPath: mine))
  }
  guard case .published(let item, let certificate, let leftOut, _) = try await run(group) else {
    Issue.record("not published")
    return
  }
  #expect(certificate.isWithinLimits && leftOut.map(\.name) == [anchor.revisit.key.description])
  let document = try JSONDecoder().decode(
    JSONValue.self, from: Data(contentsOf: URL(fileURLWithPath: item.documentPath)))
  let views = try #require(document["properties"]?["supertile:views"]?.array)
  #expect(views.map { $0["role"]?.string } == ["anchor", "view", "view", "left_out"])
  #expect(views.last?["product"]?.string == anchor.revisit.parts[0].name)
  #expect(views.last?["reason"]?.string?.hasPrefix("matches none of 3 other views, while 2 of them match") == true)
  guard case .unchanged(let same) = try await run(group), same == item else {
    Issue.record("published twice")
    return
  }
  // Who asks for it gets it.
  options.selection.anchorDay = UTCTime.day(anchor.revisit.sensingTime)
  guard case .published(_, _, let others, _) = try await run(named) else {
    Issue.record("not published with the anchor that was named")
    return
  }
  #expect(others.count == 3)
}
