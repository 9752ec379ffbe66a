internal import Geometry
internal import Networks
internal import Raster
package import Stacking
package import Workers

/// Runs a method over a stack, tile by tile on the workers, and blends the tiles into one mosaic.
///
/// The mosaic is within 1e-4 of an untiled run: every tile computes the method's whole receptive field around what it
/// keeps, and neighbours are blended where they overlap.
/// - Parameters:
///   - coreSide: side of a tile's core, low-resolution pixels.
///   - scratch: folder for the mosaic.
///   - checkpoints: where finished rows of tiles are remembered; what a job that was cut off left there is not computed
///     again. The mosaic lies there then, and not in `scratch`.
///   - progress: called with the share done, 0 to 1, one call at a time; at first with what was done before.
/// - Throws: `StorageError`, `CancellationError`; `NetworkError` where the network gives what is no number.
package func superResolve(
  _ stack: ViewStack, with method: Method, coreSide: Int = 256, scratch: String, checkpoints: RowCheckpoints? = nil,
  workers: WorkerPool, progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws -> Mosaic {
  let plan = TilePlan(size: stack.size, coreSide: coreSide, halo: method.halo(views: stack.views.count))
  let size = stack.size.scaled(by: 2)
  let mosaic: Mosaic
  var (finishedRows, shared): (Int, [Float]) = (0, [])
  if let checkpoints {
    (mosaic, finishedRows, shared) = try await workers.run {
      let mosaic = try Mosaic(size: size, bands: stack.bands, kept: checkpoints.mosaicPath)
      let (finished, shared) = try checkpoints.resume(mosaic, plan)
      return (mosaic, finished, shared)
    }
  } else {
    mosaic = try Mosaic(size: size, bands: stack.bands, scratch: "\(scratch)/mosaic.f32")
  }
  let open = OpenRows(
    bands: stack.bands, columns: size.columns, from: plan.settledRows(after: finishedRows - 1), shared: shared)
  let first = finishedRows * plan.tilesPerRow
  progress(Double(first) / Double(plan.tiles.count))
  // A row is flushed and recorded while the workers compute the next one: waiting for the disk takes no processor.
  let records = BackgroundWork()
  try await records.finishing {
    try await workers.run(count: plan.tiles.count - first) { index in
      let tile = plan.tiles[first + index]
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
        if let checkpoints { try records.add { try checkpoints.record(row, settled, of: mosaic, plan) } }
        stack.release()
      }
      progress(Double(index + 1) / Double(plan.tiles.count))
    }
  }
  if case .network(let model) = method { model.network.releaseMaps() }
  return mosaic
}
