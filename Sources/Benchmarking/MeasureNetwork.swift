internal import Geometry
internal import Kernels
package import Networks
internal import Raster
private import Synchronization
package import Workers

/// Names of the kernels that this CPU runs.
package func kernelNames() -> [String] { ConvolutionKernel.available.map(\.rawValue) }

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
      name: kernel.rawValue, channels: channels, side: side, effectiveGflops: operations / median(of: times) / 1e9)
  }
}

/// Rate of the network on windows of `side` x `side` low-resolution pixels with the halo that a tile has around them.
package func measureNetwork(
  _ model: Model, views: Int = 8, side: Int = 256, rounds: Int = 2, workers: WorkerPool
) async throws -> BenchFigures.Network {
  let halo = model.card.receptiveField(views: views)
  let kept = PixelWindow(row: halo, column: halo, rows: side, columns: side)
  let size = RasterSize(rows: side + 2 * halo, columns: side + 2 * halo)
  let bands = model.card.bands.count
  let images = (0..<views).map { view in
    FloatImage(
      bands: bands, size: size,
      pixels: (0..<(bands * size.pixelCount)).map { Float(($0 * 7919 + view * 104_729) % 2003) / 1001 - 1 })
  }
  let window = NetworkWindow(network: model.network, views: images, reference: images[0], kept: kept)
  let operations = model.network.directOperations(views: views) * Double(kept.pixelCount)
  _ = try await window.round(workers)  // brings the memory in
  let one = try await window.round(workers.limited(to: 1))
  var every: [Double] = []
  var rates: [Double] = []
  for _ in 0..<rounds {
    let all = try await window.round(workers)
    every += all.each
    rates.append(operations * Double(workers.workers) / all.all / 1e9)
  }
  return BenchFigures.Network(
    kernel: model.network.kernel.rawValue, views: views, side: side, workers: workers.workers,
    effectiveGflops: median(of: rates), oneWorkerGflops: operations / one.all / 1e9,
    fmaPeakGflops: try await measureFMAPeak(workers), seconds: median(of: every))
}

/// Multiply-adds a second on all workers at the same time, 1e9.
package func measureFMAPeak(_ workers: WorkerPool, seconds: Double = 0.4) async throws -> Double {
  let rates = Mutex<[Double]>([])
  try await workers.run(count: workers.workers) { _ in
    let rate = FMAPeak.measure(seconds: seconds)
    rates.withLock { $0.append(rate) }
  }
  return rates.withLock { $0.reduce(0, +) } / 1e9
}

/// A window that the network is run on.
struct NetworkWindow: Sendable {
  let network: HighResNet
  let views: [FloatImage]
  let reference: FloatImage
  let kept: PixelWindow

  func apply() -> FloatImage { network.apply(views: views, reference: reference, keeping: kept) }

  /// Every worker computes the window once.
  /// - Returns: seconds of each, and of all.
  func round(_ workers: WorkerPool) async throws -> (each: [Double], all: Double) {
    let each = Mutex<[Double]>([])
    let start = ContinuousClock.now
    try await workers.run(count: workers.workers) { _ in
      let time = ContinuousClock().measure { _ = apply() }
      each.withLock { $0.append(time.seconds) }
    }
    return (each.withLock { $0 }, (ContinuousClock.now - start).seconds)
  }
}
