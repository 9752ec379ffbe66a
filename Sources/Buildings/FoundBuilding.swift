internal import GDALAdapter
internal import Geometry

/// A building as it is written, but for its name.
struct FoundBuilding: Sendable {
  /// The outline in UTM, to be compared with the previous revision.
  var outline: [PlanarPolygon]
  var polygon: GlobePolygon
  /// Of the outline, UTM.
  var centroid: PlanarPoint
  var longitude: Double
  var latitude: Double
  /// m2, in UTM.
  var area: Double
  /// Mean probability of its pixels, 0 to 1.
  var confidence: Double
  /// The fewest clear views at its pixels; nil where nothing is known.
  var views: Int?
  var kind: Regularise.Kind
}

/// Components of one batch made into buildings.
struct BuildingBatch: Sendable {
  var found: [FoundBuilding] = []
  var withoutSeed = 0
  var tooSmall = 0
  /// Geometries that could not be made valid.
  var invalid = 0
}

/// Reads the pixels of components and makes outlines of them. For one thread.
struct BuildingMaker {
  private let probability: RasterFile
  private let grid: GridGeometry
  private let views: RasterFile?
  private let rule: InstanceRule

  /// - Throws: `GDALError`, `BuildingError`.
  init(probability path: String, views: String?, rule: InstanceRule) throws {
    (probability, grid) = try ProbabilityRaster.open(path)
    self.views = try views.map { try RasterFile.openGeoTIFF($0) }
    self.rule = rule
  }

  /// - Throws: `GDALError`.
  func make(_ components: some Sequence<Component>) throws -> BuildingBatch {
    var batch = BuildingBatch()
    var drafts: [(outline: [PlanarPolygon], kind: Regularise.Kind, confidence: Double, views: Int?)] = []
    let smallest = rule.leastPixels(grid.pixelWidth * grid.pixelHeight)
    for component in components {
      try Task.checkCancellation()
      let window = component.window
      // A little more than the area, to see what lies beside it.
      let around = window.expanded(by: Self.margin, within: grid.size)
      let seen = try probability.read(UInt16.self, band: 0, window: around)
      let building = Self.cut(window, of: seen, around)
      let separation =
        probability.bandCount > 1 && rule.separationWeight > 0
        ? try probability.read(UInt16.self, band: 1, window: window) : []
      var rule = rule
      rule.threshold = max(rule.threshold, component.threshold ?? 0)
      rule.seed = max(rule.seed, rule.threshold)
      let division = Watershed.divide(
        component, building: building, separation: separation, rule: rule, smallest: smallest)
      let parts = division.parts
      if parts.isEmpty, division.tooSmall == 0 { batch.withoutSeed += 1 }
      batch.tooSmall += division.tooSmall
      let neighbours = parts.isEmpty ? nil : neighbours(division, window, seen, around, threshold: rule.threshold)
      let clear = try views.map { try $0.read(UInt8.self, band: 0, window: window) }
      for part in parts {
        let own = part.window
        let place = PixelWindow(
          row: window.row + own.row, column: window.column + own.column, rows: own.rows, columns: own.columns)
        let raw = try Polygonise.areas(part.mask, grid: grid.window(place))
        var (outline, kind) = (raw, Regularise.Kind.raw)
        if raw.count == 1 {
          let straight = Regularise.outline(raw[0], pixel: grid.pixelWidth) { outline in
            neighbours?.permit(outline, of: part.number) ?? true
          }
          (outline, kind) = ([straight.polygon], straight.kind)
        }
        let fewest = clear.map { clear in
          part.mask.indices.reduce(Int.max) { fewest, pixel in
            let place = (own.row + pixel / own.columns) * window.columns + own.column + pixel % own.columns
            return part.mask[pixel] != 0 ? min(fewest, Int(clear[place])) : fewest
          }
        }
        drafts.append(
          (outline, kind, Double(part.sum) / Double(part.area) * ProbabilityRaster.scale, fewest))
      }
    }
    try finish(drafts, &batch)
    return batch
  }

  /// How far a straightened outline may reach beyond its area, pixels, for what lies there to be seen.
  private static let margin = 4

  /// The pixels of a window that lies in another one.
  private static func cut(_ window: PixelWindow, of pixels: [UInt16], _ around: PixelWindow) -> [UInt16] {
    guard window != around else { return pixels }
    var cut: [UInt16] = []
    cut.reserveCapacity(window.pixelCount)
    for row in window.row..<window.endRow {
      let start = (row - around.row) * around.columns + window.column - around.column
      cut += pixels[start..<start + window.columns]
    }
    return cut
  }

  private func neighbours(
    _ division: Watershed.Division, _ window: PixelWindow, _ seen: [UInt16], _ around: PixelWindow, threshold: Double
  ) -> Neighbours {
    let least = ProbabilityRaster.count(threshold)
    var owners = seen.map {
      ProbabilityRaster.isBuilding($0, threshold: least) ? Neighbours.other : Neighbours.nobody
    }
    for (pixel, label) in division.labels.enumerated() where label != 0 {
      let (row, column) = (window.row + pixel / window.columns, window.column + pixel % window.columns)
      owners[(row - around.row) * around.columns + column - around.column] = label
    }
    let areas = Dictionary(uniqueKeysWithValues: division.parts.map { ($0.number, $0.area) })
    return Neighbours(owners: owners, grid: grid.window(around), areas: areas)
  }

  /// Converts all outlines at once: a coordinate transformation is dear to set up.
  private func finish(
    _ drafts: [(outline: [PlanarPolygon], kind: Regularise.Kind, confidence: Double, views: Int?)],
    _ batch: inout BuildingBatch
  ) throws {
    let centroids = drafts.map { draft in
      (draft.outline.max { $0.area < $1.area } ?? PlanarPolygon(rings: [])).centroid
    }
    let globe = try LongitudeLatitude.convert(
      drafts.map(\.outline) + [[PlanarPolygon(rings: [centroids])]], epsg: grid.epsg)
    let places = globe[drafts.count][0].rings[0]
    for (index, draft) in drafts.enumerated() {
      guard let polygon = GlobePolygon(globe[index]) else {
        batch.invalid += 1
        continue
      }
      batch.found.append(
        FoundBuilding(
          outline: draft.outline, polygon: polygon, centroid: centroids[index], longitude: places[index].x,
          latitude: places[index].y, area: draft.outline.reduce(0) { $0 + $1.area }, confidence: draft.confidence,
          views: draft.views, kind: draft.kind))
    }
  }
}

/// Polygons brought to WGS 84.
enum LongitudeLatitude {
  /// - Throws: `GDALError`.
  static func convert(_ shapes: [[PlanarPolygon]], epsg: Int) throws -> [[PlanarPolygon]] {
    var points: [(x: Double, y: Double)] = []
    for shape in shapes { for polygon in shape { for ring in polygon.rings { points += ring.map { ($0.x, $0.y) } } } }
    guard !points.isEmpty else { return shapes }
    let converted = try CoordinateTransform.longitudeLatitude(points, epsg: epsg)
    var position = 0
    return shapes.map { shape in
      shape.map { polygon in
        PlanarPolygon(
          rings: polygon.rings.map { ring in
            ring.map { _ in
              defer { position += 1 }
              return PlanarPoint(x: converted[position].longitude, y: converted[position].latitude)
            }
          })
      }
    }
  }
}

extension GridGeometry {
  /// The grid of a window of this one.
  func window(_ window: PixelWindow) -> GridGeometry {
    GridGeometry(
      epsg: epsg, upperLeftX: upperLeftX + Double(window.column) * pixelWidth,
      upperLeftY: upperLeftY - Double(window.row) * pixelHeight, pixelWidth: pixelWidth, pixelHeight: pixelHeight,
      size: window.size)
  }
}
