internal import Geometry
internal import Networks
internal import Raster
package import Stacking
package import Workers

/// A mosaic that tiles are going to be added to, and how far an earlier job came with it.
package struct BegunMosaic: Sendable {
  package let mosaic: Mosaic
  let plan: TilePlan
  let checkpoints: RowCheckpoints?
  /// Rows of tiles that are not computed again.
  let finishedRows: Int
  /// Values of the rows that the last of them shares with the next one, band after band.
  let shared: [Float]

  /// Super-resolved rows that no tile will be added to any more.
  package var settledRows: Int { plan.settledRows(after: finishedRows - 1) }

  /// - Parameters:
  ///   - coreSide: side of a tile's core, low-resolution pixels.
  ///   - scratch: folder for the mosaic.
  ///   - checkpoints: where finished rows of tiles are remembered; what a job that was cut off left there is not computed
  ///     again. The mosaic lies there then, and not in `scratch`.
  /// - Throws: `StorageError`.
  package init(
    of stack: ViewStack, with method: Method, coreSide: Int = 256, scratch: String, checkpoints: RowCheckpoints? = nil
  ) throws {
    plan = TilePlan(size: stack.size, coreSide: coreSide, halo: method.halo(views: stack.views.count))
    self.checkpoints = checkpoints
    let size = stack.size.scaled(by: 2)
    if let checkpoints {
      mosaic = try Mosaic(size: size, bands: stack.bands, kept: checkpoints.mosaicPath)
      (finishedRows, shared) = try checkpoints.resume(mosaic, plan)
    } else {
      mosaic = try Mosaic(size: size, bands: stack.bands, scratch: "\(scratch)/mosaic.f32")
      (finishedRows, shared) = (0, [])
    }
  }
}

/// Runs a method over a stack, tile by tile on the workers, and blends the tiles into one mosaic.
///
/// The mosaic is within 1e-4 of an untiled run: every tile computes the method's whole receptive field around what it
/// keeps, and neighbours are blended where they overlap. Between tiles the workers decode what the next row of tiles
/// looks at, and finish windows whose rows are settled.
/// - Parameters:
///   - windows: finishes windows of the same mosaic; what is left to finish then is the caller's.
///   - progress: called with the share done, 0 to 1, one call at a time; at first with what was done before.
/// - Throws: `StorageError`, `CancellationError`; `NetworkError` where the network gives what is no number;
///   `UndecodableView`, `GDALError`; what `windows` throws.
package func superResolve(
  _ stack: ViewStack, with method: Method, into begun: BegunMosaic, finishing windows: WindowFinisher? = nil,
  workers: WorkerPool, progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws {
  let (plan, mosaic) = (begun.plan, begun.mosaic)
  let open = OpenRows(
    bands: stack.bands, columns: mosaic.size.columns, from: begun.settledRows, shared: begun.shared)
  let first = begun.finishedRows * plan.tilesPerRow
  let count = plan.tiles.count
  windows?.settle(rowsBefore: begun.settledRows)
  progress(Double(first) / Double(count))
  // A row is flushed and recorded while the workers compute the next one: waiting for the disk takes no processor.
  let records = BackgroundWork()
  try await records.finishing {
    try await workers.run(count: count - first) { index in
      let tile = plan.tiles[first + index]
      try stack.require(rowsBefore: tile.computed.endRow)
      try stack.workAhead(rowsBefore: plan.tiles[min(first + index + plan.tilesPerRow, count - 1)].computed.endRow)
      try windows?.workAhead(beside: count)
      let kept = PixelWindow(
        row: tile.blended.row - tile.computed.row, column: tile.blended.column - tile.computed.column,
        rows: tile.blended.rows, columns: tile.blended.columns)
      let image = method.apply(stack, tile.computed, keeping: kept)
      // Damage that no digest shows must not become pixels that look like pixels.
      if case .network(let model) = method, !image.isFinite {
        throw NetworkError(
          path: model.path,
          reason: "gives values that are no numbers, at 10 m pixels from row \(tile.blended.row), column "
            + "\(tile.blended.column) on; check the model's files and the machine's memory")
      }
      return image
    } commit: { index, image in
      let index = first + index
      let tile = plan.tiles[index]
      open.add(
        image, at: tile.blended.scaled(by: 2), rowWeights: tile.rowWeights, columnWeights: tile.columnWeights)
      if (index + 1) % plan.tilesPerRow == 0 {
        let row = index / plan.tilesPerRow
        let settled = try open.settle(upTo: plan.settledRows(after: row), into: mosaic)
        if let checkpoints = begun.checkpoints {
          try records.add { try checkpoints.record(row, settled, of: mosaic, plan) }
        }
        stack.release()
        windows?.settle(rowsBefore: plan.settledRows(after: row))
      }
      progress(Double(index + 1) / Double(count))
    }
  }
  if case .network(let model) = method { model.network.releaseMaps() }
}

/// The same from the beginning of the mosaic to its end.
package func superResolve(
  _ stack: ViewStack, with method: Method, coreSide: Int = 256, scratch: String, checkpoints: RowCheckpoints? = nil,
  workers: WorkerPool, progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws -> Mosaic {
  let begun = try await workers.run {
    try BegunMosaic(of: stack, with: method, coreSide: coreSide, scratch: scratch, checkpoints: checkpoints)
  }
  try await superResolve(stack, with: method, into: begun, workers: workers, progress: progress)
  return begun.mosaic
}
