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
      let building = try probability.read(UInt16.self, band: 0, window: window)
      let separation =
        probability.bandCount > 1 && rule.separationWeight > 0
        ? try probability.read(UInt16.self, band: 1, window: window) : []
      var rule = rule
      rule.threshold = max(rule.threshold, component.threshold ?? 0)
      rule.seed = max(rule.seed, rule.threshold)
      let (parts, tooSmall) = Watershed.parts(
        of: component, building: building, separation: separation, rule: rule, smallest: smallest)
      if parts.isEmpty, tooSmall == 0 { batch.withoutSeed += 1 }
      batch.tooSmall += tooSmall
      let clear = try views.map { try $0.read(UInt8.self, band: 0, window: window) }
      for part in parts {
        let own = part.window
        let place = PixelWindow(
          row: window.row + own.row, column: window.column + own.column, rows: own.rows, columns: own.columns)
        let raw = try Polygonise.areas(part.mask, grid: grid.window(place))
        var (outline, kind) = (raw, Regularise.Kind.raw)
        if raw.count == 1 {
          let straight = Regularise.outline(raw[0], pixel: grid.pixelWidth)
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
