internal import Buildings
package import Geometry
internal import Grouping
package import Networks
internal import Storage
internal import SuperResolution

/// How many network tiles of what side are computed at the same time, so that a run keeps within the memory it may use:
/// smaller tiles first, then fewer workers.
package struct MemoryPlan: Sendable, Equatable {
  package let workers: Int
  /// Tiles looked at for buildings at the same time.
  package let buildingWorkers: Int
  /// Pixels of the super-resolved image.
  package let buildingTileSide: Int
  /// Low-resolution pixels.
  package let tileSide: Int
  /// The most that the run is expected to hold, bytes.
  package let bytes: Int
  /// What it may hold; nil for no limit.
  package let limit: Int?

  /// The program, the weights, GDAL's cache of blocks and what it compresses.
  private static let shared = 600 << 20
  /// The least that a worker takes: it also opens views and compares them.
  private static let leastOfWorker = 256 << 20
  private static let smallestSide = 64
  /// Larger tiles spend less on their halo, but they are made smaller, down to this side, where a raster would be cut
  /// into few, or where they would fill the machine.
  private static let smallSide = 256
  private static let fewTiles = 16
  private static let shareOfMachine = 0.6

  /// - Parameters:
  ///   - views: of the group, K.
  ///   - buildings: whether buildings are looked for.
  ///   - size: of the raster at 10 m: all columns of the rows that a row of tiles looks at are in memory.
  ///   - machine: its memory, bytes, or what the process's control groups leave of it.
  /// - Throws: `MemoryPlanError` where not even the smallest tile fits.
  package init(
    _ options: RunOptions, views: Int, card: ModelCard, buildings: Bool, size: RasterSize = wholeTile,
    machine: Int = MachineMemory.bytes
  ) throws(MemoryPlanError) {
    limit = options.memory
    func need(_ workers: Int, _ side: Int) -> Int {
      let computed = side + 2 * (TilePlan.defaultMargin + card.halo(views: views))
      let tile =
        options.method == .bicubic
        ? 0
        : HighResNet.workingBytes(views: views, side: computed, bands: card.bands.count, hidden: card.hidden)
      // 16-bit views; the reference frame and, of four times as many pixels, the mosaic in 32 bits; states.
      let pixel = 2 * views * card.bands.count + 4 * card.bands.count + 16 * card.bands.count + 1
      // Between tiles a worker decodes and finishes windows, while its maps wait.
      let window = WindowFinisher.workingBytes(views: views, bands: card.bands.count)
      // Results that wait until it is their turn to be added up (`WorkerPool`).
      let result = 16 * card.bands.count * (side + 2 * TilePlan.defaultMargin) * (side + 2 * TilePlan.defaultMargin)
      return Self.shared + computed * size.columns * pixel
        + workers * max(Self.leastOfWorker, tile + window + 2 * result)
    }
    // Who looks for buildings: with large tiles if all workers can have them, else as many as have room for small ones.
    let share = Int(Self.shareOfMachine * Double(machine))
    let room = (limit ?? share) - Self.shared
    let image = size.scaled(by: card.factor)
    let side = SegmentTiles.side(image, workers: options.workers, memory: room)
    let (worker, strip) = (
      SegmentTiles.workerBytes(side: side), SegmentTiles.stripBytes(side: side, columns: image.columns)
    )
    buildingTileSide = side
    buildingWorkers = limit == nil ? options.workers : max(1, min(options.workers, (room - strip) / worker))
    let least = buildings ? Self.shared + strip + worker : 0
    let forBuildings = buildings ? Self.shared + strip + buildingWorkers * worker : 0
    var largest = options.tileSide
    while largest > Self.smallSide,
      TilePlan.count(size, coreSide: largest) < Self.fewTiles
        || (limit == nil && need(options.workers, largest) > share)
    {
      largest = max(Self.smallSide, largest * 3 / 4)
    }
    let sides = Array(sequence(first: largest) { $0 > Self.smallestSide ? max(Self.smallestSide, $0 * 3 / 4) : nil })
    for workers in stride(from: options.workers, through: 1, by: -1) {
      for side in sides where max(need(workers, side), least) <= limit ?? .max {
        self.workers = workers
        tileSide = side
        bytes = max(need(workers, side), forBuildings)
        return
      }
    }
    let smallest = min(options.tileSide, Self.smallestSide)
    throw MemoryPlanError(limit: limit ?? 0, needed: max(need(1, smallest), least), side: smallest)
  }

  /// Whether a whole tile with as many views as are allowed fits the memory at all.
  /// - Throws: `MemoryPlanError` where it does not.
  package static func check(_ options: RunOptions, card: ModelCard) throws(MemoryPlanError) {
    _ = try MemoryPlan(
      options, views: options.selection.maxViews, card: card, buildings: ShippedModel.looksForBuildings(options))
  }

  /// A Sentinel-2 tile at 10 m.
  package static let wholeTile = RasterSize(rows: 10_980, columns: 10_980)
}

/// A memory limit that is too small for any plan.
package struct MemoryPlanError: Error, Sendable, CustomStringConvertible {
  package let limit: Int
  package let needed: Int
  package let side: Int

  package var description: String {
    "memory is limited to \(MemorySize.text(limit, roundedUp: false)), but a run takes \(MemorySize.text(needed)) even "
      + "with one worker and tiles of \(side) pixels; raise memory"
  }
}
