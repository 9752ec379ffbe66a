internal import CKernels

extension FeatureMap {
  /// Sets negative values to zero.
  package static func rectify(_ values: UnsafeMutablePointer<Float>, count: Int) {
    var zero: Float = 0
    supertile_bias_prelu_add(values, count, 1, &zero, 0, nil)
  }

  /// Row `row` becomes that of another map of the same shape.
  package func copyRow(_ row: Int, of other: FeatureMap) {
    precondition(other.rows == rows && other.columns == columns && other.channels == channels, "maps do not fit")
    pointer(row, 0).update(from: other.pointer(row, 0), count: columns * channels)
  }

  /// Adds row `row` of another map of the same shape.
  package func addRow(_ row: Int, of other: FeatureMap) {
    precondition(other.rows == rows && other.columns == columns && other.channels == channels, "maps do not fit")
    supertile_add_scaled(pointer(row, 0), other.pointer(row, 0), 1, columns * channels)
  }

  /// Sets the negative values of row `row` to zero.
  package func rectifyRow(_ row: Int) { Self.rectify(pointer(row, 0), count: columns * channels) }
}
