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
import Storage
import Synchronization
import TestSupport
import Testing
import Workers
import Writing

/// Overwrites the marker that begins the data of a JPEG 2000 tile: this tile cannot be decoded any more, the others can
/// (ISO/IEC 15444-1, annex A.4: SOT, tile index, length; SOD).
private func damage(_ path: String, tile: Int) throws {
  var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  func number(_ at: Int, _ count: Int) -> Int { bytes[at..<(at + count)].reduce(0) { $0 << 8 | Int($1) } }
  var start = try #require((0..<(bytes.count - 12)).first { Array(bytes[$0..<($0 + 4)]) == [0xff, 0x90, 0, 10] })
  while number(start + 4, 2) != tile { start += number(start + 6, 4) }
  let data = try #require((start..<bytes.count).first { Array(bytes[$0..<($0 + 2)]) == [0xff, 0x93] })
  bytes[data + 1] = 0x30
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

private func greenBand(of product: String) throws -> String {
  let names = try FileManager.default.subpathsOfDirectory(atPath: product)
  return "\(product)/\(try #require(names.first { $0.hasSuffix("B03_10m.jp2") }))"
}

/// What came of a group.
private struct Published {
  /// The product that was damaged.
  var damaged: String?
  var item: PublishedItem
  var certificate: Certificate
  var leftOut: [StackedView]
  /// Each time that views were stacked: where super-resolving began, and how far it came.
  var shares: [(from: Double, to: Double)]
}

/// Where a view is damaged, the last one, the job is stopped after it has begun again, and resumed.
private func publish(
  _ paths: [String], in folder: String, damaging: Bool, maxViews: Int
) async throws -> Published {
  let model = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json")
  let workers = WorkerPool(workers: 2)
  var options = try RunOptions.parse("{method: bicubic, consistency: sensor}", path: "options")
  options.selection.anchorDay = "2024-05-03"
  options.selection.maxViews = maxViews
  options.buildings = .off
  let plan = try await makePlan(paths, options: options, bands: model.card.bands, workers: workers)
  // Between the check of the products and their use something happens to one of them.
  let group = try #require(plan.groups.first)
  let damaged = damaging ? group.selection.views.last?.revisit.parts[0].location : nil
  if let damaged { try damage(try greenBand(of: damaged), tile: 2) }
  let pipeline = Pipeline(
    options: options, model: model, store: try Store(path: folder), workers: workers, version: "test")
  let notes = Notes()
  if damaged != nil {
    let stopped = Task {
      try await pipeline.run(group) { event in
        notes.take(event)
        if notes.isWellBegunAgain { notes.stop() }
      }
    }
    notes.watch(stopped)
    await #expect(throws: CancellationError.self) { _ = try await stopped.value }
  }
  guard
    case .published(let item, let certificate, let leftOut, let standIns) = try await pipeline.run(
      group, report: { notes.take($0) })
  else {
    throw CancellationError()
  }
  #expect(standIns.count == (damaging ? group.selection.reserves.count : 0))
  return Published(
    damaged: damaged, item: item, certificate: certificate, leftOut: leftOut, shares: notes.shares)
}

private func pixels(_ item: PublishedItem) throws -> [UInt16] {
  let file = try RasterFile.openGeoTIFF(item.path(of: .superResolved))
  return try (0..<3).flatMap { try file.read(UInt16.self, band: $0, window: file.size.window) }
}

/// Five blocks one below the other: the shift looks at all but the middle one, which is decoded when rows of tiles are
/// finished already. Where only two are wanted, the third takes its place.
@Test(arguments: [3, 2]) func aViewThatFailsHalfWayIsLeftOutFromTheStart(maxViews: Int) async throws {
  let folder = try TemporaryFolder()
  var plan = SimulationPlan(
    scene: .drawn(RasterSize(rows: 5120, columns: 192)), revisits: 3, start: UTCTime.parse("2024-05-03T00:00:00Z")!)
  plan.clouds = 0.1
  let paths = try await simulate(plan, into: folder.path + "/products", workers: WorkerPool(workers: 2)).map(\.path)
  let published = try await publish(paths, in: folder.path + "/three", damaging: true, maxViews: maxViews)
  let sound = paths.filter { $0 != published.damaged }
  let expected = try await publish(sound, in: folder.path + "/two", damaging: false, maxViews: maxViews)
  #expect(expected.leftOut.isEmpty && expected.shares.map(\.from) == [0] && expected.shares.map(\.to) == [1])
  // With all views as far as the damage; without one of them until it was stopped; that one is known to the job that
  // goes on there.
  let shares = published.shares
  #expect(shares.count == 3 && shares.map(\.from).prefix(2) == [0, 0])
  #expect(shares[0].to > 0.1 && shares[0].to < 0.9 && shares[1].to > 0.2 && shares[1].to < 1)
  #expect(shares[2].from > 0.2 && shares[2].to == 1)
  #expect(published.certificate.isWithinLimits)
  #expect(published.leftOut.count == 1 && published.leftOut[0].reason?.contains("cannot be decoded") == true)
  let isSame = try pixels(published.item) == pixels(expected.item)
  #expect(isSame, "not a pixel comes from the view that was left out")
  let document = try String(contentsOfFile: published.item.documentPath, encoding: .utf8)
  // With the file, and without the folders of this machine.
  #expect(document.contains("cannot be decoded") && document.contains("B03_10m.jp2") && !document.contains(folder.path))
}

/// Three clear revisits as a group, and what makes an item of it.
private func threeViews(in folder: TemporaryFolder, anchorDay: String?) async throws -> (
  paths: [String], group: RunPlan.Group, pipeline: Pipeline
) {
  let paths = try await SmallProducts.write(
    SmallProducts.plan(revisits: 3, clouds: 0, seed: 4), into: folder.path + "/products"
  ).map(\.path)
  let model = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json")
  let workers = WorkerPool(workers: 2)
  var options = try RunOptions.parse("{method: bicubic, consistency: sensor, buildings: off}", path: "options")
  options.selection.anchorDay = anchorDay
  let plan = try await makePlan(paths, options: options, bands: model.card.bands, workers: workers)
  let pipeline = Pipeline(
    options: options, model: model, store: try Store(path: folder.path + "/store"), workers: workers, version: "test")
  return (paths, try #require(plan.groups.first), pipeline)
}

extension Pipeline {
  /// The same where the operator names the anchor.
  fileprivate func naming(_ anchor: Product) -> Pipeline {
    var options = options
    options.selection.anchorDay = UTCTime.day(anchor.sensingTime)
    return Pipeline(options: options, model: model, store: store, workers: workers, version: "test")
  }
}

/// Half of a product's green band is lost.
/// - Returns: its file, and what it held.
private func cutShort(_ product: String) throws -> (place: URL, good: Data) {
  let place = URL(fileURLWithPath: try greenBand(of: product))
  let good = try Data(contentsOf: place)
  try good.prefix(good.count / 2).write(to: place)
  return (place, good)
}

/// A view is left out since a file cannot be decoded; once the file is as it was, the same inputs give the next revision.
@Test func aViewThatIsMendedComesBack() async throws {
  let folder = try TemporaryFolder()
  let (paths, group, pipeline) = try await threeViews(in: folder, anchorDay: "2024-05-03")
  let (place, good) = try cutShort(paths[1])
  guard case .published(let first, _, let leftOut, _) = try await pipeline.run(group) else {
    Issue.record("not published")
    return
  }
  #expect(leftOut.map(\.isUndecodable) == [true])
  guard case .unchanged(let same) = try await pipeline.run(group) else {
    Issue.record("published twice")
    return
  }
  #expect(same == first)
  try good.write(to: place)
  guard case .published(let second, _, let none, _) = try await pipeline.run(group) else {
    Issue.record("not published again")
    return
  }
  #expect(none.isEmpty && second.revision == 2 && second.predecessor == first.id)
  guard case .unchanged = try await pipeline.run(group) else {
    Issue.record("published three times")
    return
  }
}

/// An anchor whose file cannot be decoded is no reason to publish nothing: the next best view takes its place, and gives it
/// back when the file is mended. The operator's own anchor is never exchanged.
@Test func anAnchorThatCannotBeDecodedGivesWay() async throws {
  let folder = try TemporaryFolder()
  let (_, group, pipeline) = try await threeViews(in: folder, anchorDay: nil)
  let anchor = try #require(group.selection.anchor?.revisit.parts.first)
  let (place, good) = try cutShort(anchor.location)
  guard case .published(let first, let certificate, let leftOut, _) = try await pipeline.run(group) else {
    Issue.record("not published")
    return
  }
  #expect(certificate.isWithinLimits && leftOut.map(\.isUndecodable) == [true])
  let document = try JSONDecoder().decode(
    JSONValue.self, from: Data(contentsOf: URL(fileURLWithPath: first.documentPath)))
  let views = document["properties"]?["supertile:views"]?.array ?? []
  #expect(views.count == 3 && views.last?["role"] == "left_out" && views.last?["product"]?.string == anchor.name)
  #expect(views.first?["role"] == "anchor" && views.first?["product"]?.string != anchor.name)
  guard case .unchanged(let same) = try await pipeline.run(group) else {
    Issue.record("published twice")
    return
  }
  #expect(same == first)
  let strict = pipeline.naming(anchor)
  await #expect(throws: GDALError.self) { _ = try await strict.run(group) }
  try good.write(to: place)
  guard case .published(let second, _, let none, _) = try await pipeline.run(group) else {
    Issue.record("not published again")
    return
  }
  #expect(none.isEmpty && second.predecessor == first.id)
}

/// Nor is one in which nothing is to be seen, though its scene classes say otherwise: a band of zeros.
@Test func anAnchorThatShowsNothingGivesWay() async throws {
  let folder = try TemporaryFolder()
  let (_, group, pipeline) = try await threeViews(in: folder, anchorDay: nil)
  let anchor = try #require(group.selection.anchor?.revisit.parts.first)
  let band = try greenBand(of: anchor.location)
  let empty = folder.path + "/empty.jp2"
  let translate = try Process.run(
    URL(fileURLWithPath: "/usr/bin/gdal_translate"),
    arguments: ["-q", "-of", "JP2OpenJPEG", "-ot", "UInt16", "-scale", "0", "65535", "0", "0", band, empty])
  translate.waitUntilExit()
  #expect(translate.terminationStatus == 0)
  try Data(contentsOf: URL(fileURLWithPath: empty)).write(to: URL(fileURLWithPath: band))
  guard case .published(let first, let certificate, let leftOut, _) = try await pipeline.run(group) else {
    Issue.record("not published")
    return
  }
  #expect(certificate.isWithinLimits)
  #expect(leftOut.map(\.reason) == ["no clear pixel has data in every band"])
  #expect(!first.products.contains(anchor.name) && first.products.count == 2)
  guard case .unchanged(let same) = try await pipeline.run(group) else {
    Issue.record("published twice")
    return
  }
  #expect(same == first)
  // The operator's own anchor is never exchanged.
  let strict = pipeline.naming(anchor)
  await #expect(throws: StackingError.self) { _ = try await strict.run(group) }
}

/// The same of an anchor in an archive, whose members are read as copies in scratch: the archive is to blame, not scratch.
@Test func anAnchorInAnArchiveThatCannotBeDecodedGivesWay() async throws {
  let folder = try TemporaryFolder()
  let (paths, whole, pipeline) = try await threeViews(in: folder, anchorDay: nil)
  let anchor = try #require(whole.selection.anchor?.revisit.parts.first)
  try damage(try greenBand(of: anchor.location), tile: 0)
  // Archived as it is, and delivered with a manifest whose checksums do not hold.
  let archive = "\(folder.path)/\((anchor.location as NSString).lastPathComponent).zip"
  let zip = Process()
  zip.executableURL = URL(fileURLWithPath: "/usr/bin/zip")
  zip.arguments = ["-q", "-r", archive, (anchor.location as NSString).lastPathComponent]
  zip.currentDirectoryURL = URL(fileURLWithPath: Folder.parent(of: anchor.location))
  try zip.run()
  zip.waitUntilExit()
  #expect(zip.terminationStatus == 0)
  var options = pipeline.options
  options.verifyChecksums = false
  let plan = try await makePlan(
    paths.filter { $0 != anchor.location } + [archive], options: options, bands: pipeline.model.card.bands,
    workers: pipeline.workers)
  let group = try #require(plan.groups.first)
  #expect(group.selection.anchor?.revisit.parts.first?.location == archive)
  guard case .published(_, let certificate, let leftOut, _) = try await pipeline.run(group) else {
    Issue.record("not published")
    return
  }
  #expect(certificate.isWithinLimits && leftOut.map(\.isUndecodable) == [true])
}

/// A job that is stopped behind the network goes on there: the rows of tiles stay.
@Test func aJobThatIsStoppedBehindTheNetworkKeepsItsRows() async throws {
  let folder = try TemporaryFolder()
  let plan = SmallProducts.plan(revisits: 2, clouds: 0.1, seed: 5)
  let paths = try await SmallProducts.write(plan, into: folder.path + "/products").map(\.path)
  let model = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json")
  let workers = WorkerPool(workers: 2)
  var options = try RunOptions.parse("{method: bicubic, consistency: sensor}", path: "options")
  options.buildings = .off
  let group = try #require(
    try await makePlan(paths, options: options, bands: model.card.bands, workers: workers).groups.first)
  let pipeline = Pipeline(
    options: options, model: model, store: try Store(path: folder.path + "/store"), workers: workers, version: "test")
  func kept() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path + "/store").filter { $0.contains("/row-") }
  }
  let task = Task {
    try await pipeline.run(group) { event in
      if case .progress("publishing", _) = event { withUnsafeCurrentTask { $0?.cancel() } }
    }
  }
  await #expect(throws: CancellationError.self) { _ = try await task.value }
  #expect(try !kept().isEmpty)
  let first = Mutex<Double?>(nil)
  let outcome = try await pipeline.run(group) { event in
    if case .progress("super-resolving", let share) = event { first.withLock { $0 = $0 ?? share } }
  }
  guard case .published = outcome else {
    Issue.record("not published")
    return
  }
  #expect(first.withLock { $0 } == 1)
  #expect(try kept().isEmpty)
}

/// A file that is written to while it is read is no damaged one: nothing poorer is published, and all is there when nothing
/// writes to it.
@Test(arguments: [0, 1])
func aFileThatIsWrittenToIsWaitedFor(view: Int) async throws {
  let folder = try TemporaryFolder()
  let plan = SimulationPlan(
    scene: .drawn(RasterSize(rows: 5120, columns: 192)), revisits: 2, start: UTCTime.parse("2024-05-03T00:00:00Z")!)
  let workers = WorkerPool(workers: 2)
  let paths = try await simulate(plan, into: folder.path + "/products", workers: workers).map(\.path)
  let model = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json")
  let options = try RunOptions.parse("{method: bicubic, consistency: sensor, buildings: off}", path: "options")
  let group = try #require(
    try await makePlan(paths, options: options, bands: model.card.bands, workers: workers).groups.first)
  let pipeline = Pipeline(
    options: options, model: model, store: try Store(path: folder.path + "/store"), workers: workers, version: "test")
  let band = try #require(group.selection.views[view].revisit.parts.first?.bands.first).file.path
  let bytes = try Data(contentsOf: URL(fileURLWithPath: band))
  await #expect {
    _ = try await pipeline.run(group) { event in
      guard case .progress("super-resolving", _) = event else { return }
      let file = FileHandle(forWritingAtPath: band)
      try? file?.write(contentsOf: bytes)
      try? file?.close()
    }
  } throws: {
    $0 is RewrittenFile && "\($0)".contains(band)
  }
  guard case .published(let item, _, let leftOut, _) = try await pipeline.run(group) else {
    Issue.record("not published")
    return
  }
  #expect(leftOut.isEmpty && item.revision == 1)
}

/// Whoever waits for a tile that another run works on can be stopped.
@Test func waitingForATileEndsWithTheRun() async throws {
  let folder = try TemporaryFolder()
  let (_, group, pipeline) = try await threeViews(in: folder, anchorDay: nil)
  let lock = try #require(try pipeline.store.tryLockTile(group.group.tile))
  let isTold = Mutex(0)
  let task = Task {
    try await pipeline.run(group) { event in
      guard case .waitingForTile = event else { return }
      isTold.withLock { $0 += 1 }
    }
  }
  while isTold.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(20)) }
  let began = ContinuousClock.now
  task.cancel()
  await #expect(throws: CancellationError.self) { _ = try await task.value }
  #expect(began.duration(to: .now) < .seconds(30) && isTold.withLock { $0 } == 1)
  withExtendedLifetime(lock) {}
}

/// A job whose anchor was given up goes on without it after a stop, from the rows that it had.
@Test func aJobWhoseAnchorWasGivenUpGoesOn() async throws {
  let folder = try TemporaryFolder()
  let (_, group, pipeline) = try await threeViews(in: folder, anchorDay: nil)
  let anchor = try #require(group.selection.anchor?.revisit.parts.first)
  _ = try cutShort(anchor.location)
  let task = Task {
    try await pipeline.run(group) { event in
      if case .progress("publishing", _) = event { withUnsafeCurrentTask { $0?.cancel() } }
    }
  }
  await #expect(throws: CancellationError.self) { _ = try await task.value }
  let shares = Mutex<[Double]>([])
  let outcome = try await pipeline.run(group) { event in
    if case .progress("super-resolving", let share) = event { shares.withLock { $0.append(share) } }
  }
  guard case .published(_, _, let leftOut, _) = outcome else {
    Issue.record("not published")
    return
  }
  #expect(leftOut.map(\.isUndecodable) == [true])
  #expect(shares.withLock { $0 }.allSatisfy { $0 == 1 }, "nothing is computed again")
}
