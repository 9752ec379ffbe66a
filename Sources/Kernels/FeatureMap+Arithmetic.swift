internal import CKernels

extension FeatureMap {
  /// Sets negative values to zero.
  package func rectify() { Self.rectify(values.baseAddress!, count: values.count) }

  /// Sets negative values to zero.
  package static func rectify(_ values: UnsafeMutablePointer<Float>, count: Int) {
    var zero: Float = 0
    supertile_bias_prelu_add(values, count, 1, &zero, 0, nil)
  }

  /// Takes over the values of another map of the same shape.
  package func copy(_ other: FeatureMap) {
    precondition(other.rows == rows && other.columns == columns && other.channels == channels, "maps do not fit")
    values.baseAddress!.update(from: other.values.baseAddress!, count: values.count)
  }

  /// Adds another map of the same shape.
  package func add(_ other: FeatureMap) {
    precondition(other.rows == rows && other.columns == columns && other.channels == channels, "maps do not fit")
    supertile_add_scaled(values.baseAddress!, other.values.baseAddress!, 1, values.count)
  }
}
