private import Foundation

/// Discrete Fourier transforms of a power of two values: X[k] = sum over n of x[n] e^(-2 pi i k n / N), in place.
package struct FourierTransform: Sendable {
  package let count: Int
  private let cosines: [Double]
  private let sines: [Double]
  private let reversed: [Int]

  /// - Precondition: `count` is a power of two.
  package init(count: Int) {
    precondition(count > 0 && count & (count - 1) == 0, "\(count) is not a power of two")
    self.count = count
    cosines = (0..<(count / 2)).map { cos(2 * .pi * Double($0) / Double(count)) }
    sines = (0..<(count / 2)).map { -sin(2 * .pi * Double($0) / Double(count)) }
    let bits = count.trailingZeroBitCount
    reversed = (0..<count).map { index in
      (0..<bits).reduce(0) { $0 | (index >> $1 & 1) << (bits - 1 - $1) }
    }
  }

  /// - Parameters:
  ///   - real, imaginary: where the values lie.
  ///   - start: of the first value.
  ///   - step: from one value to the next.
  package func apply(_ real: inout [Double], _ imaginary: inout [Double], start: Int = 0, step: Int = 1) {
    for index in 0..<count where index < reversed[index] {
      real.swapAt(start + index * step, start + reversed[index] * step)
      imaginary.swapAt(start + index * step, start + reversed[index] * step)
    }
    var half = 1
    while half < count {
      let stride = count / (2 * half)
      for group in Swift.stride(from: 0, to: count, by: 2 * half) {
        for offset in 0..<half {
          let (c, s) = (cosines[offset * stride], sines[offset * stride])
          let a = start + (group + offset) * step
          let b = a + half * step
          let (r, i) = (real[b] * c - imaginary[b] * s, real[b] * s + imaginary[b] * c)
          (real[b], imaginary[b]) = (real[a] - r, imaginary[a] - i)
          (real[a], imaginary[a]) = (real[a] + r, imaginary[a] + i)
        }
      }
      half *= 2
    }
  }

  /// Transforms a square of `count` x `count` values along both axes.
  package func applyToSquare(_ real: inout [Double], _ imaginary: inout [Double]) {
    for row in 0..<count { apply(&real, &imaginary, start: row * count) }
    for column in 0..<count { apply(&real, &imaginary, start: column, step: count) }
  }
}
