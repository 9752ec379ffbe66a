package import Product
internal import Grouping
private import Foundation
internal import GDALAdapter
internal import Geometry
package import Networks
internal import Publishing
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
}

/// Does for plain rasters what the pipeline does for products: stack, super-resolve, blend, write.
/// - Throws: `GDALError`, `StorageError`, `StackingError`, `PublishingError`, `CancellationError`.
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
  let target = Folder.absolute(output)
  guard Folder.isFolder(Folder.parent(of: target)), !Folder.isFolder(target) else {
    throw StackingError("\(output): cannot be written: no such folder, or a folder itself")
  }
  let scratch = try ScratchFolder(
    in: options.scratch ?? FileManager.default.temporaryDirectory.path, purpose: "supertile-sr-\(getuid())")
  defer { withExtendedLifetime(scratch) {} }
  let bands = model.card.bands.count
  let views = try await loadViews(files, bands: bands, scratch: scratch.path, workers: workers, progress: progress)
  // The anchor first, then clearest first, the earlier of equals.
  let byClearness = views.indices.sorted {
    (views[$1].coverage().clear, $0) < (views[$0].coverage().clear, $1)
  }
  let anchor = files.anchor ?? byClearness[0]
  let chosen = [anchor] + byClearness.filter { $0 != anchor }.prefix(options.selection.maxViews - 1)
  let built = try await buildStack(
    count: chosen.count, names: chosen.map { files.views[$0] }, maxShift: options.maxShift,
    filling: model.card.normalisation.mean, scratch: scratch.path, workers: workers,
    load: { views[chosen[$0]] })
  let method: Method = options.method == .bicubic ? .bicubic : .network(model)
  let mosaic = try await superResolve(
    built.stack, with: method, coreSide: options.tileSide, scratch: scratch.path, workers: workers
  ) { progress("super-resolving", $0) }
  progress("writing", 1)
  let source = try await workers.run { try sourceGrid(files.views[anchor]) }
  // Written beside its place, on the same file system, and renamed when it is whole.
  let temporary = "\(target).\(getpid()).part"
  defer { try? Folder.remove(temporary) }
  let certificate = try await writeRasters(
    mosaic, built.stack, rule: options.consistency,
    pointSpread: PointSpread(mtfAtNyquist: model.card.sensorModel.mtfAtNyquist, factor: model.card.factor),
    grid: source.refined(by: model.card.factor), bandNames: model.card.bands,
    compression: options.compression == .zstd ? .zstd() : .deflate(),
    targets: RasterTargets(superResolved: temporary), scratch: scratch.path, workers: workers)
  try DurableFile.move(temporary, to: target)
  return FileStackResult(anchor: anchor, certificate: certificate, used: built.used, leftOut: built.leftOut)
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

/// The grid of a raster. Without a coordinate system of its own it is a plain image of unit pixels.
private func sourceGrid(_ path: String) throws(GDALError) -> GridGeometry {
  let file = try RasterFile.open(path)
  if let grid = file.grid { return grid }
  let transform = file.geoTransform ?? [0, 1, 0, 0, 0, -1]
  let isNorthUp = transform[2] == 0 && transform[4] == 0 && transform[1] > 0 && transform[5] < 0
  return GridGeometry(
    epsg: GridGeometry.unknownSystem, upperLeftX: isNorthUp ? transform[0] : 0,
    upperLeftY: isNorthUp ? transform[3] : 0,
    pixelWidth: isNorthUp ? transform[1] : 1, pixelHeight: isNorthUp ? -transform[5] : 1, size: file.size)
}
