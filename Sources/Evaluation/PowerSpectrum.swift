private import Foundation
internal import Geometry
package import Raster

/// Power of spatial frequencies, averaged over directions and bands (the paper's figure 9).
package struct PowerSpectrum: Sendable, Codable, Equatable {
  /// Cycles a pixel, 0 to 0.5.
  package var frequencies: [Double]
  /// Reflectance squared, of the windowed image, for one frequency of the plane.
  package var power: [Double]
}

/// The largest square of 2^n pixels in the middle of the image, at most 512, less its mean, under a Hann window.
/// - Returns: one value a ring of one frequency step; nil where no square of 16 pixels fits or a pixel of it is invalid.
package func powerSpectrum(_ image: FloatImage, isValid: [Bool]? = nil) -> PowerSpectrum? {
  var side = 512
  while side > min(image.rows, image.columns) { side /= 2 }
  guard side >= 16 else { return nil }
  let (top, left) = ((image.rows - side) / 2, (image.columns - side) / 2)
  let window = PixelWindow(row: top, column: left, rows: side, columns: side)
  if let isValid {
    for row in top..<(top + side) {
      for column in left..<(left + side) where !isValid[row * image.columns + column] { return nil }
    }
  }
  let square = image.cropped(to: window)
  let hann = (0..<side).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(side)) }
  var sums = [Double](repeating: 0, count: side / 2)
  var counts = [Int](repeating: 0, count: side / 2)
  for band in 0..<image.bands {
    let values = (0..<(side * side)).map { Double(square.pixels[band * side * side + $0]) }
    let mean = values.reduce(0, +) / Double(values.count)
    var real = values.indices.map { (values[$0] - mean) * hann[$0 / side] * hann[$0 % side] }
    var imaginary = [Double](repeating: 0, count: real.count)
    transform(&real, &imaginary, side: side)
    for index in real.indices {
      let (row, column) = (index / side, index % side)
      let (down, across) = (Double(min(row, side - row)), Double(min(column, side - column)))
      let ring = Int((down * down + across * across).squareRoot().rounded())
      guard ring < side / 2 else { continue }
      sums[ring] += (real[index] * real[index] + imaginary[index] * imaginary[index]) / Double(real.count)
      counts[ring] += 1
    }
  }
  return PowerSpectrum(
    frequencies: sums.indices.map { Double($0) / Double(side) },
    power: zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : 0 })
}

/// Two-dimensional Fourier transform in place, side a power of two.
private func transform(_ real: inout [Double], _ imaginary: inout [Double], side: Int) {
  for row in 0..<side {
    var (re, im) = (Array(real[(row * side)..<((row + 1) * side)]), Array(imaginary[(row * side)..<((row + 1) * side)]))
    fourierTransform(&re, &im)
    real.replaceSubrange((row * side)..<((row + 1) * side), with: re)
    imaginary.replaceSubrange((row * side)..<((row + 1) * side), with: im)
  }
  for column in 0..<side {
    var re = (0..<side).map { real[$0 * side + column] }
    var im = (0..<side).map { imaginary[$0 * side + column] }
    fourierTransform(&re, &im)
    for row in 0..<side {
      real[row * side + column] = re[row]
      imaginary[row * side + column] = im[row]
    }
  }
}

/// Radix-2 Fourier transform in place.
/// - Precondition: as many values as a power of two.
func fourierTransform(_ real: inout [Double], _ imaginary: inout [Double]) {
  let count = real.count
  precondition(count > 0 && count & (count - 1) == 0 && imaginary.count == count)
  var target = 0
  for index in 1..<max(count, 1) {
    var bit = count >> 1
    while target & bit != 0 {
      target ^= bit
      bit >>= 1
    }
    target |= bit
    if index < target {
      real.swapAt(index, target)
      imaginary.swapAt(index, target)
    }
  }
  var length = 2
  while length <= count {
    let angle = -2 * Double.pi / Double(length)
    for start in stride(from: 0, to: count, by: length) {
      for offset in 0..<(length / 2) {
        let (c, s) = (cos(angle * Double(offset)), sin(angle * Double(offset)))
        let (even, odd) = (start + offset, start + offset + length / 2)
        let (re, im) = (real[odd] * c - imaginary[odd] * s, real[odd] * s + imaginary[odd] * c)
        (real[odd], imaginary[odd]) = (real[even] - re, imaginary[even] - im)
        real[even] += re
        imaginary[even] += im
      }
    }
    length *= 2
  }
}
