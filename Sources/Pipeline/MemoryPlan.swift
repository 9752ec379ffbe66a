package import Networks
internal import SuperResolution

/// How many network tiles of what side are computed at the same time, so that a run keeps within the memory it may use:
/// smaller tiles first, then fewer workers.
package struct MemoryPlan: Sendable, Equatable {
  package let workers: Int
  /// Low-resolution pixels.
  package let tileSide: Int
  /// The most that the run is expected to hold, bytes.
  package let bytes: Int
  /// What it may hold; nil for no limit.
  package let limit: Int?

  /// Beside the workers: GDAL's cache of blocks, its copies of what it compresses, the weights, mapped rows of all views
  /// and of the mosaic.
  private static let shared = 900 << 20
  /// Of each worker outside the network: decoding a view, windows of the back-projection.
  private static let leastOfWorker = 400 << 20
  private static let smallestSide = 64

  /// - Parameter views: of the group, K.
  /// - Throws: `MemoryPlanError` where not even the smallest tile fits.
  package init(_ options: RunOptions, views: Int, card: ModelCard) throws(MemoryPlanError) {
    limit = options.memory
    let network = options.method == .highresnet
    func need(_ workers: Int, _ side: Int) -> Int {
      let computed = side + 2 * (TilePlan.defaultMargin + card.halo(views: views))
      let tile =
        network
        ? HighResNet.workingBytes(views: views, side: computed, bands: card.bands.count, hidden: card.hidden) : 0
      return Self.shared + workers * max(Self.leastOfWorker, tile)
    }
    let sides = sequence(first: options.tileSide) { $0 > Self.smallestSide ? max(Self.smallestSide, $0 * 3 / 4) : nil }
    for workers in stride(from: options.workers, through: 1, by: -1) {
      for side in Array(sides) where need(workers, side) <= limit ?? .max {
        self.workers = workers
        tileSide = side
        bytes = need(workers, side)
        return
      }
    }
    let side = min(options.tileSide, Self.smallestSide)
    throw MemoryPlanError(limit: limit ?? 0, needed: need(1, side), side: side)
  }
}

/// A memory limit that is too small for any plan.
package struct MemoryPlanError: Error, Sendable, CustomStringConvertible {
  package let limit: Int
  package let needed: Int
  package let side: Int

  package var description: String {
    "memory is limited to \(MemorySize.text(limit)), but one tile of \(side) pixels takes \(MemorySize.text(needed)); "
      + "raise memory, or use fewer views"
  }
}
