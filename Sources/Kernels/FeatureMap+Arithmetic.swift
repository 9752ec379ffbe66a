internal import CKernels

extension FeatureMap {
  /// Sets negative values to zero.
  package static func rectify(_ values: UnsafeMutablePointer<Float>, count: Int) {
    supertile_rectify(values, count)
  }

  /// Row `row` becomes that of another map of the same shape.
  package func copyRow(_ row: Int, of other: FeatureMap) {
    precondition(other.rows == rows && other.columns == columns && other.channels == channels, "maps do not fit")
    pointer(row, 0).update(from: other.pointer(row, 0), count: columns * channels)
  }

  /// Rows from `row` on become rows of another map as wide, of as many channels.
  package func copyRows(_ rows: Range<Int>, of other: FeatureMap, to row: Int) {
    precondition(other.columns == columns && other.channels == channels, "maps do not fit")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= other.rows, "rows leave the map they come from")
    precondition(row >= 0 && row + rows.count <= self.rows, "rows leave the map they go to")
    for index in 0..<rows.count {
      pointer(row + index, 0).update(from: other.pointer(rows.lowerBound + index, 0), count: columns * channels)
    }
  }

  /// Adds row `row` of another map of the same shape.
  package func addRow(_ row: Int, of other: FeatureMap) {
    precondition(other.rows == rows && other.columns == columns && other.channels == channels, "maps do not fit")
    supertile_add_scaled(pointer(row, 0), other.pointer(row, 0), 1, columns * channels)
  }

  /// Sets the negative values of row `row` to zero.
  package func rectifyRow(_ row: Int) { Self.rectify(pointer(row, 0), count: columns * channels) }
}
