internal import GDALAdapter
internal import Geometry
internal import Product
internal import Simulation
internal import Storage
internal import Testing

/// The written products, read back.
@Suite struct SimulatedProductTests {
  @Test func namesAndMetadataAgree() async throws {
    let folder = try TestFolder()
    var plan = SmallProducts.plan(revisits: 2, clouds: 0.3)
    plan.delivery.baselines = [ProcessingBaseline(5, 11), ProcessingBaseline(2, 14)]
    let products = try await SmallProducts.write(plan, into: folder.path)
    #expect(products.count == 2)
    for (product, offset) in zip(products, [true, false]) {
      let written = try WrittenProduct(product)
      #expect(written.metadata.find("PRODUCT_URI")?.text == product.name + ".SAFE")
      #expect(written.metadata.find("PRODUCT_TYPE")?.text == "S2MSI2A")
      #expect(written.metadata.find("PROCESSING_BASELINE")?.text == product.baseline)
      let start = try #require(UTCTime.parse(written.metadata.find("DATATAKE_SENSING_START")?.text ?? ""))
      #expect(UTCTime.compact(start) == UTCTime.compact(written.name.datatakeStart))
      let generated = try #require(UTCTime.parse(written.metadata.find("GENERATION_TIME")?.text ?? ""))
      #expect(UTCTime.compact(generated) == written.name.discriminator)
      #expect(written.hasOffset == offset)
      #expect(written.metadata.findAll("BOA_ADD_OFFSET").allSatisfy { $0.text == "-1000" })
      #expect(written.metadata.findAll("IMAGE_FILE").count == 5)
      #expect(written.tile.find("HORIZONTAL_CS_CODE")?.text == "EPSG:32631")
      #expect(written.tile.findAll("NROWS").map(\.text) == ["120", "60", "20"])
      #expect(written.tile.findAll("ULX").map(\.text) == ["300000", "300000", "300000"])
      #expect(
        written.tile.find("DATASTRIP_ID")?.text == written.metadata.find("Granule")?.attributes["datastripIdentifier"])
      let cloud = try #require(Double(written.metadata.find("Cloud_Coverage_Assessment")?.text ?? ""))
      #expect(abs(cloud / 100 - product.cloudShare) < 1e-6)
    }
    #expect(products[0].mission == "S2A" && products[1].mission == "S2B")
  }

  @Test(arguments: [ProcessingBaseline(2, 14), ProcessingBaseline(5, 11)])
  func manifestIsTrue(baseline: ProcessingBaseline) async throws {
    let folder = try TestFolder()
    var plan = SmallProducts.plan(revisits: 1)
    plan.delivery.baselines = [baseline]
    let written = try WrittenProduct(try await SmallProducts.write(plan, into: folder.path)[0])
    let objects = written.manifest.findAll("dataObject")
    #expect(objects.count == 13)
    for object in objects {
      let href = try #require(object.find("fileLocation")?.attributes["href"])
      let bytes = try VirtualFile.read(written.root + "/" + href, limit: 1 << 24)
      #expect(object.find("byteStream")?.attributes["size"] == "\(bytes.count)")
      let checksum = try #require(object.find("checksum"))
      #expect(checksum.attributes["checksumName"] == (baseline.major < 4 ? "MD5" : "SHA3-256"))
      let algorithm = try #require(DigestAlgorithm(manifestName: checksum.attributes["checksumName"] ?? ""))
      #expect(checksum.text == Digester.hexadecimal(algorithm, of: bytes))
    }
  }

  @Test func sentinelDriverReadsTheSamePixels() async throws {
    let folder = try TestFolder()
    let product = try await SmallProducts.write(SmallProducts.plan(revisits: 1), into: folder.path)[0]
    let written = try WrittenProduct(product)
    let metadata = written.root + "/MTD_MSIL2A.xml"
    let file = try RasterFile.open("SENTINEL2_L2A:\(metadata):10m:EPSG_32631", drivers: ["SENTINEL2"])
    #expect(file.grid?.upperLeftX == 300_000 && file.grid?.upperLeftY == 4_900_020)
    for (band, name) in ["B04", "B03", "B02", "B08"].enumerated() {
      #expect(try file.read(UInt16.self, band: band, window: file.size.window) == written.pixels(name))
    }
    try file.close()
    let coarse = try RasterFile.open("SENTINEL2_L2A:\(metadata):20m:EPSG_32631", drivers: ["SENTINEL2"])
    #expect(coarse.size == RasterSize(rows: 60, columns: 60))
    try coarse.close()
  }

  /// Ssiz 14 is 15 bits; transformation 1 is the reversible 5-3 wavelet.
  @Test func codestreamIsLosslessWithFifteenBits() async throws {
    let folder = try TestFolder()
    let product = try await SmallProducts.write(SmallProducts.plan(revisits: 1), into: folder.path)[0]
    let bytes = try VirtualFile.read(try WrittenProduct(product).image("B04"), limit: 1 << 24)
    let start = try #require(
      bytes.indices.dropLast(4).first { Array(bytes[$0..<($0 + 4)]) == [0xFF, 0x4F, 0xFF, 0x51] })
    #expect(bytes[start + 42] == 14)
    let coding = try #require(
      bytes[start...].indices.dropLast(2).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0x52 })
    #expect(bytes[coding + 9] == 4, "decomposition levels")
    #expect(bytes[coding + 13] == 1, "reversible wavelet")
    #expect(bytes[coding + 14] == 0x88, "precincts of 256")
    #expect(Array(bytes.suffix(2)) == [0xFF, 0xD9])
  }

  @Test func swathEdgeLeavesNoData() async throws {
    let folder = try TestFolder()
    var plan = SmallProducts.plan(revisits: 2)
    plan.hasSwathEdge = true
    let products = try await SmallProducts.write(plan, into: folder.path)
    #expect(products[0].noDataShare == 0)
    #expect(products[1].noDataShare > 0.05 && products[1].noDataShare < 0.6)
    let written = try WrittenProduct(products[1])
    let (red, classes) = (try written.pixels("B04"), try written.pixels("SCL"))
    for row in 0..<60 {
      for column in 0..<60 where classes[row * 60 + column] != 0 {
        #expect(red[2 * row * 120 + 2 * column] > 0 && red[(2 * row + 1) * 120 + 2 * column + 1] > 0)
      }
    }
    #expect(red[119] == 0 && classes[59] == 0)
  }

  @Test func cloudsCoverTheShareAskedFor() async throws {
    let folder = try TestFolder()
    let plan = SmallProducts.plan(revisits: 6, clouds: 0.25)
    let products = try await SmallProducts.write(plan, into: folder.path)
    let mean = products.map(\.cloudShare).reduce(0, +) / 6
    #expect(abs(mean - 0.25) < 0.03)
    for product in products {
      #expect(abs(product.cloudShare - (try #require(product.sensor)).cloudShareAsked) < 0.04)
      let classes = try WrittenProduct(product).pixels("SCL")
      let clouded = classes.count { (8...10).contains($0) }
      #expect(abs(Double(clouded) / Double(classes.count) - product.cloudShare) < 1e-6)
    }
    #expect(products.contains { $0.cloudShare > 0.25 } && products.contains { $0.cloudShare < 0.2 })
  }
}
