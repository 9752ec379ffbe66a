private import Foundation
internal import GDALAdapter
package import Geometry

/// Buildings of one place, one by one and as a mask.
package struct BuildingMap: Sendable {
  /// In the grid's coordinates, in the order of the file.
  package let buildings: [[PlanarPolygon]]
  /// 1 on buildings, row by row.
  package let mask: [UInt8]
  /// Pixels of which it says nothing; nil where it says something of all.
  package let isHidden: [Bool]?
  private let grid: GridGeometry

  /// - Parameters:
  ///   - buildings: in the grid's coordinates.
  ///   - grid: pixels that masks are compared on.
  ///   - minArea: smaller buildings do not count, units of the grid squared.
  ///   - isHidden: pixels of which nothing is known.
  /// - Throws: `GDALError`.
  package init(
    _ buildings: [[PlanarPolygon]], grid: GridGeometry, minArea: Double = 0, isHidden: [Bool]? = nil
  ) throws {
    (self.isHidden, self.grid) = (isHidden, grid)
    self.buildings = buildings.filter { $0.reduce(0) { $0 + $1.area } >= minArea }
    var mask = [UInt8](repeating: 0, count: grid.size.pixelCount)
    try Polygonise.burn(self.buildings.flatMap(\.self), into: &mask, grid: grid)
    self.mask = mask
  }

  /// Reads a vector file, each feature a building, as far as it lies on the grid; or a raster whose pixels are buildings
  /// where band 1 is not 0, each connected area (over edges) a building; of its no data it says nothing.
  /// - Throws: `GDALError`, `EvaluationError` where the file does not fit the grid.
  package static func read(_ path: String, grid: GridGeometry, minArea: Double = 0) throws -> BuildingMap {
    if let file = try? RasterFile.openPlaced(path) {
      let own = try RasterGrid.grid(of: file, path)
      guard own.size == grid.size else {
        throw EvaluationError(
          "\(path): is \(file.size.rows) x \(file.size.columns) pixels, the grid is \(grid.size.rows) x "
            + "\(grid.size.columns): masks lie on one grid")
      }
      guard own.liesLike(grid) else {
        throw EvaluationError("\(path): lies at \(own.description), the grid at \(grid.description)")
      }
      let values = try file.read(Float.self, band: 0, window: file.size.window)
      let noData = try file.noData(ofBand: 0).map { Float($0) }
      // Where 0 itself is declared to be none, as of many masks, it is ground without buildings all the same.
      var isHidden = values.map { $0.isNaN || $0 == noData && $0 != 0 }
      if let own = try file.mask(ofBand: 0, window: file.size.window) {
        for (pixel, holds) in own.enumerated() where !holds { isHidden[pixel] = true }
      }
      let mask = zip(values, isHidden).map { UInt8($0 == 0 || $1 ? 0 : 1) }
      return try BuildingMap(
        try Polygonise.areas(mask, grid: grid).map { [$0] }, grid: grid, minArea: minArea,
        isHidden: isHidden.contains(true) ? isHidden : nil)
    }
    guard grid.epsg != GridGeometry.unknownSystem else {
      throw EvaluationError("\(path): the grid says not where it lies, so polygons cannot be placed on it")
    }
    let frame = grid.outline
    var buildings: [[PlanarPolygon]] = []
    let isPlaced = try VectorFile.forEachFeature(of: path, epsg: grid.epsg) {
      buildings.append(inside(frame, $0.polygons))
    }
    let onGrid = buildings.filter { !$0.isEmpty }
    if !isPlaced, onGrid.isEmpty, !buildings.isEmpty {
      throw EvaluationError(
        "\(path): has no coordinate system (of a shapefile, its .prj), and none of its \(buildings.count) buildings lies on "
          + "the grid as it is; add the system first")
    }
    return try BuildingMap(onGrid, grid: grid, minArea: minArea)
  }
}

extension BuildingMap {
  /// The map without what a truth says nothing of: a building is cut there, and one of which nothing is left does not
  /// count. What a prediction itself says nothing of is not hidden: it found no building there.
  /// - Precondition: both lie on one grid.
  /// - Throws: `GDALError`.
  package func seen(by truth: BuildingMap) throws -> BuildingMap {
    guard let isHidden = truth.isHidden else { return self }
    let seen = try buildings.map { try cut($0, where: isHidden) }
    return try BuildingMap(seen.filter { !$0.isEmpty }, grid: grid, isHidden: isHidden)
  }

  private func cut(_ building: [PlanarPolygon], where isHidden: [Bool]) throws -> [PlanarPolygon] {
    let box = building.reduce(into: PlanarBounds()) { $0.include($1.bounds) }
    func pixels(_ low: Double, _ high: Double, _ count: Int) -> Range<Int> {
      let first = Int(min(max(low.rounded(.down), 0), Double(count)))
      return first..<max(first, Int(min(max(high.rounded(.up), 0), Double(count))))
    }
    let columns = pixels(
      (box.minX - grid.upperLeftX) / grid.pixelWidth, (box.maxX - grid.upperLeftX) / grid.pixelWidth, grid.size.columns)
    let rows = pixels(
      (grid.upperLeftY - box.maxY) / grid.pixelHeight, (grid.upperLeftY - box.minY) / grid.pixelHeight, grid.size.rows)
    let seen = rows.flatMap { row in columns.map { UInt8(isHidden[row * grid.size.columns + $0] ? 0 : 1) } }
    guard seen.contains(0) else { return building }
    var window = grid
    window.upperLeftX += Double(columns.lowerBound) * grid.pixelWidth
    window.upperLeftY -= Double(rows.lowerBound) * grid.pixelHeight
    window.size = RasterSize(rows: rows.count, columns: columns.count)
    let areas = try Polygonise.areas(seen, grid: window)
    guard !areas.isEmpty else { return [] }
    return VectorGeometry(building).intersection(VectorGeometry(areas))?.polygons ?? []
  }
}

/// What lies on the grid of a building: the map of a whole tile may be compared with a small piece of truth.
private func inside(_ frame: PlanarPolygon, _ building: [PlanarPolygon]) -> [PlanarPolygon] {
  let parts = building.flatMap { polygon -> [PlanarPolygon] in
    let (box, border) = (polygon.bounds, frame.bounds)
    guard box.intersects(border) else { return [] }
    let geometry = VectorGeometry(polygon)
    let valid = geometry.isValid ? geometry : geometry.madeValid()
    if box.minX >= border.minX, box.maxX <= border.maxX, box.minY >= border.minY, box.maxY <= border.maxY {
      return valid?.polygons ?? []
    }
    return valid?.intersection(VectorGeometry(frame))?.polygons ?? []
  }
  // Parts that overlap, as of buildings that were put together, are one area.
  guard parts.count > 1 else { return parts }
  let whole = VectorGeometry(parts)
  return whole.isValid ? parts : whole.united()?.polygons ?? parts
}

extension GridGeometry {
  /// The rectangle of all pixels.
  fileprivate var outline: PlanarPolygon {
    PlanarPolygon(rings: [(corners + corners.prefix(1)).map { PlanarPoint(x: $0.x, y: $0.y) }])
  }
}

/// Rasters that say where masks are compared.
package enum RasterGrid {
  /// A raster that does not say where it lies has pixels of 1 x 1.
  /// - Throws: `EvaluationError` where it lies on no north-up grid of a known system.
  static func grid(of file: RasterFile, _ path: String) throws(EvaluationError) -> GridGeometry {
    do throws(PlacementError) { return try file.place() ?? .unplaced(file.size) } catch {
      throw EvaluationError("\(path): \(error)")
    }
  }

  /// The grid of the first of some files that is a raster.
  /// - Throws: `EvaluationError` where none is, or where that one lies on no north-up grid.
  package static func first(of paths: [String]) throws -> GridGeometry {
    for path in paths {
      guard FileManager.default.fileExists(atPath: path) else {
        throw EvaluationError("\(path): there is no such file")
      }
      if let file = try? RasterFile.openPlaced(path) { return try grid(of: file, path) }
    }
    throw EvaluationError(
      "\(paths.joined(separator: ", ")): none is a raster; name one whose pixels are compared (--grid)")
  }
}
