internal import GDALAdapter
internal import Geometry
internal import Product
internal import Simulation
internal import Storage
internal import Testing
internal import Workers

/// Parts, reprocessings, archives, and what is refused.
@Suite struct DeliveryTests {
  @Test func splitDatastripsComplementEachOther() async throws {
    let folder = try TestFolder()
    var plan = SmallProducts.plan(revisits: 2)
    plan.splitRevisits = [2]
    let products = try await SmallProducts.write(plan, into: folder.path)
    #expect(products.map(\.revisit) == [1, 2, 2])
    let (upper, lower) = (try WrittenProduct(products[1]), try WrittenProduct(products[2]))
    #expect(upper.name.datatakeStart == lower.name.datatakeStart && upper.name.baseline == lower.name.baseline)
    #expect(upper.name.discriminator != lower.name.discriminator)
    #expect(upper.tile.find("DATASTRIP_ID")?.text != lower.tile.find("DATASTRIP_ID")?.text)
    #expect(upper.granule != lower.granule)
    #expect(products[1].endRow > products[2].firstRow, "they overlap")

    let (above, below) = (try upper.pixels("B03"), try lower.pixels("B03"))
    for row in 0..<120 {
      let (first, second) = (above[row * 120], below[row * 120])
      #expect((first > 0) == (row < products[1].endRow))
      #expect((second > 0) == (row >= products[2].firstRow))
      if first > 0, second > 0 { #expect(above[row * 120..<row * 120 + 120] == below[row * 120..<row * 120 + 120]) }
    }
    for product in [upper, lower] {
      #expect((Double(product.metadata.find("NODATA_PIXEL_PERCENTAGE")?.text ?? "") ?? 0) > 20)
    }
  }

  @Test func reprocessingRepeatsTheRevisit() async throws {
    let folder = try TestFolder()
    var plan = SmallProducts.plan(revisits: 1)
    plan.delivery.baselines = [ProcessingBaseline(2, 14)]
    plan.reprocessings = [.init(revisit: 1, baseline: ProcessingBaseline(5, 0)), .init(revisit: 1)]
    let written = try await SmallProducts.write(plan, into: folder.path).map { try WrittenProduct($0) }
    #expect(written.map(\.name.baseline.description) == ["02.14", "05.00", "03.01"])
    #expect(written[1].name.datatakeStart == written[0].name.datatakeStart)
    #expect(written[1].name.discriminator > written[0].name.discriminator)
    let (old, new) = (try written[0].pixels("B04"), try written[1].pixels("B04"))
    #expect(zip(old, new).allSatisfy { Int($0) + 1000 == Int($1) }, "same reflectance, other offset")
    #expect(try written[2].pixels("B04") == old)
  }

  @Test func zipHoldsTheSameWithoutFolders() async throws {
    let (open, packed) = (try TestFolder(), try TestFolder())
    var plan = SmallProducts.plan(revisits: 1)
    let plain = try WrittenProduct(try await SmallProducts.write(plan, into: open.path)[0])
    plan.delivery.isZipped = true
    let product = try await SmallProducts.write(plan, into: packed.path)[0]
    #expect(product.path.hasSuffix(".SAFE.zip"))
    let zipped = try WrittenProduct(product)
    for name in ["B02", "B03", "B04", "B08", "SCL"] { #expect(try zipped.pixels(name) == plain.pixels(name)) }
    let names = try centralDirectory(VirtualFile.read(product.path, limit: 1 << 24))
    #expect(names.count == 14)
    #expect(names.allSatisfy { $0.hasPrefix(product.name + ".SAFE/") && !$0.hasSuffix("/") })
    #expect(Folder.list(packed.path).filter { $0.hasPrefix(".") }.isEmpty, "nothing left behind")
  }

  /// Names in the central directory of a zip archive (signature PK 1 2).
  private func centralDirectory(_ bytes: [UInt8]) -> [String] {
    var names: [String] = []
    var index = 0
    let end = bytes.count - 46
    while index < end {
      guard bytes[index] == 0x50, bytes[index + 1] == 0x4B, bytes[index + 2] == 1, bytes[index + 3] == 2 else {
        index += 1
        continue
      }
      let length = Int(bytes[index + 28]) + Int(bytes[index + 29]) << 8
      names.append(String(decoding: bytes[(index + 46)..<(index + 46 + length)], as: UTF8.self))
      index += 46 + length
    }
    return names
  }

  @Test func prunedProductKeepsWhatIsNeeded() async throws {
    let folder = try TestFolder()
    var plan = SmallProducts.plan(revisits: 1)
    plan.delivery.isPruned = true
    let written = try WrittenProduct(try await SmallProducts.write(plan, into: folder.path)[0])
    #expect(Folder.list(written.root) == ["GRANULE", "MTD_MSIL2A.xml", "manifest.safe"])
    #expect(written.manifest.findAll("dataObject").count == 13, "the manifest lists what is gone")
    #expect(try written.pixels("B02").count == 120 * 120)
  }

  @Test func workersDoNotChangeTheResult() async throws {
    let (first, second) = (try TestFolder(), try TestFolder())
    let plan = SmallProducts.plan(revisits: 2, size: RasterSize(rows: 210, columns: 90), clouds: 0.4)
    let one = try await simulate(plan, into: first.path, workers: WorkerPool(workers: 1))
    let three = try await simulate(plan, into: second.path, workers: WorkerPool(workers: 3))
    for (left, right) in zip(one, three) {
      #expect(left.name == right.name && left.sensor == right.sensor)
      let (a, b) = (try WrittenProduct(left), try WrittenProduct(right))
      let listed = { (product: WrittenProduct) in product.manifest.findAll("checksum").map(\.text) }
      #expect(listed(a) == listed(b))
    }
    let truth = "/truth/31TCJ_TRUTH.tif"
    #expect(
      try VirtualFile.read(first.path + truth, limit: 1 << 24) == VirtualFile.read(second.path + truth, limit: 1 << 24))
  }

  @Test func laterRunAddsToTheFolder() async throws {
    let folder = try TestFolder()
    var plan = SmallProducts.plan(revisits: 1)
    _ = try await SmallProducts.write(plan, into: folder.path)
    await #expect(throws: SimulationError.self) { try await SmallProducts.write(plan, into: folder.path) }
    plan.start = try #require(UTCTime.parse("2024-06-01T00:00:00Z"))
    _ = try await SmallProducts.write(plan, into: folder.path)
    plan.start = try #require(UTCTime.parse("2024-07-01T00:00:00Z"))
    plan.seed = 2
    await #expect(throws: SimulationError.self, "the truth of another seed") {
      try await SmallProducts.write(plan, into: folder.path)
    }
    #expect(Folder.list(folder.path).filter { $0.hasSuffix(".SAFE") }.count == 2)
  }

  @Test func errorsNameTheOption() async throws {
    func option(_ change: (inout SimulationPlan) -> Void) -> String? {
      var plan = SmallProducts.plan()
      change(&plan)
      do {
        try plan.validate()
        return nil
      } catch { return (error as? SimulationError)?.option }
    }
    #expect(option { $0.revisits = 0 } == "--revisits")
    #expect(option { $0.scene = .drawn(RasterSize(rows: 33, columns: 64)) } == "--size")
    #expect(option { $0.clouds = 1.5 } == "--clouds")
    #expect(option { $0.splitRevisits = [4] } == "--split-datastrip")
    #expect(option { $0.reprocessings = [.init(revisit: 9)] } == "--reprocess")
    #expect(option { $0.delivery.baselines = [ProcessingBaseline(2, 5)] } == "--baseline")
    #expect(option { $0.delivery.missions = ["L8"] } == "--missions")
    #expect(option { _ in } == nil)
  }
}
