private import Foundation
internal import GDALAdapter
internal import Geometry
internal import Product
internal import Publishing
internal import Raster
internal import Stacking
internal import SuperResolution
private import Synchronization
internal import Workers

/// Where the rasters of a result go.
struct RasterTargets {
  var superResolved: String
  /// nil: not written.
  var mask: String?
  var views: String?
}

/// Makes the mosaic agree with the anchor, writes it as Cloud-Optimized GeoTIFFs, and measures the certificate on the
/// file that was written.
/// - Parameter side: of the windows that are written, low-resolution pixels (`MemoryPlan.windowSide`).
/// - Throws: `GDALError`, `StorageError`, `PublishingError`, `CancellationError`.
func writeRasters(
  _ mosaic: Mosaic, _ stack: ViewStack, rule: ConsistencyRule, pointSpread: PointSpread, grid: GridGeometry,
  bandNames: [String], compression: COGCompression, targets: RasterTargets, side: Int, scratch: String,
  workers: WorkerPool,
  progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws -> Certificate {
  let image = try StreamedRaster(
    scratchPath: "\(scratch)/sr.tif", layout: .superResolved(grid: grid, bands: bandNames.map(RasterLayout.band)))
  let mask = try targets.mask.map { _ in
    try StreamedRaster(
      scratchPath: "\(scratch)/mask.tif",
      layout: .classes(
        grid: grid, bands: ["origin of the pixel"], noData: nil,
        metadata: Dictionary(uniqueKeysWithValues: PixelOrigin.allCases.map { ("CLASS_\($0.rawValue)", $0.name) })))
  }
  let views = try targets.views.map { _ in
    try StreamedRaster(
      scratchPath: "\(scratch)/views.tif", layout: .classes(grid: grid, bands: ["clear views"], noData: nil))
  }
  let clamped = Mutex(0)
  /// Parts of the time until the windows are written, and until the files are what is published.
  let (windowsShare, filesShare) = (0.5, 0.8)
  try await finish(
    mosaic, stack, with: BackProjection(rule: rule, pointSpread: pointSpread), side: side, workers: workers
  ) { finished in
    for (band, counts) in finished.counts.enumerated() {
      try image.write(counts, band: band, window: finished.window)
    }
    try mask?.write(finished.mask, band: 0, window: finished.window)
    try views?.write(finished.views, band: 0, window: finished.window)
    clamped.withLock { $0 += finished.clampedSamples }
    progress(windowsShare * Double(finished.window.endRow) / Double(grid.size.rows))
  }
  let isCancelled = Mutex(false)
  /// Compressing takes minutes at high levels: it lives, and it can be ended.
  @Sendable func goesOn() -> Bool {
    workers.tick()
    return !isCancelled.withLock { $0 }
  }
  try await withTaskCancellationHandler {
    // The image on one worker, the two small rasters on another.
    try await workers.run(count: 2) { index in
      if index == 1 {
        if let mask, let path = targets.mask { try mask.finish(as: path, compression: compression, goesOn: goesOn) }
        if let views, let path = targets.views { try views.finish(as: path, compression: compression, goesOn: goesOn) }
      } else {
        try image.copy(
          to: targets.superResolved, compression: compression, threads: workers.workers, goesOn: goesOn)
      }
    }
    try await workers.run(count: image.strips) { try image.requireSamePixels(targets.superResolved, strip: $0) }
    try image.discard()
  } onCancel: {
    isCancelled.withLock { $0 = true }
  }
  progress(filesShare)
  return try await CertificateMeasurement(stack: stack, pointSpread: pointSpread) {
    let written = try RasterFile.open(targets.superResolved, drivers: ["GTiff"])
    return { window in try (0..<stack.bands).map { try written.read(UInt16.self, band: $0, window: window) } }
  }.measure(bandNames: bandNames, rule: rule, clampedSamples: clamped.withLock { $0 }, workers: workers)
}

extension RasterLayout {
  /// How a band is described in a file.
  static func band(_ name: String) -> Band {
    switch name {
    case "B04": Band(description: "B04 red", color: .red)
    case "B03": Band(description: "B03 green", color: .green)
    case "B02": Band(description: "B02 blue", color: .blue)
    default: Band(description: name)
    }
  }
}
