internal import Geometry
internal import Kernels
package import Networks
internal import Raster
private import Synchronization
package import Workers

/// Rate of one 3 x 3 convolution on this thread, for each kernel that this CPU runs.
package func measureKernels(channels: Int = 128, side: Int = 128, rounds: Int = 3) -> [BenchFigures.Kernel] {
  let weights = (0..<(channels * channels * 9)).map { Float(($0 * 37) % 101 - 50) / 5000 }
  let input = FeatureMap(rows: side, columns: side, channels: channels)
  for row in 0..<side {
    for index in 0..<(side * channels) { input.pointer(row, 0)[index] = Float((index * 13 + row) % 17) / 17 }
  }
  let output = FeatureMap(rows: side, columns: side, channels: channels)
  let operations = 2 * 9 * Double(channels * channels * side * side)
  return ConvolutionKernel.available.map { kernel in
    let convolution = Convolution(
      inputs: channels, outputs: channels, weights: weights, bias: [Float](repeating: 0, count: channels),
      kernel: kernel)
    convolution.apply(input, into: output)
    let times = (0..<rounds).map { _ in
      ContinuousClock().measure { convolution.apply(input, into: output, slope: 0.25) }.seconds
    }
    return BenchFigures.Kernel(
      name: kernel.rawValue, channels: channels, side: side, effectiveGflops: operations / median(times) / 1e9)
  }
}

/// Rate of the network on windows of `side` x `side` low-resolution pixels, zero-padded, without a halo.
package func measureNetwork(
  _ model: Model, views: Int = 8, side: Int = 256, rounds: Int = 2, workers: WorkerPool
) async throws -> BenchFigures.Network {
  let size = RasterSize(rows: side, columns: side)
  let bands = model.card.bands.count
  let images = (0..<views).map { view in
    FloatImage(
      bands: bands, size: size,
      pixels: (0..<(bands * size.pixelCount)).map { Float(($0 * 7919 + view * 104_729) % 2003) / 1001 - 1 })
  }
  let operations = model.network.directOperations(views: views) * Double(size.pixelCount)
  let corner = PixelWindow(row: 0, column: 0, rows: min(32, side), columns: min(32, side))
  let small = images.map { $0.cropped(to: corner) }
  _ = model.network.apply(views: small, reference: small[0])
  /// Seconds of each window, and of all.
  func run(_ pool: WorkerPool, windows: Int) async throws -> (each: [Double], all: Double) {
    let each = Mutex<[Double]>([])
    let start = ContinuousClock.now
    try await pool.run(count: windows) { _ in
      let time = ContinuousClock().measure { _ = model.network.apply(views: images, reference: images[0]) }
      each.withLock { $0.append(time.seconds) }
    }
    return (each.withLock { $0 }, (ContinuousClock.now - start).seconds)
  }
  let one = try await run(WorkerPool(workers: 1), windows: 1)
  var every: [Double] = []
  var rates: [Double] = []
  for _ in 0..<rounds {
    let all = try await run(workers, windows: workers.workers)
    every += all.each
    rates.append(operations * Double(workers.workers) / all.all / 1e9)
  }
  return BenchFigures.Network(
    kernel: model.network.kernel.rawValue, views: views, side: side, workers: workers.workers,
    effectiveGflops: median(rates), oneWorkerGflops: operations / one.all / 1e9, seconds: median(every))
}
