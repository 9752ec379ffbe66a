internal import GDALAdapter
internal import Geometry
internal import Writing
private import Synchronization
package import Workers

/// What buildings are made of, and where they go.
package struct BuildingSearch: Sendable {
  package var rule: InstanceRule
  package var provenance: Provenance
  /// Begins every building's name.
  package var place: String
  /// Buildings outside are another tile's; nil keeps all.
  package var cell: TileCell?
  /// Raster of clear views on the grid of the probabilities.
  package var views: String?
  /// GeoJSON of earlier revisions, newest first, whose names are kept.
  package var previous: [String]
  /// GeoJSON to write.
  package var output: String

  package init(
    rule: InstanceRule, provenance: Provenance, place: String, cell: TileCell? = nil, views: String? = nil,
    previous: [String] = [], output: String
  ) {
    self.rule = rule
    self.provenance = provenance
    self.place = place
    self.cell = cell
    self.views = views
    self.previous = previous
    self.output = output
  }
}

/// What came of a search.
package struct BuildingCounts: Sendable, Codable, Equatable {
  package var buildings = 0
  /// Of all outlines, m2.
  package var area = 0.0
  /// Connected areas of building pixels that are large enough.
  package var components = 0
  /// Components that no seed lies in.
  package var withoutSeed = 0
  /// Parts of divided components that are too small.
  package var tooSmall = 0
  /// Connected areas larger than any building, divided by a higher threshold.
  package var divided = 0
  /// The same that no threshold divides, left out.
  package var tooLarge = 0
  /// Left to neighbouring tiles.
  package var ofOtherTiles = 0
  /// Named as in the previous revision.
  package var namesKept = 0
  package var rectangles = 0
  package var simplified = 0
  package var raw = 0
  /// Left out: no valid outline.
  package var invalid = 0

  package init() {}
}

/// Limits that bound memory.
enum BuildingLimits {
  /// Longest side of a component, pixels: 10 km.
  static let longestSide = 2048
  /// Components of an image; a city tile has 10^6.
  static let mostComponents = 8_000_000
  static let batch = 500
}

/// Makes building polygons of a raster of probabilities.
///
/// Rows are scanned for connected areas, then each area's pixels are read again: memory holds one strip of rows, the list
/// of areas, the previous revision's outlines and a few batches, however large the image.
/// - Parameter path: a raster of probabilities.
/// - Throws: `GDALError`, `StorageError`, `BuildingError`, `CancellationError`.
package func findBuildings(
  _ path: String, _ search: BuildingSearch, workers: WorkerPool,
  progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws -> BuildingCounts {
  let (components, divided, tooLarge) = try await workers.run {
    try findAreas(path, search.rule) { progress(0.2 * $0) }
  }
  let grid = try await workers.run { try ProbabilityRaster.open(path).grid }
  let corner = PlanarPoint(x: grid.upperLeftX, y: grid.upperLeftY)
  let previous = try await workers.run {
    try PreviousBuildings(
      reading: search.previous, place: search.place, epsg: grid.epsg, origin: corner,
      pixel: grid.pixelWidth)
  }
  let commit = Mutex(try BuildingCommit(search, previous: previous))
  let batches = (components.count + BuildingLimits.batch - 1) / BuildingLimits.batch
  try await workers.run(count: batches) { index in
    let first = index * BuildingLimits.batch
    let maker = try BuildingMaker(probability: path, views: search.views, rule: search.rule)
    let batch = try maker.make(components[first..<min(first + BuildingLimits.batch, components.count)])
    let matches = batch.found.map { building in
      building.outline.count == 1 ? previous.match(of: building.outline[0]) : nil
    }
    return (batch, matches)
  } commit: { index, result in
    try commit.withLock { try $0.add(result.0, matches: result.1) }
    progress(0.2 + 0.8 * Double(index + 1) / Double(batches))
  }
  return try commit.withLock {
    try $0.finish()
    $0.counts.components = components.count
    $0.counts.divided = divided
    $0.counts.tooLarge = tooLarge
    return $0.counts
  }
}

/// Connected areas in the order in which their last rows end; where some are too large, all are looked for once more, at
/// several thresholds.
private func findAreas(
  _ path: String, _ rule: InstanceRule, progress: (Double) -> Void
) throws -> (components: [Component], divided: Int, tooLarge: Int) {
  let (components, large) = try scan(path, rule, thresholds: [rule.threshold], progress: progress)
  guard large > 0 else { return (components, 0, 0) }
  let thresholds = NestedScan.thresholds(from: rule.threshold)
  let (all, tooLarge) = try scan(path, rule, thresholds: thresholds, progress: progress)
  return (all, large, tooLarge)
}

private func scan(
  _ path: String, _ rule: InstanceRule, thresholds: [Double], progress: (Double) -> Void
) throws -> (components: [Component], tooLarge: Int) {
  let (file, grid) = try ProbabilityRaster.open(path)
  let size = grid.size
  var scan = NestedScan(
    thresholds: thresholds, longestSide: BuildingLimits.longestSide,
    leastArea: rule.leastPixels(grid.pixelWidth * grid.pixelHeight))
  var components: [Component] = []
  func keep(_ finished: [Component]) throws {
    components += finished
    guard components.count <= BuildingLimits.mostComponents else {
      throw BuildingError(
        path,
        "has more than \(BuildingLimits.mostComponents) areas above the threshold \(rule.threshold): no map of buildings; "
          + "raise building_threshold, or set buildings to off"
      )
    }
  }
  let strip = StreamedRaster.block
  var counts = [UInt16](repeating: 0, count: strip * size.columns)
  for row in stride(from: 0, to: size.rows, by: strip) {
    try Task.checkCancellation()
    let window = PixelWindow(row: row, column: 0, rows: min(strip, size.rows - row), columns: size.columns)
    try counts.withUnsafeMutableBufferPointer { counts in
      try file.read(band: 0, window: window, into: counts)
      for line in 0..<window.rows {
        let row = UnsafeMutableBufferPointer(rebasing: counts[(line * size.columns)..<((line + 1) * size.columns)])
        guard row.allSatisfy({ $0 <= ProbabilityRaster.certain || $0 == ProbabilityRaster.noData }) else {
          throw BuildingError(path, "holds more than 10000 in row \(window.row + line): no probabilities x 10000")
        }
        try keep(scan.add(UnsafeBufferPointer(row)))
      }
    }
    progress(Double(window.endRow) / Double(size.rows))
  }
  try keep(scan.finish())
  return (components, scan.tooLarge)
}

/// Names buildings and writes them, one batch after another. Each waits for the next one: pieces of one building, of which
/// the most alike keeps the name, may lie in two.
private struct BuildingCommit {
  private let search: BuildingSearch
  private let writer: GeoJSONWriter
  private let shared: String
  private var identifiers: BuildingIdentifiers
  private var kept: Set<UInt64> = []
  private var waiting: (batch: BuildingBatch, matches: [PreviousBuildings.Match?])?
  private var bounds = PlanarBounds()
  /// Longitudes are counted from here, so that a box may cross the antimeridian.
  private var middle: Double?
  var counts = BuildingCounts()

  init(_ search: BuildingSearch, previous: PreviousBuildings) throws {
    self.search = search
    writer = try GeoJSONWriter(search.output, name: "buildings", members: search.provenance.members)
    shared = search.provenance.json
    identifiers = BuildingIdentifiers(place: search.place, reserved: previous.names)
  }

  mutating func add(_ batch: BuildingBatch, matches: [PreviousBuildings.Match?]) throws {
    if let waiting {
      try write(waiting.batch, previousNames: PreviousBuildings.names(of: waiting.matches, beside: matches))
    }
    waiting = (batch, matches)
  }

  private mutating func write(_ batch: BuildingBatch, previousNames: [UInt64?]) throws {
    counts.withoutSeed += batch.withoutSeed
    counts.tooSmall += batch.tooSmall
    counts.invalid += batch.invalid
    for (building, previousName) in zip(batch.found, previousNames) {
      if let cell = search.cell,
        !cell.contains(longitude: building.longitude, latitude: building.latitude)
      {
        counts.ofOtherTiles += 1
        continue
      }
      let name: String
      if let previousName, kept.insert(previousName).inserted {
        name = identifiers.name(packed: previousName)
        counts.namesKept += 1
      } else {
        name = identifiers.make(building.centroid)
      }
      counts.buildings += 1
      counts.area += building.area
      switch building.kind {
      case .rectangle: counts.rectangles += 1
      case .simplified: counts.simplified += 1
      case .raw: counts.raw += 1
      }
      include(building.polygon.bounds)
      let properties =
        "\"confidence\":\(GeoJSONWriter.fixed(building.confidence, decimals: 4)),"
        + "\"area_m2\":\(GeoJSONWriter.fixed(building.area, decimals: 1)),"
        + "\"n_views\":\(building.views.map { String($0) } ?? "null"),\(shared)"
      try writer.add(id: name, polygon: building.polygon, properties: properties)
    }
  }

  /// - Throws: `StorageError`.
  mutating func finish() throws {
    if let waiting { try write(waiting.batch, previousNames: PreviousBuildings.names(of: waiting.matches)) }
    waiting = nil
    guard !bounds.isEmpty, let middle else { return try writer.finish(bounds: nil) }
    func longitude(_ offset: Double) -> Double {
      let value = middle + offset
      return value > 180 ? value - 360 : value < -180 ? value + 360 : value
    }
    try writer.finish(bounds: [longitude(bounds.minX), bounds.minY, longitude(bounds.maxX), bounds.maxY])
  }

  private mutating func include(_ box: [Double]) {
    let centre = middle ?? box[0]
    middle = centre
    for (x, y) in [(box[0], box[1]), (box[2], box[3])] {
      var offset = x - centre
      if offset > 180 { offset -= 360 }
      if offset < -180 { offset += 360 }
      bounds.include(PlanarPoint(x: offset, y: y))
    }
  }
}
