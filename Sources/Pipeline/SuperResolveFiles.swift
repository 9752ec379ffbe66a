private import Foundation
internal import GDALAdapter
internal import Geometry
internal import Grouping
package import Networks
package import Product
internal import Raster
internal import Stacking
internal import Storage
internal import SuperResolution
private import Synchronization
package import Workers

/// Plain rasters to super-resolve: reflectance x 10000 on one grid, bands in the order of the model's.
package struct FileStack: Sendable {
  package var views: [String]
  /// None, or one a view: 0 = clear, anything else = masked.
  package var masks: [String]
  /// Counted from 0; nil for the clearest view, the first of equals.
  package var anchor: Int?

  package init(views: [String], masks: [String], anchor: Int?) {
    self.views = views
    self.masks = masks
    self.anchor = anchor
  }
}

/// Result of `superResolveFiles`.
package struct FileStackResult: Sendable {
  package var anchor: Int
  package var certificate: Certificate
  package var used: [StackedView]
  package var leftOut: [StackedView]
  /// Views that were not looked at, since there are clearer ones enough.
  package var surplus: [String]
}

/// Does for plain rasters what the pipeline does for products: stack, super-resolve, blend, write.
/// - Throws: `GDALError`, `StorageError`, `StackingError`, `WritingError`, `CancellationError`.
package func superResolveFiles(
  _ files: FileStack, output: String, options: RunOptions, model: Model, workers: WorkerPool,
  progress: @escaping @Sendable (String, Double) -> Void = { _, _ in }
) async throws -> FileStackResult {
  guard files.masks.isEmpty || files.masks.count == files.views.count else {
    throw StackingError("\(files.masks.count) masks for \(files.views.count) views: give one mask a view, or none")
  }
  guard !files.views.isEmpty else { throw StackingError("no view was given") }
  if let anchor = files.anchor, !files.views.indices.contains(anchor) {
    throw StackingError("anchor \(anchor) does not exist: the \(files.views.count) views are counted from 0")
  }
  guard !output.isEmpty else { throw StackingError("the output has no name") }
  let target = OutputFile.resolved(output)
  try OutputFile.check(target, inputs: files.views + files.masks)
  let source = try await workers.run { try commonGrid(files) }
  let memory = try MemoryPlan(
    options, views: min(files.views.count, options.selection.maxViews), card: model.card, buildings: false,
    size: source.size)
  let workers = workers.limited(to: memory.workers)
  let scratch = try ScratchFolder(
    in: options.scratch ?? FileManager.default.temporaryDirectory.path)
  defer { withExtendedLifetime(scratch) {} }
  let bands = model.card.bands.count
  let views = try await loadViews(files, bands: bands, scratch: scratch.path, workers: workers, progress: progress)
  // The anchor first, then clearest first, the earlier of equals.
  let clear = try await workers.run { views.map { $0.clearPixels() } }
  let byClearness = views.indices.sorted { (clear[$1], $0) < (clear[$0], $1) }
  var order = (files.anchor.map { [$0] } ?? []) + byClearness.filter { $0 != files.anchor }
  var outliers: [(name: String, fault: String)] = []
  let built = try await {
    while true {
      do { return try await stack(order) } catch let error as StackingError {
        // Where the clearest view shows nothing, none does.
        guard let fault = error.anchorFault, files.anchor == nil, clear[order[0]] > 0 else { throw error }
        outliers.append((files.views[order[0]], fault))
        order.removeFirst()
      }
    }
  }()
  func stack(_ order: [Int]) async throws -> BuiltStack {
    try await buildStack(
      names: order.map { files.views[$0] }, wanted: options.selection.maxViews, keepsAnchor: files.anchor != nil,
      maxShift: options.maxShift, filling: model.card.normalisation.mean, scratch: scratch.path, workers: workers,
      open: { LoadedView(views[order[$0]]) })
  }
  let method: Method = options.method == .bicubic ? .bicubic : .network(model)
  let begun = try await workers.run {
    try BegunMosaic(of: built.stack, with: method, coreSide: memory.tileSide, scratch: scratch.path)
  }
  // Written beside its place, on the same file system, and renamed when it is whole.
  let temporary = "\(target).\(getpid()).part"
  defer { try? Folder.remove(temporary) }
  let writer = try RasterWriter(
    grid: source.refined(by: model.card.factor), bandNames: model.card.bands,
    targets: RasterTargets(superResolved: temporary), scratch: scratch.path)
  let certificate = try await superResolveAndWrite(
    built.stack, with: method, into: begun, rule: options.consistency,
    pointSpread: PointSpread(mtfAtNyquist: model.card.sensorModel.mtfAtNyquist, factor: model.card.factor),
    writer: writer, compression: options.cogCompression, workers: workers,
    progress: progress)
  try OutputFile.replace(target, with: temporary)
  return FileStackResult(
    anchor: order[0], certificate: certificate, used: built.used,
    leftOut: built.leftOut
      + outliers.enumerated().map { StackedView(index: order.count + $0, name: $1.name, reason: $1.fault) },
    surplus: order.dropFirst(built.tried).map { files.views[$0] })
}

private func loadViews(
  _ files: FileStack, bands: Int, scratch: String, workers: WorkerPool,
  progress: @escaping @Sendable (String, Double) -> Void
) async throws -> [ViewRaster] {
  let loaded = Mutex<[ViewRaster]>([])
  try await workers.run(count: files.views.count) { index in
    try ViewRaster.load(
      raster: files.views[index], mask: files.masks.isEmpty ? nil : files.masks[index], bands: bands,
      scratch: scratch, name: "view\(index)")
  } commit: { index, view in
    loaded.withLock { $0.append(view) }
    progress("reading", Double(index + 1) / Double(files.views.count))
  }
  return loaded.withLock { $0 }
}

/// The grid that views and masks share: that of the first view that says where it lies.
/// - Throws: `StackingError` where one lies elsewhere, is rotated, or has a coordinate system without an EPSG code.
private func commonGrid(_ files: FileStack) throws -> GridGeometry {
  let grids = try files.views.map { try sourceGrid($0) }
  let first =
    grids.firstIndex { $0.epsg != GridGeometry.unknownSystem } ?? grids.firstIndex { !$0.isUnplaced } ?? 0
  for (path, grid) in try zip(files.views, grids) + files.masks.map({ ($0, try sourceGrid($0)) })
  where !grid.liesLike(grids[first]) {
    throw StackingError(
      "\(path): lies at \(grid.description), \(files.views[first]) at \(grids[first].description); views and masks must "
        + "lie on one grid")
  }
  return grids[first]
}

/// The grid of a raster; a plain image of unit pixels where it has no georeference.
private func sourceGrid(_ path: String) throws -> GridGeometry {
  let file = try RasterFile.openPlaced(path)
  do throws(PlacementError) { return try file.place() ?? .unplaced(file.size) } catch {
    throw StackingError("\(path): \(error)")
  }
}
