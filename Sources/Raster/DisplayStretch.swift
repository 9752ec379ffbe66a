private import Foundation

/// One contrast stretch for all bands of a picture, so that colours keep their balance: from the 2nd to the 98th
/// percentile, and a gamma of 1.4 so that dark land stays readable beside bright fields.
package struct DisplayStretch: Sendable, Equatable {
  /// Value shown black.
  package private(set) var low: Float = 0
  /// Value shown white, above `low`.
  package private(set) var high: Float = 1

  /// - Parameter values: those of all bands; NaN and infinities count as no data. Without any the stretch is 0 to 1.
  package init(_ values: some Sequence<Float>) {
    let sorted = values.filter(\.isFinite).sorted()
    guard let first = sorted.first, let last = sorted.last else { return }
    low = sorted[Int(Double(sorted.count - 1) * 0.02)]
    high = sorted[Int(Double(sorted.count - 1) * 0.98)]
    if high <= low { (low, high) = (min(first, 0), max(last, first + 1, first.nextUp)) }
  }

  /// What a value looks like; 0 for NaN.
  package func byte(_ value: Float) -> UInt8 {
    guard !value.isNaN else { return 0 }
    // Halves: the difference of two floats may be none.
    let share = min(max((value / 2 - low / 2) / (high / 2 - low / 2), 0), 1)
    return UInt8((pow(share, 1 / 1.4) * 255).rounded())
  }
}
