internal import Geometry
internal import Raster
package import Stacking
package import Workers

/// Runs a method over a stack, tile by tile on the workers, and blends the tiles into one mosaic.
///
/// The mosaic is within 1e-4 of an untiled run: every tile computes the method's whole receptive field around what it
/// keeps, and neighbours are blended where they overlap.
/// - Parameters:
///   - coreSide: side of a tile's core, low-resolution pixels.
///   - checkpoint: where finished rows of tiles are kept, and found where an earlier run of the same was cut short.
///   - progress: called with the share done, 0 to 1, one call at a time.
/// - Throws: `StorageError`, `CancellationError`.
package func superResolve(
  _ stack: ViewStack, with method: Method, coreSide: Int = 256, scratch: String, workers: WorkerPool,
  checkpoint: MosaicCheckpoint? = nil, progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws -> Mosaic {
  let plan = TilePlan(size: stack.size, coreSide: coreSide, halo: method.halo(views: stack.views.count))
  let mosaic = try Mosaic(size: stack.size.scaled(by: 2), bands: stack.bands, scratch: "\(scratch)/mosaic.f32")
  let finished = try await workers.run { try checkpoint?.restore(into: mosaic, plan) ?? 0 }
  let first = finished * plan.columns
  try await workers.run(count: plan.tiles.count - first) { index in
    let tile = plan.tiles[first + index]
    let fine = method.apply(stack, tile.computed)
    let kept = PixelWindow(
      row: tile.blended.row - tile.computed.row, column: tile.blended.column - tile.computed.column,
      rows: tile.blended.rows, columns: tile.blended.columns)
    return fine.cropped(to: kept.scaled(by: 2))
  } commit: { index, image in
    let done = first + index + 1
    let tile = plan.tiles[done - 1]
    mosaic.add(
      image, at: tile.blended.scaled(by: 2), rowWeights: tile.rowWeights, columnWeights: tile.columnWeights)
    if done % plan.columns == 0 { try checkpoint?.save(row: done / plan.columns - 1, of: mosaic, plan) }
    progress(Double(done) / Double(plan.tiles.count))
  }
  return mosaic
}
