private import Foundation
internal import Geometry
package import Raster

/// Radially averaged Fourier power of an image (paper section 6.3 and figure 9), the mean of the bands.
package struct PowerSpectrum: Sendable, Codable, Equatable {
  /// Side of the squares that were transformed, pixels.
  package let side: Int
  /// Ring k, counted from 1, holds the frequencies k / side (cycles per pixel), up to 0.5. Power is the mean over the
  /// ring of |F|^2 / sum of the squared window: reflectance^2, times pixels^2.
  package let power: [Double]

  package var frequencies: [Double] { power.indices.map { Double($0 + 1) / Double(side) } }

  /// Variance between two frequencies (above the first, up to the second), reflectance^2.
  package func variance(from low: Double, to high: Double) -> Double {
    zip(frequencies, power).reduce(0) { sum, ring in
      ring.0 > low && ring.0 <= high ? sum + ring.1 * 2 * .pi * ring.0 / Double(side) : sum
    }
  }
}

/// Largest square that is transformed at once, pixels.
private let largestSide = 256

/// Squares overlap by half or more and cover the image. From each its mean is taken away; what is left is weighted with
/// a Hann window. Squares with a pixel that does not count are left out.
/// - Returns: nil where no square is whole, or the image is smaller than 16 pixels.
package func powerSpectrum(of image: FloatImage, isValid: [Bool]) -> PowerSpectrum? {
  let shortest = min(image.rows, image.columns)
  guard shortest >= 16 else { return nil }
  var side = largestSide
  while side > shortest { side /= 2 }
  // A hole may leave no large square whole.
  while side >= 16 {
    if let spectrum = powerSpectrum(of: image, isValid: isValid, side: side) { return spectrum }
    side /= 2
  }
  return nil
}

private func powerSpectrum(of image: FloatImage, isValid: [Bool], side: Int) -> PowerSpectrum? {
  let transform = FourierTransform(count: side)
  let window = (0..<side).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(side)) }
  let rings = ringOfFrequency(side)
  var (sums, counts) = ([Double](repeating: 0, count: side / 2), [Int](repeating: 0, count: side / 2))
  for row in starts(image.rows, side) {
    for column in starts(image.columns, side) {
      let pixels = (0..<(side * side)).map { (row + $0 / side) * image.columns + column + $0 % side }
      guard pixels.allSatisfy({ isValid[$0] }) else { continue }
      for band in 0..<image.bands {
        let values = pixels.map { Double(image.pixels[band * image.size.pixelCount + $0]) }
        let mean = values.reduce(0, +) / Double(values.count)
        var real = values.indices.map { (values[$0] - mean) * window[$0 / side] * window[$0 % side] }
        var imaginary = [Double](repeating: 0, count: real.count)
        transform.applyToSquare(&real, &imaginary)
        for index in real.indices {
          guard let ring = rings[index] else { continue }
          sums[ring] += real[index] * real[index] + imaginary[index] * imaginary[index]
          counts[ring] += 1
        }
      }
    }
  }
  guard counts.allSatisfy({ $0 > 0 }) else { return nil }
  let weight = window.reduce(0) { $0 + $1 * $1 }
  return PowerSpectrum(side: side, power: zip(sums, counts).map { $0 / Double($1) / (weight * weight) })
}

/// Ring, counted from 0, of each frequency of a square: its length in whole steps of 1 / side, minus one; nil for the
/// mean and beyond 0.5 cycles per pixel.
private func ringOfFrequency(_ side: Int) -> [Int?] {
  (0..<(side * side)).map { index in
    let (row, column) = (index / side, index % side)
    let length = Int(hypot(Double(min(row, side - row)), Double(min(column, side - column))).rounded())
    return 1...(side / 2) ~= length ? length - 1 : nil
  }
}

/// First pixels of the squares along one axis.
private func starts(_ extent: Int, _ side: Int) -> [Int] {
  let slack = extent - side
  let count = 1 + (slack + side / 2 - 1) / (side / 2)
  return (0..<count).map { count == 1 ? 0 : slack * $0 / (count - 1) }
}
