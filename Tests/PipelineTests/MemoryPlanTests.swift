import Geometry
import Networks
import Pipeline
import TestSupport
import Testing

private func card() throws -> ModelCard { try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json").card }

private func options(_ memory: Int?, workers: Int = 2) -> RunOptions {
  var options = RunOptions()
  options.workers = workers
  options.memory = memory
  return options
}

/// Without a limit nothing is made smaller, on a machine that is large enough.
@Test func withoutALimitThePlanIsWhatWasAskedFor() throws {
  let plan = try MemoryPlan(options(nil), views: 8, card: card(), buildings: false, machine: 16 << 30)
  #expect(plan.workers == 2 && plan.tileSide == 1100 && plan.limit == nil)
  // 10 maps of 64 channels, 117 x 1142 pixels, 4 bytes each, for two tiles, and 9 images of three bands.
  #expect(plan.bytes > 2 * (10 * 64 * 117 + 27 * 1140) * 1142 * 4 && plan.bytes < 4 << 30)
}

/// Small rasters are cut into as many tiles as keep workers busy, whatever the number of workers: that does not change
/// results. Tiles that would fill the machine are made smaller too; none is made smaller than it need be.
@Test func tilesAreSmallerWhereTheyWouldBeFewOrFillTheMachine() throws {
  let card = try card()
  func side(_ rows: Int, _ columns: Int, machine: Int = 64, workers: Int = 2, asked: Int = 1100) throws -> Int {
    var options = options(nil, workers: workers)
    options.tileSide = asked
    return try MemoryPlan(
      options, views: 8, card: card, buildings: false, size: RasterSize(rows: rows, columns: columns),
      machine: machine << 30
    ).tileSide
  }
  #expect(
    try [(512, 512), (1024, 1024), (1200, 1200), (2048, 2048)].map { try side($0.0, $0.1) } == [256, 260, 347, 618])
  #expect(try [1, 2, 8].allSatisfy { try side(1024, 1024, workers: $0) == 260 })
  #expect(
    try side(10_980, 10_980) == 1100 && side(10_980, 10_980, machine: 4) == 618
      && side(10_980, 10_980, machine: 2) == 256)
  #expect(try side(512, 512, asked: 100) == 100)
}

/// The plan keeps to every limit it can keep to, and uses it: tiles get smaller, then workers fewer.
@Test(arguments: [1, 2, 4, 16], [1, 4, 8, 16])
func thePlanKeepsToItsLimit(workers: Int, views: Int) throws {
  let card = try card()
  let free = try MemoryPlan(options(nil, workers: workers), views: views, card: card, buildings: false)
  var last = free
  var limit = free.bytes
  while let plan = try? MemoryPlan(options(limit, workers: workers), views: views, card: card, buildings: false) {
    #expect(plan.bytes <= limit)
    #expect(plan.workers < last.workers || plan.workers == last.workers && plan.tileSide <= last.tileSide)
    last = plan
    limit = plan.bytes - 1
  }
  #expect(last.workers == 1)
  #expect(
    last.bytes
      == (try #require(throws: MemoryPlanError.self) {
        try MemoryPlan(options(1), views: views, card: card, buildings: false)
      }).needed)
}

/// A plan is made for the largest window: no smaller one, as at the raster's borders, takes more.
@Test(arguments: [1, 3, 8, 16])
func smallerWindowsTakeNoMoreMemory(views: Int) {
  let bytes = (1...1300).map { HighResNet.workingBytes(views: views, side: $0, bands: 3, hidden: 64) }
  #expect(zip(bytes, bytes.dropFirst()).allSatisfy { $0 < $1 })
}

@Test func aLimitThatIsTooSmallIsRefusedWithWhatIsNeeded() throws {
  let card = try card()
  // A smaller limit is met by smaller tiles first.
  let free = try MemoryPlan(options(nil), views: 8, card: card, buildings: false)
  let plan = try MemoryPlan(options(free.bytes - 1), views: 8, card: card, buildings: false)
  #expect(plan.workers == 2 && plan.tileSide < 1100)
  let error = #expect(throws: MemoryPlanError.self) {
    try MemoryPlan(options(100 << 20), views: 8, card: card, buildings: false)
  }
  let needed = try #require(error).needed
  #expect(try MemoryPlan(options(needed), views: 8, card: card, buildings: false).bytes == needed)
  #expect(error?.description.hasPrefix("memory is limited to 100 MiB, but a run takes") == true)
}

/// Buildings are looked for by as many workers as there is room for, which slows nothing else.
@Test func buildingsHaveWorkersOfTheirOwn() throws {
  let card = try card()
  let free = try MemoryPlan(options(nil, workers: 8), views: 8, card: card, buildings: true)
  #expect(free.buildingWorkers == 8 && free.workers == 8)
  let sides = try [(nil, 64), (nil, 4), (4 << 30, 4), (2 << 30, 64)].map { limit, machine in
    try MemoryPlan(options(limit), views: 8, card: card, buildings: true, machine: machine << 30).buildingTileSide
  }
  #expect(sides == [2048, 1536, 2048, 1280])
  let tight = try MemoryPlan(options(2 << 30), views: 8, card: card, buildings: true)
  #expect(tight.buildingWorkers == 2 && tight.workers == 2 && tight.bytes <= 2 << 30)
  let tighter = try MemoryPlan(options(1100 << 20), views: 8, card: card, buildings: true)
  #expect(tighter.buildingWorkers == 1 && tighter.bytes <= 1100 << 20, "\(tighter)")
  #expect(throws: MemoryPlanError.self) { try MemoryPlan(options(800 << 20), views: 8, card: card, buildings: true) }
  #expect(try MemoryPlan(options(1 << 30), views: 8, card: card, buildings: false).workers == 1)
}

@Test(arguments: [
  ("4 GiB", 4 << 30), ("512MiB", 512 << 20), ("1.5 GiB", 3 << 29), ("2000000000", 2_000_000_000), ("1 TiB", 1 << 40),
  ("4 GB", nil), ("", nil), ("0", nil), ("4", nil), ("1 MiB", 1 << 20), ("-1 GiB", nil), ("GiB", nil), ("nan", nil),
  ("1e30 GiB", nil),
])
func sizesOfMemoryAreRead(text: String, bytes: Int?) {
  #expect(MemorySize.parse(text) == bytes)
}

@Test func sizesOfMemoryAreWritten() {
  #expect(MemorySize.text(900 << 20) == "900 MiB")
  #expect(MemorySize.text(4 << 30) == "4.0 GiB")
  #expect(MemorySize.text(1717 << 20) == "1.7 GiB" && MemorySize.text(1780 << 20) == "1.8 GiB")
  #expect(MemorySize.text(1780 << 20, roundedUp: false) == "1.7 GiB")
}

/// What no machine has is a mistake, not a number that the plan goes wrong over.
@Test func sizesOfMemoryEnd() {
  #expect(MemorySize.parse("1024 TiB") == MemorySize.most && MemorySize.parse("1 PiB") == MemorySize.most)
  #expect(MemorySize.parse("1025 TiB") == nil && MemorySize.parse("900000 TiB") == nil)
  #expect(MemorySize.text(MemorySize.most) == "1048576.0 GiB")
}
