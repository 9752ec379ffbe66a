import Foundation
import GDALAdapter
import Geometry
import Grouping
import Networks
import Pipeline
import Product
import Publishing
import Simulation
import Stacking
import SuperResolution
import Synchronization
import TestSupport
import Testing
import Workers
import Writing

private func model() throws -> Model { try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json") }

/// Products of a small simulated tile in a folder of their own.
private func products(_ folder: TemporaryFolder, revisits: Int = 4, seed: UInt64 = 1) async throws -> [String] {
  var plan = SmallProducts.plan(revisits: revisits, clouds: 0.1, seed: seed)
  plan.referenceRevisit = revisits
  plan.delivery.baselines = [ProcessingBaseline(5, 11), ProcessingBaseline(2, 14)]
  return try await SmallProducts.write(plan, into: folder.path + "/products").map(\.path)
}

private func publish(
  _ paths: [String], store: Store, options: RunOptions = RunOptions()
) async throws -> [GroupOutcome] {
  let model = try model()
  let workers = WorkerPool(workers: 2)
  let plan = try await makePlan(
    paths, options: options, bands: model.card.bands, workers: workers, published: store.publishedGroups(of:))
  let pipeline = Pipeline(options: options, model: model, store: store, workers: workers, version: "test")
  var outcomes: [GroupOutcome] = []
  for group in plan.groups { outcomes.append(try await pipeline.run(group)) }
  return outcomes
}

@Test func productsBecomeOnePublishedItemThatAgreesWithTheAnchor() async throws {
  let folder = try TemporaryFolder()
  let paths = try await products(folder)
  let store = try Store(path: folder.path + "/store")
  let outcomes = try await publish(paths, store: store)
  guard case .published(let item, let certificate, let leftOut, _) = try #require(outcomes.first) else {
    Issue.record("not published")
    return
  }
  #expect(outcomes.count == 1 && leftOut.isEmpty)
  #expect(certificate.isWithinLimits && certificate.comparedPixels > 5000)
  // Where the anchor is masked, the image is the other views' median, seen through the optics.
  let fill = try #require(certificate.fill)
  #expect(fill.comparedPixels > 100 && fill.bands.allSatisfy { $0.rmse < 0.003 && abs($0.bias) < 0.0003 }, "\(fill)")
  #expect(item.revision == 1)
  let written = try RasterFile.openGeoTIFF(item.path(of: .superResolved))
  let source = try RasterFile.open(
    try #require(FileManager.default.subpathsOfDirectory(atPath: paths[0]).first { $0.hasSuffix("B04_10m.jp2") })
      .prefixed(paths[0]))
  #expect(written.size == source.size.scaled(by: 2))
  #expect(written.metadataItem("LAYOUT", domain: "IMAGE_STRUCTURE") == "COG")
  let grid = try #require(written.grid)
  #expect(grid.pixelWidth == 5 && grid.epsg == 32631)
  // Who gets a file alone knows what has to be said of it.
  let notice = "Contains modified Copernicus Sentinel data 2024"
  for asset in [ItemAsset.superResolved, .mask, .views] {
    let file = try RasterFile.openGeoTIFF(item.path(of: asset))
    #expect(
      file.metadataItem("TIFFTAG_COPYRIGHT") == notice && file.metadataItem("TIFFTAG_SOFTWARE") == "supertile test")
    let time = item.datetime.formatted(.iso8601).replacing("-", with: ":").replacing("T", with: " ").dropLast()
    #expect(file.metadataItem("TIFFTAG_DATETIME").map { $0 == time } == true)
  }
  for asset in [ItemAsset.buildings, .observed] {
    let collection = try JSONDecoder().decode(
      JSONValue.self, from: Data(contentsOf: URL(fileURLWithPath: item.path(of: asset))))
    #expect(collection["attribution"]?.string == notice)
  }

  // The same inputs again publish nothing.
  guard case .unchanged(let same) = try #require(try await publish(paths, store: store).first) else {
    Issue.record("published again")
    return
  }
  #expect(same.id == item.id)

  // Changed inputs publish the next revision.
  guard
    case .published(let next, _, _, _) = try #require(try await publish(Array(paths.dropFirst()), store: store).first)
  else {
    Issue.record("not published")
    return
  }
  #expect(next.revision == 2 && next.predecessor == item.id)
  #expect(try store.items(of: item.tile).items.count == 2)
}

/// A product older than all comes last: what was published of later windows is not made anew of fewer views.
@Test func anEarlyProductThatComesLateCutsNoPublishedWindow() async throws {
  let folder = try TemporaryFolder()
  let paths = try await products(folder, revisits: 5)
  let store = try Store(path: folder.path + "/store")
  var options = RunOptions()
  options.method = .bicubic
  // Five revisits of five days each: without the first, the window holds the other four.
  options.windowDays = 17
  guard
    case .published(let item, _, _, _)? = try await publish(Array(paths.dropFirst()), store: store, options: options)
      .first
  else {
    Issue.record("not published")
    return
  }
  let outcomes = try await publish(paths, store: store, options: options)
  guard outcomes.count == 2, case .published(let early, _, _, _) = outcomes[0], case .unchanged(let same) = outcomes[1]
  else {
    Issue.record("\(outcomes)")
    return
  }
  #expect(same.id == item.id && early.predecessor == nil && early.stem != item.stem)
}

private func properties(_ item: PublishedItem) throws -> JSONValue {
  let document = try JSONDecoder().decode(
    JSONValue.self, from: Data(contentsOf: URL(fileURLWithPath: item.documentPath)))
  return try #require(document["properties"])
}

@Test func anItemCarriesItsBuildings() async throws {
  let folder = try TemporaryFolder()
  let paths = try await products(folder)
  let store = try Store(path: folder.path + "/store")
  var options = RunOptions()
  options.flatGeobuf = true
  // Whatever the network thinks of a drawn town, at this threshold it finds something.
  options.buildingThreshold = 0.05
  options.buildingMinArea = 25
  guard
    case .published(let item, _, _, _) = try #require(try await publish(paths, store: store, options: options).first)
  else {
    Issue.record("not published")
    return
  }
  let check = GeoJSONCheck(item.path(of: .buildings))
  #expect(check.problems.isEmpty, "\(check.problems.prefix(3))")
  let first = try #require(check.features.first)
  let said = try properties(item)
  #expect(first.id?.hasPrefix("31TCJ-") ?? false)
  #expect(first.properties["item"] as? String == item.id && first.properties["tile"] as? String == "31TCJ")
  for name in ["datetime", "start_datetime", "end_datetime"] {
    #expect(first.properties[name] as? String == said[name]?.string)
  }
  #expect((1...4).contains(first.properties["n_views"] as? Int ?? 0))
  #expect(said["supertile:buildings"]?["status"] == "found")
  #expect(said["supertile:buildings"]?["count"]?.double == Double(check.features.count))

  let observed = GeoJSONCheck(item.path(of: .observed))
  #expect(observed.problems.isEmpty && observed.features.count == 1, "\(observed.problems)")
  let document = try JSONDecoder().decode(
    JSONValue.self, from: Data(contentsOf: URL(fileURLWithPath: item.documentPath)))
  for key in ["buildings", "buildings_fgb", "observed"] {
    #expect(document["assets"]?[key]?["file:checksum"]?.string?.hasPrefix("1220") ?? false)
  }
  #expect(FileManager.default.fileExists(atPath: item.path(of: .buildingsIndexed)))

  // Another revision: unmoved buildings keep their names.
  guard
    case .published(let next, _, _, _) = try #require(
      try await publish(Array(paths.dropFirst()), store: store, options: options).first)
  else {
    Issue.record("not published")
    return
  }
  let kept = Set(check.features.map(\.id)).intersection(GeoJSONCheck(next.path(of: .buildings)).features.map(\.id))
  #expect(try properties(next)["supertile:buildings"]?["names_kept"]?.double ?? 0 > 0 && !kept.isEmpty)
}

@Test func anItemWithoutBuildingsSaysWhy() async throws {
  let folder = try TemporaryFolder()
  let paths = try await products(folder, revisits: 2)
  let store = try Store(path: folder.path + "/store")
  var options = RunOptions()
  options.buildings = .off
  guard
    case .published(let item, _, _, _) = try #require(try await publish(paths, store: store, options: options).first)
  else {
    Issue.record("not published")
    return
  }
  #expect(try properties(item)["supertile:buildings"]?["status"] == "off")
  #expect(!FileManager.default.fileExists(atPath: item.path(of: .buildings)))
  options.buildings = .auto
  options.buildingModel = folder.path + "/none.json"
  await #expect(throws: NetworkError.self) { try await publish(paths, store: store, options: options) }
  #expect(try store.allItems().items.count == 1)
}

extension String {
  fileprivate func prefixed(_ folder: String) -> String { folder + "/" + self }
}

@Test func theSuperResolvedImageIsNearerToTheTruthThanBicubic() async throws {
  let folder = try TemporaryFolder()
  let paths = try await products(folder, revisits: 6, seed: 4)
  let store = try Store(path: folder.path + "/store")
  var bicubic = RunOptions()
  bicubic.method = .bicubic
  bicubic.consistency = .none
  var errors: [Double] = []
  let truthFolder = folder.path + "/products/truth"
  let truthName = try #require(
    try FileManager.default.contentsOfDirectory(atPath: truthFolder).first { $0.hasSuffix("TRUTH.tif") })
  let truth = try RasterFile.open(truthFolder + "/" + truthName)
  for options in [RunOptions(), bicubic] {
    var options = options
    options.collection = "\(options.method)"
    let store = try Store(path: store.layout.root, collection: options.collection)
    guard
      case .published(let item, _, _, _) = try #require(try await publish(paths, store: store, options: options).first)
    else {
      Issue.record("not published")
      return
    }
    let image = try RasterFile.openGeoTIFF(item.path(of: .superResolved))
    var sum = 0.0
    for band in 0..<3 {
      let a = try image.read(Int32.self, band: band, window: image.size.window)
      let b = try truth.read(Int32.self, band: band, window: image.size.window)
      for (x, y) in zip(a, b) where x > 0 { sum += Double((x - y) * (x - y)) }
    }
    errors.append(sum)
  }
  // 2 dB at least.
  #expect(errors[0] < errors[1] * 0.63)
}

@Test func aSplitDatastripGivesTheSamePixelsAsTheWholeProduct() async throws {
  let folder = try TemporaryFolder()
  var plan = SmallProducts.plan(revisits: 2, clouds: 0, seed: 9)
  plan.haze = 0
  let whole = try await SmallProducts.write(plan, into: folder.path + "/whole").map(\.path)
  plan.splitRevisits = [2]
  let split = try await SmallProducts.write(plan, into: folder.path + "/split").map(\.path)
  #expect(split.count == 3)
  var images: [[UInt16]] = []
  for (name, paths) in [("a", whole), ("b", split)] {
    let store = try Store(path: folder.path + "/store-" + name)
    var options = RunOptions()
    options.masking.swathEdgeMargin = 0
    guard
      case .published(let item, _, _, _) = try #require(try await publish(paths, store: store, options: options).first)
    else {
      Issue.record("not published")
      return
    }
    let image = try RasterFile.openGeoTIFF(item.path(of: .superResolved))
    images.append(try image.read(UInt16.self, band: 0, window: image.size.window))
  }
  #expect(images[0] == images[1])
}

/// One clear revisit in two products.
private func twoParts(_ folder: String) async throws -> [String] {
  var plan = SmallProducts.plan(revisits: 1, clouds: 0, seed: 9)
  plan.splitRevisits = [1]
  return try await SmallProducts.write(plan, into: folder).map(\.path)
}

/// The edge of one part yields to the inside of the other, however wide it is said to be.
@Test(arguments: [3, 100]) func aWideSwathEdgeEndsNoWork(margin: Int) async throws {
  let folder = try TemporaryFolder()
  let paths = try await twoParts(folder.path + "/p")
  let store = try Store(path: folder.path + "/store")
  var options = RunOptions()
  options.method = .bicubic
  options.masking.swathEdgeMargin = margin
  guard case .published? = try await publish(paths, store: store, options: options).first else {
    Issue.record("not published")
    return
  }
}

/// What is said of parts that cannot be read any more is what reading them gives, but for the rows that both hold.
@Test func classesOfPartsAreEstimatedWithoutReadingThem() async throws {
  let folder = try TemporaryFolder()
  let plan = try await makePlan(
    try await twoParts(folder.path + "/p"), options: RunOptions(), bands: try model().card.bands,
    workers: WorkerPool(workers: 1))
  let parts = try #require(plan.groups.first?.group.revisits.first?.parts)
  try #require(parts.count == 2)
  let (read, estimated) = (try mosaickedClassCounts(parts), estimatedClassCounts(parts))
  let total = read.reduce(0, +)
  // Shares are rounded down, at most one pixel a class.
  #expect(estimated.reduce(0, +) == total && estimated[0] < 12 && read[0] == 0)
  let off = zip(read, estimated).reduce(0) { $0 + abs($1.0 - $1.1) }
  #expect(off < total / 10, "\(read) \(estimated)")
}

/// An item says where its data are, not where its grid is.
@Test func theOutlineOfAnItemIsThatOfItsData() async throws {
  let folder = try TemporaryFolder()
  let paths = try await twoParts(folder.path + "/p")
  let store = try Store(path: folder.path + "/store")
  var options = RunOptions()
  options.method = .bicubic
  options.selection.usableBelow = 1
  let outcomes = try await publish(Array(paths.prefix(1)), store: store, options: options)
  guard case .published(let item, _, _, _)? = outcomes.first else {
    Issue.record("not published: \(outcomes)")
    return
  }
  let mask = try RasterFile.openGeoTIFF(item.path(of: .mask))
  let values = try mask.read(UInt8.self, band: 0, window: mask.size.window)
  let seen = Double(values.count { $0 != PixelOrigin.noData.rawValue }) / Double(values.count)
  #expect(seen < 0.9)
  let whole = try Footprint(of: #require(mask.grid)).bounds
  let share = (item.bounds[3] - item.bounds[1]) * (item.bounds[2] - item.bounds[0])
  let ofAll = share / ((whole[3] - whole[1]) * (whole[2] - whole[0]))
  #expect(ofAll > seen - 0.02 && ofAll < seen + 0.25)
}

/// A day asked for as anchor that one tile cannot follow holds up no other tile.
@Test func anAnchorDayThatOneTileCannotFollowStopsThatTileAlone() async throws {
  let folder = try TemporaryFolder()
  var paths: [String] = []
  for (tile, clouds) in [("31TCJ", 0.0), ("31TDJ", 0.9)] {
    var plan = SmallProducts.plan(revisits: 2, clouds: clouds, seed: 3)
    plan.delivery.tile = MGRSTile(tile)
    paths += try await SmallProducts.write(plan, into: "\(folder.path)/\(tile)").map(\.path)
  }
  let workers = WorkerPool(workers: 2)
  let bands = try model().card.bands
  var options = RunOptions()
  let first = try #require(try await makePlan(paths, options: options, bands: bands, workers: workers).groups.first)
  options.selection.anchorDay = UTCTime.day(try #require(first.selection.views.first).revisit.key.datatakeStart)
  let groups = try await makePlan(paths, options: options, bands: bands, workers: workers).groups
  #expect(groups.map { $0.selection.views.isEmpty } == [false, true])
  #expect(groups[1].selection.decisions[0].reason.contains("asked for as anchor is masked too much"))
  await #expect(throws: SelectionError.self) {
    try await makePlan(Array(paths.suffix(2)), options: options, bands: bands, workers: workers)
  }
}

/// The same product named twice is one.
@Test func aPathGivenTwiceIsOneProduct() async throws {
  let folder = try TemporaryFolder()
  let path = try #require(try await products(folder, revisits: 1).first)
  let plan = try await makePlan(
    [path, path + "/"], options: RunOptions(), bands: try model().card.bands, workers: WorkerPool(workers: 1))
  #expect(plan.reports.count == 1 && plan.excluded.isEmpty)
}

@Test func aViewShiftedTooFarIsLeftOutAndReported() async throws {
  let folder = try TemporaryFolder()
  var near = SmallProducts.plan(revisits: 3, clouds: 0, seed: 2)
  near.referenceRevisit = 3
  var paths = try await SmallProducts.write(near, into: folder.path + "/near").map(\.path)
  var far = near
  far.referenceRevisit = nil
  far.maxShift = 3.5
  far.revisits = 1
  // Another seed would draw another town: the same scene, later, looked at from elsewhere.
  var found: String?
  for day in 0..<12 where found == nil {
    far.start = near.start.addingTimeInterval(Double(20 + day) * 86_400)
    let product = try #require(try await SmallProducts.write(far, into: folder.path + "/far\(day)").first)
    if product.sensor.map({ hypot($0.shiftRows, $0.shiftColumns) > 2 }) ?? false { found = product.path }
  }
  paths.append(try #require(found))
  var options = RunOptions()
  options.selection.anchorDay = "2024-05-13"
  let outcomes = try await publish(paths, store: try Store(path: folder.path + "/store"), options: options)
  guard case .published(_, let certificate, let leftOut, _) = try #require(outcomes.first) else {
    Issue.record("not published")
    return
  }
  #expect(leftOut.count == 1 && certificate.isWithinLimits)
}

@Test func nothingUsablePublishesNothing() async throws {
  let folder = try TemporaryFolder()
  let plan = SmallProducts.plan(revisits: 2, clouds: 0.9, seed: 3)
  let paths = try await SmallProducts.write(plan, into: folder.path + "/products").map(\.path)
  let store = try Store(path: folder.path + "/store")
  var options = RunOptions()
  options.selection.usableBelow = 0.05
  for outcome in try await publish(paths, store: store, options: options) {
    guard case .nothingUsable = outcome else {
      Issue.record("published from clouds")
      return
    }
  }
  #expect(try store.allItems().items.isEmpty)
}

/// Products take the places of views that turn out to be of no use. With the same products nothing is published again,
/// nor with one more that nobody asks for; where one was wanting it is.
@Test func productsThatAreLeftOutAreReplaced() async throws {
  let folder = try TemporaryFolder()
  let paths = try await SmallProducts.write(
    SmallProducts.plan(revisits: 5, seed: 4), into: folder.path + "/products"
  ).map(\.path)
  var options = try RunOptions.parse("{method: bicubic, consistency: sensor, buildings: off}", path: "options")
  options.selection.anchorDay = "2024-05-03"
  options.selection.maxViews = 2
  let model = try model()
  let workers = WorkerPool(workers: 2)
  func group(_ paths: [String]) async throws -> RunPlan.Group {
    try #require(try await makePlan(paths, options: options, bands: model.card.bands, workers: workers).groups.first)
  }
  let selection = try await group(paths).selection
  let order = (selection.views + selection.reserves).map(\.revisit.parts[0])
  // Of the first so many products.
  var groups: [RunPlan.Group] = []
  for count in 1...5 { groups.append(try await group(order.prefix(count).map(\.location))) }
  // The view that comes next to the anchor shows another place, as nobody can know before it is looked at.
  let elsewhere = try await SmallProducts.write(SmallProducts.plan(revisits: 1, seed: 5), into: folder.path + "/other")
  func bands(_ product: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: product).filter { $0.contains("_10m.jp2") }.sorted()
      .map { "\(product)/\($0)" }
  }
  for (mine, other) in zip(try bands(order[1].location), try bands(elsewhere[0].path)) {
    try Data(contentsOf: URL(fileURLWithPath: other)).write(to: URL(fileURLWithPath: mine))
  }
  let store = try Store(path: folder.path + "/store")
  let pipeline = Pipeline(options: options, model: model, store: store, workers: workers, version: "test")
  func run(_ count: Int) async throws -> GroupOutcome { try await pipeline.run(groups[count - 1]) }
  // Nor is it published again for a reserve that is of no use either.
  var useless = groups[1]
  useless.selection.reserves = [useless.selection.views[1]]
  // Nothing is there to replace it.
  guard case .published(let alone, _, let leftOut, let none) = try await run(2) else {
    Issue.record("not published")
    return
  }
  #expect(leftOut.map(\.index) == [1] && none.isEmpty)
  for group in [groups[1], useless] {
    guard case .unchanged(let same) = try await pipeline.run(group), same == alone else {
      Issue.record("published twice")
      return
    }
  }
  guard case .published(let item, let certificate, let stillOut, let standIns) = try await run(4) else {
    Issue.record("not published with what can take its place")
    return
  }
  #expect(stillOut.map(\.index) == [1] && standIns.map(\.index) == [2] && item.predecessor == alone.id)
  #expect(certificate.isWithinLimits)
  let document = try JSONDecoder().decode(
    JSONValue.self, from: Data(contentsOf: URL(fileURLWithPath: item.documentPath)))
  let views = document["properties"]?["supertile:views"]?.array ?? []
  #expect(views.map { $0["role"]?.string } == ["anchor", "view", "left_out"])
  #expect(views.map { $0["product"]?.string } == [order[0].name, order[2].name, order[1].name])
  // Only what was used beside the anchor was brought to its colours.
  #expect(views.map { $0["harmonisation"] != nil } == [false, true, false])
  for key in ["gain", "offset"] { #expect(views[1]["harmonisation"]?[key]?.array?.count == 3) }
  #expect(views[1]["harmonisation"]?["at_limit"] == false)
  for count in 3...5 {
    guard case .unchanged(let same) = try await run(count), same == item else {
      Issue.record("\(count) products: published though nothing new is used")
      return
    }
  }
}

/// What lies in the store and cannot be read as an item is told, and stops nothing.
@Test func damagedItemsAreTold() async throws {
  let folder = try TemporaryFolder()
  let paths = try await products(folder, revisits: 2)
  let store = try Store(path: folder.path + "/store")
  let options = try RunOptions.parse("{method: bicubic, buildings: off}", path: "options")
  guard case .published(let first, _, _, _)? = try await publish(paths, store: store, options: options).first else {
    Issue.record("not published")
    return
  }
  try Data("{".utf8).write(to: URL(fileURLWithPath: first.documentPath))
  let model = try model()
  let workers = WorkerPool(workers: 2)
  let plan = try await makePlan(paths, options: options, bands: model.card.bands, workers: workers)
  let pipeline = Pipeline(options: options, model: model, store: store, workers: workers, version: "test")
  let told = Mutex<[String]>([])
  let outcome = try await pipeline.run(try #require(plan.groups.first)) { event in
    if case .damagedItem(let text) = event { told.withLock { $0.append(text) } }
  }
  guard case .published(let next, _, _, _) = outcome else {
    Issue.record("not published again")
    return
  }
  let texts = told.withLock { $0 }
  #expect(next.revision == 2 && texts.count == 1 && texts[0].hasPrefix(first.documentPath), "\(texts)")
  #expect(texts.first?.contains("restore it, or remove its folder") == true)
}

/// A group began when it was published first, also where what was published then is gone, and somebody else knows.
@Test func whenAGroupBeganOutlivesItsItems() async throws {
  let folder = try TemporaryFolder()
  let paths = try await products(folder, revisits: 1)
  let store = try Store(path: folder.path + "/store")
  let options = try RunOptions.parse("{method: bicubic, buildings: off}", path: "options")
  let (model, workers) = (try model(), WorkerPool(workers: 2))
  let plan = try await makePlan(paths, options: options, bands: model.card.bands, workers: workers)
  let name = try #require(plan.groups.first).group.identifier
  let before = try #require(UTCTime.parse("2024-09-01T00:00:00Z"))
  let known = try await makePlan(
    paths, options: options, bands: model.card.bands, workers: workers, published: { _ in [name: before] })
  let pipeline = Pipeline(options: options, model: model, store: store, workers: workers, version: "test")
  guard case .published(let item, _, _, _) = try await pipeline.run(try #require(known.groups.first)) else {
    Issue.record("not published")
    return
  }
  #expect(item.began == before && item.created > before)
  #expect(try store.publishedGroups(of: [item.tile])[name] == before)
}
