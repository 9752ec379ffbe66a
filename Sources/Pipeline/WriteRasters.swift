private import Foundation
internal import GDALAdapter
internal import Geometry
internal import Product
internal import Raster
internal import Stacking
internal import SuperResolution
private import Synchronization
internal import Workers
internal import Writing

/// Where the rasters of a result go.
struct RasterTargets {
  var superResolved: String
  /// nil: not written.
  var mask: String?
  var views: String?
}

/// The rasters of a result while they are written: windows in any order, then Cloud-Optimized GeoTIFFs of them.
final class RasterWriter: Sendable {
  private let image: StreamedRaster
  private let mask: StreamedRaster?
  private let views: StreamedRaster?
  private let targets: RasterTargets
  private let bandNames: [String]
  private let clamped = Mutex(0)
  private let extent: Mutex<DataExtent>

  /// - Parameter metadata: of every file.
  /// - Throws: `GDALError`.
  init(
    grid: GridGeometry, bandNames: [String], targets: RasterTargets, metadata: [String: String] = [:], scratch: String
  ) throws {
    (self.targets, self.bandNames) = (targets, bandNames)
    extent = Mutex(DataExtent(grid: grid))
    image = try StreamedRaster(
      scratchPath: "\(scratch)/sr.tif",
      layout: .superResolved(grid: grid, bands: bandNames.map(RasterLayout.band), metadata: metadata))
    mask = try targets.mask.map { _ in
      try StreamedRaster(
        scratchPath: "\(scratch)/mask.tif",
        layout: .classes(
          grid: grid, bands: ["origin of the pixel"], noData: nil,
          metadata: Dictionary(uniqueKeysWithValues: PixelOrigin.allCases.map { ("CLASS_\($0.rawValue)", $0.name) })
            .merging(metadata) { own, _ in own }))
    }
    views = try targets.views.map { _ in
      try StreamedRaster(
        scratchPath: "\(scratch)/views.tif",
        layout: .classes(grid: grid, bands: ["clear views"], noData: nil, metadata: metadata))
    }
  }

  /// Takes a window; from any thread.
  /// - Throws: `GDALError`.
  func write(_ finished: FinishedWindow) throws {
    for (band, counts) in finished.counts.enumerated() {
      try image.write(counts, band: band, window: finished.window)
    }
    try mask?.write(finished.mask, band: 0, window: finished.window)
    try views?.write(finished.views, band: 0, window: finished.window)
    clamped.withLock { $0 += finished.clampedSamples }
    extent.withLock { $0.add(finished.window) { finished.mask[$0] != PixelOrigin.noData.rawValue } }
  }

  /// Convex outline of what any view saw, open, in the coordinates of the grid.
  var outline: [PlanarPoint] { extent.withLock { $0 }.outline }

  /// Writes the files, and measures the certificate on what was written.
  /// - Parameter progress: called with the share that is done, 0 to 1.
  /// - Throws: `GDALError`, `StorageError`, `WritingError`, `CancellationError`.
  func complete(
    _ stack: ViewStack, rule: ConsistencyRule, pointSpread: PointSpread, compression: COGCompression,
    workers: WorkerPool, progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) async throws -> Certificate {
    let isCancelled = Mutex(false)
    /// Compressing takes minutes at high levels: it lives, and it can be ended.
    @Sendable func goesOn() -> Bool {
      workers.tick()
      return !isCancelled.withLock { $0 }
    }
    try await withTaskCancellationHandler {
      // The image on one worker, the two small rasters on another.
      try await workers.run(count: 2) { [self] index in
        if index == 1 {
          if let mask, let path = targets.mask { try mask.finish(as: path, compression: compression, goesOn: goesOn) }
          if let views, let path = targets.views {
            try views.finish(as: path, compression: compression, goesOn: goesOn)
          }
        } else {
          try image.copy(
            to: targets.superResolved, compression: compression, threads: workers.workers, goesOn: goesOn)
        }
      }
      try await workers.run(count: image.strips) { [self] in
        try image.requireSamePixels(targets.superResolved, strip: $0)
      }
      try image.discard()
    } onCancel: {
      isCancelled.withLock { $0 = true }
    }
    progress(Self.filesShare)
    let path = targets.superResolved
    return try await CertificateMeasurement(stack: stack, pointSpread: pointSpread) {
      let written = try RasterFile.open(path, drivers: ["GTiff"])
      return { window in try (0..<stack.bands).map { try written.read(UInt16.self, band: $0, window: window) } }
    }.measure(bandNames: bandNames, rule: rule, clampedSamples: clamped.withLock { $0 }, workers: workers)
  }

  /// Part of the time until the files are what is published.
  private static let filesShare = 0.6
}

/// Super-resolves a stack, blends the tiles, makes the mosaic agree with the anchor, and writes it: each row of tiles is
/// finished and written while the next ones are computed and what they look at is decoded.
/// - Throws: what the stages throw.
func superResolveAndWrite(
  _ stack: ViewStack, with method: Method, into begun: BegunMosaic, rule: ConsistencyRule, pointSpread: PointSpread,
  writer: RasterWriter, compression: COGCompression, workers: WorkerPool,
  progress: @escaping @Sendable (String, Double) -> Void
) async throws -> Certificate {
  let windows = WindowFinisher(
    begun.mosaic, stack, with: BackProjection(rule: rule, pointSpread: pointSpread)
  ) { try writer.write($0) }
  try await superResolve(stack, with: method, into: begun, finishing: windows, workers: workers) {
    progress("super-resolving", $0)
  }
  progress("writing", 0)
  try await windows.finishRest(workers: workers) { progress("writing", restShare * $0) }
  return try await writer.complete(
    stack, rule: rule, pointSpread: pointSpread, compression: compression, workers: workers
  ) { progress("writing", restShare + (1 - restShare) * $0) }
}

/// Part of the time that the last windows take of what is done behind the network.
private let restShare = 0.2

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
