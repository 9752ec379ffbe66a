internal import Foundation
internal import GDALAdapter
internal import Geometry
internal import Grouping
package import Networks
internal import Pipeline
internal import Product
internal import Publishing
internal import Simulation
internal import Stacking
internal import Storage
private import Synchronization
package import Workers
internal import Writing

/// Products that the simulator makes, through the whole pipeline into a store; all of it in a folder that is removed.
struct PipelineBench {
  let model: Model
  let workers: WorkerPool
  let folder: String
  let side: Int
  let views: Int

  /// Makes the products.
  func prepare() async throws -> [SimulatedProduct] {
    var plan = SimulationPlan(
      scene: .drawn(RasterSize(rows: side, columns: side)), revisits: views,
      start: UTCTime.parse("2024-05-03T00:00:00Z")!)
    plan.clouds = 0.1
    return try await simulate(plan, into: "\(folder)/products", workers: workers)
  }

  /// Decoding, on this thread: the bands and the classification of one product.
  func decode(_ products: [SimulatedProduct], _ plan: RunPlan) async throws -> BenchFigures.Rate {
    guard let revisit = plan.groups.first?.selection.views.first?.revisit else { preconditionFailure("no usable view") }
    let scratch = try ScratchFolder(in: folder)
    let time = try ContinuousClock().measure {
      _ = try ViewRaster.load(
        parts: revisit.parts, rules: MaskingRules(), scratch: scratch.path, name: "decode")
    }.seconds
    let samples = Double(side * side) * (Double(model.card.bands.count) + 0.25)
    return BenchFigures.Rate(megasamplesPerSecond: samples / time / 1e6, seconds: time)
  }

  /// Writing a Cloud-Optimized GeoTIFF of `side` pixels with noise in it, checks included.
  func encode(side: Int = 2048) throws -> BenchFigures.Rate {
    let grid = GridGeometry(
      epsg: 32631, upperLeftX: 300_000, upperLeftY: 4_800_000, pixelWidth: 5, pixelHeight: 5,
      size: RasterSize(rows: side, columns: side))
    let time = try ContinuousClock().measure {
      let raster = try StreamedRaster(
        scratchPath: "\(folder)/encode.part.tif",
        layout: .superResolved(grid: grid, bands: model.card.bands.map { .init(description: $0) }))
      var state: UInt32 = 1
      for band in model.card.bands.indices {
        for row in stride(from: 0, to: side, by: 512) {
          let counts = (0..<(512 * side)).map { index -> UInt16 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt16(1000 + (index % side + row) % 700) + UInt16(state >> 27)
          }
          try raster.write(counts, band: band, window: PixelWindow(row: row, column: 0, rows: 512, columns: side))
        }
      }
      try raster.finish(as: "\(folder)/encode.tif")
    }.seconds
    let samples = Double(side * side * model.card.bands.count)
    return BenchFigures.Rate(megasamplesPerSecond: samples / time / 1e6, seconds: time)
  }

  /// Products to a published item.
  func run(_ products: [SimulatedProduct], networkSeconds: Double) async throws -> BenchFigures.Pipeline {
    var options = RunOptions()
    options.workers = workers.workers
    let store = try Store(path: "\(folder)/store", collection: options.collection)
    let pipeline = Pipeline(options: options, model: model, store: store, workers: workers, version: "bench")
    let start = ContinuousClock.now
    let plan = try await makePlan(products.map(\.path), options: options, bands: model.card.bands, workers: workers)
    for group in plan.groups { _ = try await pipeline.run(group) }
    return BenchFigures.Pipeline(
      views: views, side: side, seconds: (ContinuousClock.now - start).seconds, networkSeconds: networkSeconds)
  }
}

/// Everything that `supertile bench` measures, in under 20 seconds on two cores.
/// - Parameters:
///   - scratch: folder in which a folder of its own is made, and removed.
///   - progress: called with what is measured next.
/// - Throws: what the stages throw.
package func measureAll(
  _ model: Model, workers: WorkerPool, scratch: String, progress: @escaping @Sendable (String) -> Void
) async throws -> BenchFigures {
  progress("kernels")
  let kernels = try await WorkerPool(workers: 1).run { measureKernels() }
  progress("network")
  let network = try await measureNetwork(model, workers: workers)
  progress("pipeline")
  let folder = try ScratchFolder(in: scratch)
  defer { withExtendedLifetime(folder) {} }
  let bench = PipelineBench(model: model, workers: workers, folder: folder.path, side: 192, views: 8)
  let products = try await bench.prepare()
  let plan = try await makePlan(
    products.map(\.path), options: RunOptions(), bands: model.card.bands, workers: workers)
  let decode = try await bench.decode(products, plan)
  let encode = try await WorkerPool(workers: 1).run { try bench.encode() }
  // The raster is one window of the network, so that one worker computes it.
  let operations = model.network.directOperations(views: bench.views) * Double(bench.side * bench.side)
  let pipeline = try await bench.run(products, networkSeconds: operations / network.oneWorkerGflops / 1e9)
  return BenchFigures(kernels: kernels, network: network, decode: decode, encode: encode, pipeline: pipeline)
}
