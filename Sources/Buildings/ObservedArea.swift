internal import GDALAdapter
internal import Geometry
internal import Writing

/// The area that was really looked at, so that an empty place differs from an unseen one.
package enum ObservedArea {
  /// Pixels on a side of the blocks that the outline is made of: 20 m, the pixels of the scene classification.
  private static let block = 4
  /// Longest edge, metres: straight lines of the projection bend on the globe.
  private static let longestEdge = 5_000.0

  /// Writes one feature: the area whose pixels all hold a probability, and belong to the cell.
  /// - Parameter path: a raster of probabilities.
  /// - Returns: the area, m2.
  /// - Throws: `GDALError`, `StorageError`, `BuildingError`.
  @discardableResult
  package static func write(
    _ path: String, cell: TileCell?, provenance: Provenance, to output: String
  ) throws -> Double {
    let (file, grid) = try ProbabilityRaster.open(path)
    let coarse = GridGeometry(
      epsg: grid.epsg, upperLeftX: grid.upperLeftX, upperLeftY: grid.upperLeftY,
      pixelWidth: grid.pixelWidth * Double(block), pixelHeight: grid.pixelHeight * Double(block),
      size: RasterSize(
        rows: (grid.size.rows + block - 1) / block, columns: (grid.size.columns + block - 1) / block))
    var mask = try observedBlocks(file, coarse.size)
    if let cell { try keep(cell, in: &mask, coarse) }
    let areas = try Polygonise.areas(mask, grid: coarse).map { polygon in
      // The last blocks may reach beyond the raster.
      PlanarPolygon(
        rings: polygon.rings.map {
          $0.map { PlanarPoint(x: min($0.x, grid.lowerRightX), y: max($0.y, grid.lowerRightY)) }
        })
    }
    let area = areas.reduce(0) { $0 + $1.area }
    let writer = try GeoJSONWriter(output, name: "observed", members: provenance.members)
    let dense = VectorGeometry(areas)
    dense.segmentize(longestEdge)
    let globe = try LongitudeLatitude.convert([dense.polygons], epsg: grid.epsg)
    guard !areas.isEmpty, let polygon = GlobePolygon(globe[0]) else {
      try writer.finish(bounds: nil)
      return 0
    }
    let resolution = GeoJSONWriter.fixed(coarse.pixelWidth, decimals: 3)
    try writer.add(
      id: nil, polygon: polygon,
      properties: "\"area_m2\":\(GeoJSONWriter.fixed(area, decimals: 0)),\"resolution_m\":\(resolution),"
        + provenance.json)
    try writer.finish(bounds: polygon.bounds)
    return area
  }

  private static func observedBlocks(_ file: RasterFile, _ size: RasterSize) throws -> [UInt8] {
    let fine = file.size
    let strip = StreamedRaster.block
    var mask = [UInt8](repeating: 1, count: size.pixelCount)
    var counts = [UInt16](repeating: 0, count: strip * fine.columns)
    for row in stride(from: 0, to: fine.rows, by: strip) {
      let window = PixelWindow(row: row, column: 0, rows: min(strip, fine.rows - row), columns: fine.columns)
      try counts.withUnsafeMutableBufferPointer { try file.read(band: 0, window: window, into: $0) }
      counts.withUnsafeBufferPointer { counts in
        for line in 0..<window.rows {
          let start = (row + line) / block * size.columns
          for column in 0..<fine.columns where counts[line * fine.columns + column] == ProbabilityRaster.noData {
            mask[start + column / block] = 0
          }
        }
      }
    }
    return mask
  }

  /// Clears blocks whose middle lies outside the cell. That is asked for every 64th block of a row, and for each one where
  /// the answer changes between two of those.
  private static func keep(_ cell: TileCell, in mask: inout [UInt8], _ grid: GridGeometry) throws {
    let (rows, columns) = (grid.size.rows, grid.size.columns)
    func isInside(_ blocks: [(row: Int, column: Int)]) throws -> [Bool] {
      let middles = blocks.map { block in
        (
          x: grid.upperLeftX + (Double(block.column) + 0.5) * grid.pixelWidth,
          y: grid.upperLeftY - (Double(block.row) + 0.5) * grid.pixelHeight
        )
      }
      return try CoordinateTransform.longitudeLatitude(middles, epsg: grid.epsg).map {
        cell.contains(longitude: $0.longitude, latitude: $0.latitude)
      }
    }
    let sampled = Array(stride(from: 0, to: columns - 1, by: 64)) + [columns - 1]
    let samples = try isInside((0..<rows).flatMap { row in sampled.map { (row, $0) } })
    var unsure: [(row: Int, column: Int)] = []
    for row in 0..<rows {
      for (index, pair) in zip(sampled, sampled.dropFirst()).enumerated() {
        let (left, right) = (samples[row * sampled.count + index], samples[row * sampled.count + index + 1])
        if left != right {
          unsure += (pair.0..<pair.1).map { (row, $0) }
        } else if !left {
          for column in pair.0..<pair.1 { mask[row * columns + column] = 0 }
        }
      }
      if !samples[(row + 1) * sampled.count - 1] { mask[(row + 1) * columns - 1] = 0 }
    }
    for (block, inside) in zip(unsure, try isInside(unsure)) where !inside {
      mask[block.row * columns + block.column] = 0
    }
  }
}
