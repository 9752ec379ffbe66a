package import Geometry

/// What is decoded of views before anything is computed: the blocks that the shift's windows lie in, on a lattice over
/// the raster. Shift and harmonisation come from them; of a small raster they are all of it, of a whole tile 16 of 121.
package enum SampleAreas {
  /// - Returns: windows that do not touch each other, in whole pieces.
  package static func areas(in size: RasterSize, piece: RasterSize, margin: Int) -> [PixelWindow] {
    let windows = ShiftEstimator.windows(in: size).map { $0.expanded(by: margin, within: size) }
    let rows = ranges(windows.map { $0.row..<$0.endRow }, piece: piece.rows, extent: size.rows)
    let columns = ranges(windows.map { $0.column..<$0.endColumn }, piece: piece.columns, extent: size.columns)
    return rows.flatMap { rows in
      columns.map {
        PixelWindow(row: rows.lowerBound, column: $0.lowerBound, rows: rows.count, columns: $0.count)
      }
    }
  }

  /// The pieces that some ranges touch, neighbours joined.
  private static func ranges(_ wanted: [Range<Int>], piece: Int, extent: Int) -> [Range<Int>] {
    let touched = Set(wanted.flatMap { ($0.lowerBound / piece)...(($0.upperBound - 1) / piece) }).sorted()
    var result: [Range<Int>] = []
    for index in touched {
      let range = (index * piece)..<min((index + 1) * piece, extent)
      if let last = result.last, last.upperBound == range.lowerBound {
        result[result.count - 1] = last.lowerBound..<range.upperBound
      } else {
        result.append(range)
      }
    }
    return result
  }
}
