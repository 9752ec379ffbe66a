private import Foundation
internal import Geometry
internal import Raster

/// Peak signal-to-noise ratio, decibels: 10 log10(range^2 / MSE), bands taken together.
///
/// Paper eq. (1) with the square on the peak that it leaves out.
/// - Parameter range: peak value, reflectance.
/// - Returns: nil where no pixel can be compared; infinite where the images are equal.
package func peakSignalToNoise(_ pair: ImagePair, range: Double = 1) -> Double? {
  let plane = pair.image.size.pixelCount
  var (sum, count) = (0.0, 0)
  for band in 0..<pair.image.bands {
    for pixel in 0..<plane where pair.isValid[pixel] {
      let difference = Double(pair.image.pixels[band * plane + pixel]) - Double(pair.truth.pixels[band * plane + pixel])
      sum += difference * difference
      count += 1
    }
  }
  guard count > 0 else { return nil }
  return sum == 0 ? .infinity : 10 * log10(range * range * Double(count) / sum)
}
