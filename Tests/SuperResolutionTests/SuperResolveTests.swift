import Foundation
import Geometry
import Networks
import Product
import Raster
import Stacking
import Storage
import SuperResolution
import Synchronization
import TestSupport
import Testing
import Workers

private func model() throws -> Model { try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json") }

@Test(arguments: [1, 3, 8])
func tiledEqualsUntiled(views: Int) async throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 75, columns: 92)
  let stack = try makeStack(views, size, folder)
  let method = Method.network(try model())
  func run(coreSide: Int, workers: Int, _ name: String) async throws -> FloatImage {
    let scratch = try TemporaryFolder()
    let mosaic = try await superResolve(
      stack, with: method, coreSide: coreSide, scratch: scratch.path, workers: WorkerPool(workers: workers))
    return mosaic.image(mosaic.size.window)
  }
  let whole = try await run(coreSide: 1000, workers: 1, "whole")
  let tiled = try await run(coreSide: 24, workers: 1, "tiled")
  let parallel = try await run(coreSide: 24, workers: 3, "parallel")
  let error = zip(whole.pixels, tiled.pixels).map { abs($0 - $1) }.max() ?? 1
  #expect(error < 1e-4)
  #expect(tiled == parallel, "the result must not depend on the number of workers, bit for bit")
}

@Test func finishedWindowsDoNotDependOnTheirSize() async throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 75, columns: 92)
  let stack = try makeStack(2, size, folder)
  let mosaic = try await superResolve(
    stack, with: .bicubic, scratch: folder.path, workers: WorkerPool(workers: 2))
  let projection = BackProjection(rule: .sensor, pointSpread: .sentinel2())
  func run(side: Int) async throws -> [UInt16] {
    let collector = Collector(size.scaled(by: 2))
    try await WindowFinisher(mosaic, stack, with: projection, side: side) { collector.add($0) }
      .finishRest(workers: WorkerPool(workers: 2))
    return collector.counts
  }
  let whole = try await run(side: 1000)
  let cut = try await run(side: 20)
  #expect(zip(whole, cut).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  // Where no view is clear nothing is published, elsewhere every pixel is.
  for row in 0..<size.rows {
    for column in 0..<size.columns {
      let isPublished = whole[2 * row * size.columns * 2 + 2 * column] > 0
      #expect(isPublished == (stack.reference.clearViews(row: row, column: column) > 0))
    }
  }
}

/// What is finished beside the tiles is what is finished behind them.
@Test(arguments: [1, 3])
func windowsAreFinishedWhileTilesAreComputed(workers: Int) async throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 600, columns: 40)
  let stack = try makeStack(2, size, folder)
  let projection = BackProjection(rule: .sensor, pointSpread: .sentinel2())
  let pool = WorkerPool(workers: workers)
  let (behind, beside) = (Collector(size.scaled(by: 2)), Collector(size.scaled(by: 2)))
  let mosaic = try await superResolve(stack, with: .bicubic, coreSide: 24, scratch: folder.path, workers: pool)
  try await WindowFinisher(mosaic, stack, with: projection, side: 40) { behind.add($0) }.finishRest(workers: pool)

  let scratch = try TemporaryFolder()
  let begun = try BegunMosaic(of: stack, with: .bicubic, coreSide: 24, scratch: scratch.path)
  let finished = Mutex(0)
  let windows = WindowFinisher(begun.mosaic, stack, with: projection, side: 40) {
    beside.add($0)
    finished.withLock { $0 += 1 }
  }
  try await superResolve(stack, with: .bicubic, into: begun, finishing: windows, workers: pool)
  // 15 windows, each with a halo of 120 pixels.
  let early = finished.withLock { $0 }
  #expect(early >= 8 && early <= 12)
  try await windows.finishRest(workers: pool)
  #expect(finished.withLock { $0 } == 15)
  let isSame = beside.counts == behind.counts
  #expect(isSame)
}

/// Weights that are numbers, as loading demands, and too large for their sums to be: nothing is published of them.
@Test func aNetworkThatGivesNoNumbersIsAnError() async throws {
  let folder = try TemporaryFolder()
  let damaged = try writeDamagedModel("highresnet-rgb-x2", into: folder.path, bytes: 100_000)
  let stack = try makeStack(2, RasterSize(rows: 50, columns: 50), folder)
  let method = Method.network(try Model.load(damaged))
  let error = await #expect(throws: NetworkError.self) {
    try await superResolve(stack, with: method, scratch: folder.path, workers: WorkerPool(workers: 1))
  }
  #expect(error?.description.contains(damaged) == true)
  #expect(error?.description.contains("no numbers") == true)
}

/// Where the anchor is masked, colours are those of the reference frame, whatever the network makes of them.
@Test func filledPixelsKeepTheColoursOfTheFrame() async throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 96, columns: 96)
  // Of a green that is on no ground, so that the network did not learn from it.
  let wave = WaveScene(finest: 6).image(size)
  let levels: [Float] = [0.2, 2.5, 0.2]
  let scene = FloatImage(
    bands: 3, size: size,
    pixels: wave.pixels.indices.map { levels[$0 / size.pixelCount] + wave.pixels[$0] - 0.15 })
  let anchor = try ViewRaster.make(scene, name: "anchor", scratch: folder.path) { row, column in
    (24..<72).contains(row) && (24..<72).contains(column) ? ViewRaster.masked : nil
  }
  let view = try ViewRaster.make(scene, name: "view", scratch: folder.path)
  let stack = try ViewStack.make([anchor, view], scratch: folder.path)
  let workers = WorkerPool(workers: 2)
  let mosaic = try await superResolve(
    stack, with: .network(try model()), scratch: folder.path, workers: workers)
  let spread = PointSpread.sentinel2()
  func error(_ rule: ConsistencyRule) async throws -> Float {
    let collector = Collector(size.scaled(by: 2))
    try await WindowFinisher(mosaic, stack, with: BackProjection(rule: rule, pointSpread: spread)) { collector.add($0) }
      .finishRest(workers: workers)
    let fine = FloatImage(bands: 1, size: size.scaled(by: 2), pixels: collector.counts.map { Float($0) / 10_000 })
    let seen = SensorView.apply(fine, taps: spread.centredWeights)
    let frame = stack.reference.reflectance(size.window)
    var sums: (inner: Float, all: Float, squares: Float) = (0, 0, 0)
    for row in 24..<72 {
      for column in 24..<72 {
        let difference = seen[0, row, column] - frame[0, row, column]
        sums.all += difference
        sums.squares += difference * difference
        if (32..<64).contains(row) && (32..<64).contains(column) { sums.inner += difference }
      }
    }
    // The certificate says so, beside the contract: here of the first band alone.
    let measured = try await CertificateMeasurement(stack: stack, pointSpread: spread) {
      { window in
        let band = (window.row..<window.endRow).flatMap { row in
          (window.column..<window.endColumn).map { collector.counts[row * 2 * size.columns + $0] }
        }
        return [band, band, band]
      }
    }.measure(bandNames: ["B04", "B03", "B02"], rule: rule, clampedSamples: 0, workers: workers)
    let fill = try #require(measured.fill)
    #expect(fill.comparedPixels == 48 * 48 && measured.comparedPixels == 96 * 96 - 48 * 48)
    let first = try #require(fill.bands.first)
    #expect(first.name == "B04" && abs(Float(first.bias) - sums.all / 2304) < 1e-5)
    #expect(abs(Float(first.rmse) - (sums.squares / 2304).squareRoot()) < 1e-5)
    return abs(sums.inner) / 1024
  }
  let (raw, held) = (try await error(.none), try await error(.sensor))
  #expect(raw > 0.002, "the network is off there: \(raw)")
  #expect(held < 0.0003, "\(held), \(raw) as the network has it")
}
