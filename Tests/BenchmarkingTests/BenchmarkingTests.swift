import Benchmarking
import Foundation
import Geometry
import Networks
import Raster
import TestSupport
import Testing
import Workers

@Test func theMedianIsTheMiddle() {
  #expect(median(of: [3.0, 1, 2]) == 2)
  #expect(median(of: [4.0, 1, 2, 3]) == 2.5)
}

/// Rates are those of the work that was done in the time that is told.
@Test func theNetworkIsMeasuredOnAllWorkers() async throws {
  let model = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json")
  let figures = try await measureNetwork(model, views: 2, side: 24, rounds: 1, workers: WorkerPool(workers: 2))
  #expect(figures.workers == 2 && figures.views == 2 && figures.side == 24)
  #expect(figures.effectiveGflops > 0 && figures.oneWorkerGflops > 0)
  let operations = model.network.directOperations(views: 2) * 24 * 24
  // Two windows take at least as long as one of them, so the rate is at most twice what one window's time gives.
  #expect(figures.effectiveGflops <= 2.001 * operations / figures.seconds / 1e9)
  // The published count of the network: 187,776 multiplications a view, 368,640 a fusion, 37,632 to decode.
  #expect(model.network.directOperations(views: 8) == 2 * (8 * 187_776 + 7 * 368_640 + 37_632))
}

/// A stack in a file gives the middle of what the network gives.
@Test func aStackInAFileIsMeasured() async throws {
  let model = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json")
  let folder = try TemporaryFolder()
  var generator = SeededGenerator(8)
  let (rows, columns) = (24, 27)
  let count = 3 * rows * columns
  let values = generator.floats(3 * count)
  let header = """
    {"views": {"dtype": "F32", "shape": [2, 3, \(rows), \(columns)], "data_offsets": [0, \(8 * count)]}, \
    "reference": {"dtype": "F32", "shape": [3, \(rows), \(columns)], "data_offsets": [\(8 * count), \(12 * count)]}}
    """
  var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
  values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  let (input, output) = (folder.path + "/stack.safetensors", folder.path + "/out.f32")
  try bytes.write(to: URL(fileURLWithPath: input))
  let figures = try await measureStack(
    input, output: output, rounds: 2, model: model, workers: WorkerPool(workers: 2))
  #expect(figures.roundSeconds.count == 2 && figures.windowsPerRound == 2 && figures.fmaPeakGflops > 0)
  let size = RasterSize(rows: rows, columns: columns)
  let images = (0..<3).map {
    FloatImage(bands: 3, size: size, pixels: Array(values[($0 * count)..<(($0 + 1) * count)]))
  }
  let halo = model.card.receptiveField(views: 2)
  let kept = PixelWindow(row: halo, column: halo, rows: rows - 2 * halo, columns: columns - 2 * halo)
  let expected = model.network.apply(views: Array(images.prefix(2)), reference: images[2], keeping: kept)
  #expect(try Data(contentsOf: URL(fileURLWithPath: output)) == expected.pixels.withUnsafeBytes { Data($0) })
  let error = await #expect(throws: NetworkError.self) {
    try await measureStack(output, output: nil, rounds: 1, model: model, workers: WorkerPool(workers: 1))
  }
  #expect(error?.path == output)
}

@Test func everyKernelOfThisCPUIsMeasured() {
  let kernels = measureKernels(channels: 16, side: 16, rounds: 1)
  #expect(kernels.first?.name == "openblas" && kernels.allSatisfy { $0.effectiveGflops > 0 })
}

@Test func figuresHaveTheKeysThatScriptsRead() throws {
  let text = """
    {"kernels": [{"name": "f4-avx2", "channels": 128, "side": 128, "effective_gflops": 210}],
     "network": {"kernel": "f4-avx2", "views": 8, "side": 256, "workers": 2, "effective_gflops": 360,
                 "one_worker_gflops": 190, "fma_peak_gflops": 200, "seconds": 3},
     "decode": {"megasamples_per_second": 4, "seconds": 1}, "encode": {"megasamples_per_second": 10, "seconds": 1},
     "pipeline": {"views": 8, "side": 192, "seconds": 2, "network_seconds": 1}}
    """
  let figures = try JSONDecoder().decode(BenchFigures.self, from: Data(text.utf8))
  #expect(figures.network.effectiveGflops == 360)
  let again = try JSONSerialization.jsonObject(with: JSONEncoder().encode(figures)) as? NSDictionary
  #expect(again == (try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary))
}
