package import Buildings
private import Foundation
internal import GDALAdapter
internal import Geometry
package import Networks
internal import Stacking
internal import Storage
package import Workers

/// Buildings to be found in a plain raster.
package struct FootprintRequest: Sendable {
  /// Red, green, blue; or probabilities that an earlier search has written.
  package var image: String
  package var isProbability: Bool
  /// Files to write; each is replaced where it exists.
  package var targets: FootprintTargets
  package var rule: InstanceRule
  /// GeoJSON of an earlier search: names of unmoved buildings are kept.
  package var previous: String?
  /// Folder for scratch files; nil for the system's.
  package var scratch: String?

  package init(
    image: String, isProbability: Bool = false, targets: FootprintTargets, rule: InstanceRule, previous: String? = nil,
    scratch: String? = nil
  ) {
    self.image = image
    self.isProbability = isProbability
    self.targets = targets
    self.rule = rule
    self.previous = previous
    self.scratch = scratch
  }
}

/// Does for a plain raster what the pipeline does for an item: finds its buildings. Every file appears as a whole, none
/// where the search fails.
/// - Throws: `BuildingError`, `GDALError`, `StorageError`, `StackingError`, `WritingError`, `CancellationError`.
package func footprints(
  _ request: FootprintRequest, model: BuildingModel, workers: WorkerPool,
  progress: @escaping @Sendable (String, Double) -> Void = { _, _ in }
) async throws -> FootprintResult {
  var targets = request.targets
  let inputs = [request.image] + (request.previous.map { [$0] } ?? [])
  var places: [(temporary: String, final: String)] = []
  func place(_ output: String, ending: String = "") throws -> String {
    guard !output.isEmpty else { throw StackingError("an output has no name") }
    let final = OutputFile.resolved(output)
    // Names of the previous search may be kept in its own file: the buildings come first.
    let isOwn = places.isEmpty
    try OutputFile.check(final, inputs: isOwn ? [request.image] : inputs)
    guard !places.contains(where: { $0.final == final }) else { throw StackingError("\(output): is written twice") }
    places.append(("\(final).\(getpid()).part\(ending)", final))
    return places[places.count - 1].temporary
  }
  targets.buildings = try place(targets.buildings)
  targets.observed = try targets.observed.map { try place($0) }
  // GDAL's driver makes a folder of what does not end so, whatever the file is called in the end.
  targets.flatGeobuf = try targets.flatGeobuf.map { try place($0, ending: ".fgb") }
  targets.probability = try targets.probability.map { try place($0) }
  defer { for place in places { try? Folder.remove(place.temporary) } }
  for input in inputs where !Folder.exists(input) { throw StackingError("\(input): there is no such file") }
  for place in places { try Folder.remove(place.temporary) }
  let scratch = try ScratchFolder(in: request.scratch ?? FileManager.default.temporaryDirectory.path)
  defer { withExtendedLifetime(scratch) {} }
  let grid = try await workers.run {
    request.isProbability
      ? try BuildingImage.grid(of: ProbabilityRaster.open(request.image).file, request.image)
      : try BuildingImage.open(request.image).grid
  }
  let names = try await workers.run { try namePlace(of: grid, previous: request.previous) }
  let side = SegmentTiles.side(
    grid.size, workers: workers.workers, memory: MachineMemory.bytes / 2)
  let search = BuildingSearch(
    rule: request.rule, provenance: Provenance(model: "\(model.card.name) \(model.card.version)"),
    place: names, previous: request.previous.map { [$0] } ?? [],
    output: targets.buildings)
  let result =
    request.isProbability
    ? try await findFootprints(
      probability: request.image, search, targets: targets, workers: workers, progress: progress)
    : try await findFootprints(
      in: request.image, with: model, search, targets: targets, tileSide: side, scratch: scratch.path, workers: workers,
      progress: progress)
  for place in places { try OutputFile.replace(place.final, with: place.temporary) }
  return result
}

/// What names of buildings begin with: the place of the earlier search, `31TCJ` for that of an item, so that its names are
/// kept; else the zone, `UTM31N`.
/// - Throws: `GDALError` where the earlier search cannot be read: what the store holds is taken as far as it can be read,
///   what somebody names is meant; `StackingError` where its names are of another zone, or none.
private func namePlace(of grid: GridGeometry, previous: String?) throws -> String {
  let zone = grid.epsg % 100
  let own = "UTM\(zone)\(grid.epsg < 32700 ? "N" : "S")"
  guard let previous else { return own }
  var places: Set<String> = []
  var count = 0
  try VectorFile.forEachFeature(of: previous, epsg: 4326) { feature in
    count += 1
    if let place = feature.id.flatMap(BuildingIdentifiers.place(of:)) { places.insert(place) }
  }
  if count == 0 || places.contains(own) { return own }
  if places.count == 1, let place = places.first, MGRSTile(place)?.zone == zone { return place }
  let ofZone = places.filter { MGRSTile($0)?.zone == zone }.sorted()
  if ofZone.count > 1 {
    throw StackingError(
      "\(previous): has buildings of \(ofZone.count) tiles (\(ofZone.prefix(4).joined(separator: ", "))), so it cannot be told "
        + "which of them new ones are named after; give the file of one tile, or leave --previous out")
  }
  throw StackingError(
    "\(previous): none of its \(count) buildings has a name of this zone, as \(own)-050029-469964, so none can be kept; "
      + "leave --previous out")
}
