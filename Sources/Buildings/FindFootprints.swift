internal import GDALAdapter
internal import Geometry
package import Networks
package import Writing
internal import Raster
internal import Storage
package import Workers

/// Files that building footprints go to. What is nil is not written.
package struct FootprintTargets: Sendable {
  /// GeoJSON.
  package var buildings: String
  /// GeoJSON of the area that was looked at.
  package var observed: String?
  /// A path that does not exist.
  package var flatGeobuf: String?
  /// Cloud optimised GeoTIFF, see `ProbabilityRaster`.
  package var probability: String?

  package init(buildings: String, observed: String? = nil, flatGeobuf: String? = nil, probability: String? = nil) {
    self.buildings = buildings
    self.observed = observed
    self.flatGeobuf = flatGeobuf
    self.probability = probability
  }
}

/// What came of an image.
package struct FootprintResult: Sendable, Codable {
  package var counts: BuildingCounts
  /// m2; nil where it was not written.
  package var observedArea: Double?
}

/// The stage from an image to its building footprints: probabilities, polygons, the area observed.
/// - Parameters:
///   - image: see `BuildingImage`.
///   - search: its `output` is `targets.buildings`.
///   - tileSide: see `SegmentTiles`.
///   - scratch: folder for the probabilities.
///   - progress: called with a step of the work and the share of it that is done.
/// - Throws: `BuildingError`, `GDALError`, `StorageError`, `WritingError`, `CancellationError`.
package func findFootprints(
  in image: String, with model: BuildingModel, _ search: BuildingSearch, targets: FootprintTargets,
  tileSide: Int, scratch: String, compression: COGCompression = .zstd(), workers: WorkerPool,
  progress: @escaping @Sendable (String, Double) -> Void = { _, _ in }
) async throws -> FootprintResult {
  let grid = try await workers.run { try BuildingImage.open(image).grid }
  let raster = try StreamedRaster(
    scratchPath: "\(scratch)/probability.tif",
    layout: ProbabilityRaster.layout(grid: grid, bands: model.card.classes.count))
  try await segment(image, with: model, coreSide: tileSide, into: raster, workers: workers) {
    progress("looking for buildings", $0)
  }
  try await workers.run { try raster.close() }
  let result = try await findFootprints(
    probability: raster.scratchPath, search, targets: targets, workers: workers, progress: progress)
  if let probability = targets.probability {
    try await workers.run {
      try raster.finish(as: probability, compression: compression, threads: workers.workers)
    }
  }
  return result
}

/// The same from probabilities that are there already.
package func findFootprints(
  probability: String, _ search: BuildingSearch, targets: FootprintTargets, workers: WorkerPool,
  progress: @escaping @Sendable (String, Double) -> Void = { _, _ in }
) async throws -> FootprintResult {
  var search = search
  search.output = targets.buildings
  let counts = try await findBuildings(probability, search, workers: workers) { progress("outlining buildings", $0) }
  let (cell, provenance) = (search.cell, search.provenance)
  let observed = try await workers.run { () -> Double? in
    if let flat = targets.flatGeobuf { try FlatGeobuf.write(targets.buildings, to: flat) }
    return try targets.observed.map {
      try ObservedArea.write(probability, cell: cell, provenance: provenance, to: $0)
    }
  }
  return FootprintResult(counts: counts, observedArea: observed)
}

extension InstanceRule {
  /// What a model's card chose, where the operator chose nothing else.
  /// - Parameters:
  ///   - threshold: the seed's moves with it.
  ///   - minArea: m2.
  package init(_ card: BuildingModelCard, threshold: Double? = nil, minArea: Double? = nil) {
    let rule = card.polygons
    let chosen = threshold ?? rule.threshold
    // It stays the same part of the way from the threshold to 1, so that every threshold below 1 has seeds.
    let part = rule.threshold < 1 ? min(max((rule.seed - rule.threshold) / (1 - rule.threshold), 0), 1) : 0
    self.init(
      threshold: chosen, seed: chosen + part * (1 - chosen),
      separationWeight: rule.separationWeight ?? 0,
      minArea: minArea ?? rule.minAreaPixels * card.pixelSize * card.pixelSize)
  }
}
