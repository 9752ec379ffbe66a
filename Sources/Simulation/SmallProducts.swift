package import Geometry
internal import Product
internal import Workers

/// Small products for tests: a few dates of one place, quickly made.
package enum SmallProducts {
  /// A plan of small products that others adjust: 120 x 120 pixels, drawn scene.
  package static func plan(
    revisits: Int = 3, size: RasterSize = RasterSize(rows: 120, columns: 120), clouds: Double = 0, seed: UInt64 = 1
  ) -> SimulationPlan {
    var plan = SimulationPlan(
      scene: .drawn(size), revisits: revisits, start: UTCTime.parse("2024-05-03T00:00:00Z")!)
    plan.clouds = clouds
    plan.seed = seed
    return plan
  }

  /// Simulates `plan` into a folder on two workers.
  @discardableResult
  package static func write(_ plan: SimulationPlan = SmallProducts.plan(), into folder: String) async throws
    -> [SimulatedProduct]
  {
    try await simulate(plan, into: folder, workers: WorkerPool(workers: 2))
  }
}
