internal import CKernels

/// Sums of weighted rows: what separable filters are made of.
package enum RowArithmetic {
  /// sum[i] += weight * values[i].
  package static func add(
    _ values: UnsafePointer<Float>, weight: Float, to sum: UnsafeMutablePointer<Float>, count: Int
  ) {
    supertile_add_scaled(sum, values, weight, count)
  }

  /// sum[i] += weight * values[2 * i].
  package static func addEven(
    _ values: UnsafePointer<Float>, weight: Float, to sum: UnsafeMutablePointer<Float>, count: Int
  ) {
    supertile_add_scaled_even(sum, values, weight, count)
  }
}
