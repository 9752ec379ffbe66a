internal import GDALAdapter
package import Geometry

/// How far the data of a raster reach: the first and the last column that hold any, for every few rows.
package struct DataExtent: Sendable {
  /// Rows that are one line of it.
  private static let rowsPerLine = 64

  private let grid: GridGeometry
  /// Columns from the first to behind the last that holds data; nil where the line has none.
  private var lines: [Range<Int>?]

  package init(grid: GridGeometry) {
    self.grid = grid
    lines = Array(repeating: nil, count: (grid.size.rows + Self.rowsPerLine - 1) / Self.rowsPerLine)
  }

  /// Notes a window of the raster; windows may come in any order.
  /// - Parameter isData: of every pixel of the window, row by row.
  package mutating func add(_ window: PixelWindow, isData: (Int) -> Bool) {
    for row in 0..<window.rows {
      let pixels = row * window.columns..<(row + 1) * window.columns
      guard let first = pixels.first(where: isData), let last = pixels.last(where: isData) else { continue }
      let start = window.column + first - pixels.lowerBound
      let end = window.column + last - pixels.lowerBound + 1
      let line = (window.row + row) / Self.rowsPerLine
      lines[line] = lines[line].map { min($0.lowerBound, start)..<max($0.upperBound, end) } ?? start..<end
    }
  }

  /// The convex outline of the data, counter-clockwise and open, in the coordinates of the grid: no pixel with data lies
  /// outside. The whole grid where there are none, as for a raster that is empty.
  package var outline: [PlanarPoint] {
    let whole = grid.corners.map { PlanarPoint(x: $0.x, y: $0.y) }
    let rectangles = lines.enumerated().compactMap { line, columns in
      columns.map { rectangle(line: line, columns: $0) }
    }
    guard !rectangles.isEmpty, let hull = VectorGeometry(rectangles).convexHull?.polygons.first?.rightHanded else {
      return whole
    }
    return hull.rings.first?.dropLast() ?? whole
  }

  private func rectangle(line: Int, columns: Range<Int>) -> PlanarPolygon {
    let rows = line * Self.rowsPerLine..<min((line + 1) * Self.rowsPerLine, grid.size.rows)
    func point(_ row: Int, _ column: Int) -> PlanarPoint {
      PlanarPoint(
        x: grid.upperLeftX + Double(column) * grid.pixelWidth, y: grid.upperLeftY - Double(row) * grid.pixelHeight)
    }
    let corners = [
      point(rows.upperBound, columns.lowerBound), point(rows.upperBound, columns.upperBound),
      point(rows.lowerBound, columns.upperBound), point(rows.lowerBound, columns.lowerBound),
    ]
    return PlanarPolygon(rings: [corners + corners.prefix(1)])
  }
}
