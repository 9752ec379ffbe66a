import Benchmarking
import Foundation
import Networks
import TestSupport
import Testing
import Workers

@Test func theMedianIsTheMiddle() {
  #expect(median([3, 1, 2]) == 2)
  #expect(median([4, 1, 2, 3]) == 2.5)
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

@Test func everyKernelOfThisCPUIsMeasured() {
  let kernels = measureKernels(channels: 16, side: 16, rounds: 1)
  #expect(kernels.first?.name == "openblas" && kernels.allSatisfy { $0.effectiveGflops > 0 })
}

@Test func figuresHaveTheKeysThatScriptsRead() throws {
  let text = """
    {"kernels": [{"name": "f4-avx2", "channels": 128, "side": 128, "effective_gflops": 210}],
     "network": {"kernel": "f4-avx2", "views": 8, "side": 256, "workers": 2, "effective_gflops": 360,
                 "one_worker_gflops": 190, "seconds": 3},
     "decode": {"megasamples_per_second": 4, "seconds": 1}, "encode": {"megasamples_per_second": 10, "seconds": 1},
     "pipeline": {"views": 8, "side": 192, "seconds": 2, "network_seconds": 1}}
    """
  let figures = try JSONDecoder().decode(BenchFigures.self, from: Data(text.utf8))
  #expect(figures.network.effectiveGflops == 360)
  let again = try JSONSerialization.jsonObject(with: JSONEncoder().encode(figures)) as? NSDictionary
  #expect(again == (try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary))
}
