import Foundation
internal import GDALAdapter
internal import Geometry
internal import Product
internal import Raster
internal import Simulation
internal import Storage
internal import Testing
internal import Workers

/// What the sensor model does to the truth, and what packing real rasters leaves alone.
@Suite struct SensorTests {
  /// A dot whose middle lies at low-resolution position (30, 34) of the truth appears at (30 + shiftRows,
  /// 34 + shiftColumns) in the product: a positive shift moves content down and right.
  @Test func positiveShiftMovesContentDownAndRight() async throws {
    let folder = try TestFolder()
    let fine = grid(rows: 128, columns: 128, pixel: 5)
    var pixels = [UInt16](repeating: 500, count: fine.size.pixelCount)
    for row in 60...61 { for column in 68...69 { pixels[row * 128 + column] = 9000 } }
    try writeRaster(folder.path + "/scene.tif", [pixels, pixels, pixels, pixels], grid: fine)
    var plan = SmallProducts.plan(revisits: 4).withoutDisturbance
    plan.scene = .file(folder.path + "/scene.tif")
    for product in try await SmallProducts.write(plan, into: folder.path + "/out") {
      let sensor = try #require(product.sensor)
      let counts = try WrittenProduct(product).pixels("B04")
      var (sum, rows, columns) = (0.0, 0.0, 0.0)
      for row in 20...40 {
        for column in 24...44 {
          let excess = Double(counts[row * 64 + column]) - 1500
          sum += excess
          rows += excess * Double(row)
          columns += excess * Double(column)
        }
      }
      #expect(abs(rows / sum - (30 + sensor.shiftRows)) < 0.01)
      #expect(abs(columns / sum - (34 + sensor.shiftColumns)) < 0.01)
    }
  }

  @Test func sceneInUTMKeepsItsPlace() async throws {
    let folder = try TestFolder()
    let fine = grid(rows: 70, columns: 66, pixel: 5)
    let pixels = [UInt16](repeating: 800, count: fine.size.pixelCount)
    try writeRaster(folder.path + "/scene.tif", [pixels, pixels, pixels], grid: fine)
    var plan = SmallProducts.plan(revisits: 1).withoutDisturbance
    plan.scene = .file(folder.path + "/scene.tif")
    let product = try await SmallProducts.write(plan, into: folder.path + "/out")[0]
    let written = try WrittenProduct(product)
    #expect(written.name.tile.name == "31TDG")
    #expect(written.tile.find("ULX")?.text == "445600" && written.tile.find("ULY")?.text == "4680000")
    #expect(written.tile.find("NROWS")?.text == "34" && written.tile.find("NCOLS")?.text == "32")
  }

  /// Every pixel is the point spread's weighted mean of the truth, to the rounding of the count.
  @Test func pixelsAreTheTruthUnderThePointSpread() async throws {
    let folder = try TestFolder()
    let plan = SmallProducts.plan(revisits: 2).withoutDisturbance
    let products = try await SmallProducts.write(plan, into: folder.path)
    let truth = try readAll(folder.path + "/truth/31TCJ_TRUTH.tif", band: 1)
    for product in products {
      let sensor = try #require(product.sensor)
      let counts = try WrittenProduct(product).pixels("B03")
      for (row, column) in [(10, 10), (63, 64), (64, 5), (100, 111), (55, 90)] {
        let down = PointSpread.sentinel2().weights(center: 2 * (Double(row) - sensor.shiftRows) + 0.5)
        let across = PointSpread.sentinel2().weights(center: 2 * (Double(column) - sensor.shiftColumns) + 0.5)
        var mean = 0.0
        for (i, rowWeight) in down.weights.enumerated() {
          for (j, columnWeight) in across.weights.enumerated() {
            mean += Double(rowWeight * columnWeight) * Double(truth[(down.first + i) * 240 + across.first + j])
          }
        }
        #expect(abs(Double(counts[row * 120 + column]) - 1000 - mean) <= 0.51)
      }
    }
  }

  @Test func realRastersAreNotChanged() async throws {
    let folder = try TestFolder()
    let place = grid(rows: 50, columns: 41)
    let bands = (0..<8).map { (band: Int) -> [UInt16] in
      (0..<place.size.pixelCount).map { (index: Int) -> UInt16 in
        index < 41 ? 0 : UInt16(300 + (index * 31 + band * 977) % 9000)
      }
    }
    let paths = ["/a.tif", "/b.tif"].map { folder.path + $0 }
    for path in paths { try writeRaster(path, bands, grid: place) }
    let days = ["2020-02-02T00:00:00Z", "2020-03-03T00:00:00Z"].compactMap { UTCTime.parse($0) }
    var plan = RepackagingPlan(views: paths, dates: days)
    plan.bandOrder = [4, 3, 2, 8]
    plan.delivery.baselines = [ProcessingBaseline(2, 14), ProcessingBaseline(5, 11)]
    let products = try await repackage(plan, into: folder.path + "/out", workers: .init(workers: 2))
    #expect(products.count == 2)
    for (product, offset) in zip(products, [0, 1000]) {
      let written = try WrittenProduct(product)
      #expect(written.tile.find("NCOLS")?.text == "40")
      for (name, band) in [("B04", 3), ("B03", 2), ("B02", 1), ("B08", 7)] {
        let counts = try written.pixels(name)
        for row in 0..<50 {
          let original = bands[band][row * 41..<row * 41 + 40]
          let expected = original.map { (value: UInt16) -> UInt16 in value == 0 ? 0 : value + UInt16(offset) }
          #expect(Array(counts[row * 40..<row * 40 + 40]) == expected)
        }
      }
      #expect(try written.pixels("SCL").prefix(20).allSatisfy { $0 == 0 })
    }
    #expect(!Folder.exists(folder.path + "/out/truth"))
  }

  /// What is no number in one band is no data, and what is saturated stays so: no sensor saw a reflectance of 3.17 there.
  @Test func numbersThatAreNoneAndSaturatedOnesAreNoReflectances() async throws {
    let folder = try TestFolder()
    let place = grid(rows: 32, columns: 32)
    let path = folder.path + "/a.tif"
    let file = try RasterFile.create(path, driver: "GTiff", size: place.size, bands: 4, type: .float32)
    try file.set(place)
    for band in 0..<4 {
      var values = [Float](repeating: 800, count: 32 * 32)
      if band == 0 { values[9] = .nan }
      if band == 3 { values[10] = .infinity }
      if band == 1 { (values[11], values[12], values[13]) = (0, 40_000, 32_000) }
      try file.write(values, band: band, window: place.size.window)
    }
    try file.close()
    let day = try #require(UTCTime.parse("2020-02-02T00:00:00Z"))
    var plan = RepackagingPlan(views: [path], dates: [day])
    plan.delivery.baselines = [ProcessingBaseline(5, 11)]
    let product = try await repackage(plan, into: folder.path + "/out", workers: .init(workers: 1))[0]
    let green = try WrittenProduct(product).pixels("B03")
    #expect(Array(green[8..<14]) == [1800, 0, 0, 0, 32_767, 32_700])
  }

  @Test func realRastersAreReflectanceTimesTenThousandInOrder() async throws {
    let folder = try TestFolder()
    let place = grid(rows: 32, columns: 32)
    let path = folder.path + "/a.tif"
    let day = try #require(UTCTime.parse("2020-02-02T00:00:00Z"))
    func problem(_ value: Float, first band: String) async throws -> String {
      let file = try RasterFile.create(path, driver: "GTiff", size: place.size, bands: 3, type: .float32)
      try file.set(place)
      for band in 0..<3 {
        try file.write([Float](repeating: value, count: 1024), band: band, window: place.size.window)
      }
      try file.setDescription(band, band: 0)
      try file.close()
      do {
        let plan = RepackagingPlan(views: [path], dates: [day])
        _ = try await repackage(plan, into: folder.path + "/\(UUID())", workers: .init(workers: 1))
      } catch { return "\(error)" }
      return ""
    }
    #expect(try await problem(800, first: "B04") == "")
    #expect(try await problem(0.08, first: "B04").contains("not reflectance"))
    #expect(try await problem(800, first: "B02").contains("band 1 says that it is B02"))
  }

  /// As `sr` and `evaluate` refuse them, and take 0 for no data.
  @Test func scenesAreWhatOtherCommandsTakeThemFor() async throws {
    let folder = try TestFolder()
    let path = folder.path + "/scene.tif"
    let place = grid(rows: 64, columns: 64, pixel: 5)
    var green = [UInt16](repeating: 800, count: 64 * 64)
    green[5] = 0
    let other = [UInt16](repeating: 800, count: 64 * 64)
    try writeRaster(path, [other, green, other], grid: place)
    var plan = SmallProducts.plan(revisits: 1).withoutDisturbance
    plan.scene = .file(path)
    _ = try await SmallProducts.write(plan, into: folder.path)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/truth")
    let name = try #require(names.first { $0.hasSuffix("_TRUTH.tif") })
    for band in 0..<3 {
      let truth = try readAll("\(folder.path)/truth/\(name)", band: band)
      #expect(truth[5] == 0 && truth[4] > 0)
    }
    let file = try RasterFile.openGeoTIFF(path, update: true)
    try file.setScale(2e-5, offset: 0, band: 1)
    try file.close()
    let error = await #expect(throws: SimulationError.self) {
      try await SmallProducts.write(plan, into: folder.path + "/again")
    }
    #expect(error?.description.contains("band 2 has scale 2e-05") == true)
  }

  @Test func realRastersNeedOneUTMGrid() async throws {
    let folder = try TestFolder()
    let fine = grid(rows: 40, columns: 40, pixel: 5)
    let pixels = [UInt16](repeating: 800, count: 1600)
    try writeRaster(folder.path + "/fine.tif", [pixels, pixels, pixels], grid: fine)
    let day = try #require(UTCTime.parse("2020-02-02T00:00:00Z"))
    await #expect(throws: SimulationError.self) {
      try await repackage(
        RepackagingPlan(views: [folder.path + "/fine.tif"], dates: [day]), into: folder.path + "/out",
        workers: .init(workers: 1))
    }
  }

  /// Corners and codes as genuine products state them.
  @Test(arguments: [
    ("29UNU", 32629, 499_980.0, 5_900_040.0), ("07HFE", 32707, 600_000, 6_500_020),
    ("33XWJ", 32633, 499_980, 8_900_040), ("01WCP", 32601, 300_000, 7_400_040), ("22HBD", 32722, 199_980, 5_900_020),
  ])
  func tilesLieWhereSentinelPutsThem(name: String, epsg: Int, x: Double, y: Double) throws {
    let tile = try #require(MGRSTile(name))
    let origin = try #require(MGRSSquare.origin(of: tile))
    #expect(MGRSSquare.epsg(of: tile) == epsg && origin.x == x && origin.y == y)
    let degrees = try CoordinateTransform.longitudeLatitude([(x + 50_000, y - 50_000)], epsg: epsg)[0]
    #expect(MGRSSquare.tile(epsg: epsg, x: x + 50_000, y: y - 50_000, latitude: degrees.latitude) == tile)
  }
}
