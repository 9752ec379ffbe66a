internal import CKernels

/// Sums of weighted rows: what separable filters are made of.
package enum RowArithmetic {
  /// sum[i] += weight * values[i].
  package static func add(
    _ values: UnsafePointer<Float>, weight: Float, to sum: UnsafeMutablePointer<Float>, count: Int
  ) {
    supertile_add_scaled(sum, values, weight, count)
  }

  /// sum[i] += weight * weights[i] * values[i].
  package static func add(
    _ values: UnsafePointer<Float>, weights: UnsafePointer<Float>, weight: Float, to sum: UnsafeMutablePointer<Float>,
    count: Int
  ) {
    supertile_add_weighted(sum, values, weights, weight, count)
  }

  /// result[i] = sum over taps of weights[tap] * rows[tap][i], taps in their order. The result is none of the rows.
  package static func weightedSum(
    _ rows: [UnsafePointer<Float>?], weights: [Float], into result: UnsafeMutablePointer<Float>, count: Int
  ) {
    precondition(rows.count == weights.count, "a weight a row")
    supertile_weighted_sum(result, rows, weights, rows.count, count)
  }

  /// even[i] = values[2 * i], odd[i] = values[2 * i + 1].
  package static func split(
    _ values: UnsafePointer<Float>, even: UnsafeMutablePointer<Float>, odd: UnsafeMutablePointer<Float>, count: Int
  ) {
    supertile_split(values, even, odd, count)
  }

  /// values[2 * i] += even[i], values[2 * i + 1] += odd[i].
  package static func addInterleaved(
    even: UnsafePointer<Float>, odd: UnsafePointer<Float>, to values: UnsafeMutablePointer<Float>, count: Int
  ) {
    supertile_add_interleaved(values, even, odd, count)
  }
}

/// Arithmetic of a row of the back-projection (`BackProjection` says what it is for) and of what is written.
package enum CorrectionArithmetic {
  /// values[i] = max(values[i], least).
  package static func raise(_ values: UnsafeMutablePointer<Float>, to least: Float, count: Int) {
    supertile_raise(values, least, count)
  }

  /// values[i] = clear[i] * (target[i] - values[i]): what was seen becomes what is wrong with it.
  package static func difference(
    _ values: UnsafeMutablePointer<Float>, from target: UnsafePointer<Float>, clear: UnsafePointer<Float>, count: Int
  ) {
    supertile_difference(values, target, clear, count)
  }

  /// Counts of reflectance: values x scale, rounded and clamped into 1...65535 where published is not 0, else 0.
  /// - Returns: number of clamped values.
  package static func quantise(
    _ values: UnsafePointer<Float>, scale: Float, published: UnsafePointer<UInt8>,
    into counts: UnsafeMutablePointer<UInt16>, count: Int
  ) -> Int {
    supertile_quantise(counts, values, published, scale, count)
  }

  /// What of a row's difference is detail: detail = difference - low / coverage where clear, else 0; energy = its square.
  package static func detail(
    _ detail: UnsafeMutablePointer<Float>, energy: UnsafeMutablePointer<Float>, difference: UnsafePointer<Float>,
    low: UnsafePointer<Float>, coverage: UnsafePointer<Float>, clear: UnsafePointer<Float>, count: Int
  ) {
    supertile_detail(detail, energy, difference, low, coverage, clear, count)
  }

  /// What of a row's difference is corrected: `step` times its low frequencies, and its detail where it is more than
  /// `noise` (local root mean square) or `outlier` (by itself).
  package static func correction(
    _ correction: UnsafeMutablePointer<Float>, difference: UnsafePointer<Float>, detail: UnsafePointer<Float>,
    localEnergy: UnsafePointer<Float>, coverage: UnsafePointer<Float>, clear: UnsafePointer<Float>, noise: Float,
    outlier: Float, step: Float, count: Int
  ) {
    supertile_correction(
      correction, difference, detail, localEnergy, coverage, clear, noise, outlier, step, count)
  }
}
