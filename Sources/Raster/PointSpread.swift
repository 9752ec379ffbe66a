private import Foundation

/// The sensor's point spread: a Gaussian, sampled on the fine (super-resolved) grid.
///
/// Sentinel-2's modulation transfer at the 10 m Nyquist frequency is about 0.3. A Gaussian of standard deviation s
/// (low-resolution pixels) has MTF exp(-2 (pi s f)^2), which is 0.3 at f = 0.5 for s = 0.4939: 0.988 fine pixels at
/// a factor of 2.
package struct PointSpread: Sendable, Equatable {
  /// Standard deviation in fine pixels.
  package let sigma: Double
  /// Fine pixels per low-resolution pixel.
  package let factor: Int

  package init(sigma: Double, factor: Int) {
    self.sigma = sigma
    self.factor = factor
  }

  /// - Parameter mtfAtNyquist: modulation transfer at the low-resolution Nyquist frequency, 0 to 1.
  package init(mtfAtNyquist: Double, factor: Int) {
    self.init(sigma: (-2 * log(mtfAtNyquist)).squareRoot() / .pi * Double(factor), factor: factor)
  }

  /// Sentinel-2 at 10 m, seen from a grid `factor` times finer.
  package static func sentinel2(factor: Int = 2) -> PointSpread { PointSpread(mtfAtNyquist: 0.3, factor: factor) }

  /// Taps on either side of the centre; beyond, a weight is under 0.002 of the largest.
  package var radius: Int { Int((3.55 * sigma).rounded(.up)) }

  /// Weights (sum 1) of the fine pixels around a point.
  /// - Parameter center: position of the point in fine pixel-centre coordinates (fine pixel i has its centre at i);
  ///   low-resolution pixel r has its centre at `factor * r + (factor - 1) / 2`.
  /// - Returns: index of the first fine pixel, and the weights from there on (2 * radius of them).
  package func weights(center: Double) -> (first: Int, weights: [Float]) {
    let first = Int(center.rounded(.down)) - radius + 1
    let raw = (0..<(2 * radius)).map { index -> Double in
      let distance = Double(first + index) - center
      return exp(-distance * distance / (2 * sigma * sigma))
    }
    let sum = raw.reduce(0, +)
    return (first, raw.map { Float($0 / sum) })
  }

  /// Weights for the centre of a low-resolution pixel, relative to its first fine pixel.
  package var centredWeights: (first: Int, weights: [Float]) { weights(center: Double(factor - 1) / 2) }
}
