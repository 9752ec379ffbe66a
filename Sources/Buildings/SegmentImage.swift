internal import GDALAdapter
internal import Geometry
package import Networks
package import Writing
internal import Raster
internal import SuperResolution
private import Synchronization
package import Workers

/// Writes the probabilities of a network over an image, tile by tile on the workers.
///
/// Every tile computes the network's whole receptive field around what it keeps; tiles begin at multiples of 16 pixels, as
/// the network's branches do, counted from the origin of the coordinate system: what two images show of one place gives
/// the same in both. Neighbours are blended where they overlap. The result is that of the untiled run, on the image
/// continued by its outer rows and columns to multiples of 16. Tiles are summed in order: the result does not depend
/// on the number of workers, bit for bit. Memory holds one row of tiles of the output.
/// - Parameters:
///   - path: see `BuildingImage`.
///   - coreSide: side of a tile's core, pixels.
///   - target: a raster of probabilities on the image's grid; only written to, not finished.
/// - Throws: `GDALError`, `BuildingError`, `NetworkError`, `CancellationError`.
package func segment(
  _ path: String, with model: BuildingModel, coreSide: Int, into target: StreamedRaster, workers: WorkerPool,
  progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws {
  let size = target.layout.grid.size
  let halo = (model.card.halo + HRNet.alignment - 1) / HRNet.alignment * HRNet.alignment
  let plan = TilePlan(size: size, coreSide: coreSide, halo: halo, factor: 1)
  let bands = model.card.classes.count
  defer { model.network.releaseMaps() }
  let strip = Mutex(RowStrip(columns: size.columns, bands: bands))
  try await workers.run(count: plan.tiles.count) { index in
    let tile = plan.tiles[index]
    let image = try BuildingImage.open(path)
    return try probabilities(of: tile, image, model)
  } commit: { index, result in
    let tile = plan.tiles[index]
    try strip.withLock { strip in
      strip.add(result.probabilities, isValid: result.isValid, tile)
      guard (index + 1) % plan.tilesPerRow == 0 else { return }
      let settled = plan.settledRows(after: index / plan.tilesPerRow)
      try strip.takeRows(upTo: settled) { band, window, counts in
        try target.write(counts, band: band, window: window)
      }
    }
    progress(Double(index + 1) / Double(plan.tiles.count))
  }
}

private func probabilities(
  of tile: TilePlan.Tile, _ image: BuildingImage, _ model: BuildingModel
) throws -> (probabilities: FloatImage, isValid: [Bool]) {
  let window = aligned(tile.computed, image.grid)
  let kept = PixelWindow(
    row: tile.blended.row - window.row, column: tile.blended.column - window.column, rows: tile.blended.rows,
    columns: tile.blended.columns)
  let found = model.probabilities(try image.reflectance(window), keeping: kept)
  // Damage that no digest shows must not become probabilities that look like probabilities.
  guard found.isFinite else {
    throw NetworkError(
      path: model.path,
      reason: "gives values that are no numbers, at 5 m pixels from row \(tile.blended.row), column "
        + "\(tile.blended.column) on; check the model's files and the machine's memory")
  }
  return (found, try image.isValid(tile.blended))
}

/// A window grown to multiples of the network's alignment, counted from the origin of the coordinate system; it may reach
/// beyond the image.
private func aligned(_ window: PixelWindow, _ grid: GridGeometry) -> PixelWindow {
  let grain = HRNet.alignment
  func phase(_ coordinate: Double) -> Int {
    let pixels = Int(coordinate.rounded()) % grain
    return pixels < 0 ? pixels + grain : pixels
  }
  func grown(_ start: Int, _ end: Int, _ phase: Int) -> Range<Int> {
    (start + phase) / grain * grain - phase..<(end + phase + grain - 1) / grain * grain - phase
  }
  // Rows run south.
  let rows = grown(window.row, window.endRow, phase(-grid.upperLeftY / grid.pixelHeight))
  let columns = grown(window.column, window.endColumn, phase(grid.upperLeftX / grid.pixelWidth))
  return PixelWindow(row: rows.lowerBound, column: columns.lowerBound, rows: rows.count, columns: columns.count)
}

/// Rows of the output that tiles still add to.
private struct RowStrip {
  private let columns: Int
  private let bands: Int
  /// First row held.
  private var first = 0
  private var rows = 0
  /// Sums, `[band][row][column]` each in an array of its own.
  private var sums: [[Float]]
  private var isValid: [Bool] = []

  init(columns: Int, bands: Int) {
    self.columns = columns
    self.bands = bands
    sums = [[Float]](repeating: [], count: bands)
  }

  mutating func add(_ image: FloatImage, isValid valid: [Bool], _ tile: TilePlan.Tile) {
    let window = tile.blended
    let needed = window.endRow - first
    if needed > rows {
      for band in 0..<bands { sums[band] += [Float](repeating: 0, count: (needed - rows) * columns) }
      isValid += [Bool](repeating: false, count: (needed - rows) * columns)
      rows = needed
    }
    for row in 0..<window.rows {
      let start = (window.row - first + row) * columns + window.column
      for column in 0..<window.columns {
        let weight = tile.rowWeights[row] * tile.columnWeights[column]
        for band in 0..<bands { sums[band][start + column] += weight * image[band, row, column] }
        isValid[start + column] = valid[row * window.columns + column]
      }
    }
  }

  /// Hands over rows that no tile adds to any more, and forgets them.
  mutating func takeRows(upTo end: Int, _ write: (Int, PixelWindow, [UInt16]) throws -> Void) throws {
    let count = end - first
    guard count > 0 else { return }
    let window = PixelWindow(row: first, column: 0, rows: count, columns: columns)
    for band in 0..<bands {
      let counts = (0..<(count * columns)).map { pixel in
        isValid[pixel] ? ProbabilityRaster.count(sums[band][pixel]) : ProbabilityRaster.noData
      }
      try write(band, window, counts)
      sums[band].removeFirst(count * columns)
    }
    isValid.removeFirst(count * columns)
    first = end
    rows -= count
  }
}
