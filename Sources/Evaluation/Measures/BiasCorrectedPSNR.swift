private import Foundation
internal import Geometry
internal import Raster

/// Peak signal-to-noise ratio after taking out each band's bias, decibels (cPSNR, the score of the PROBA-V contest and
/// of HighRes-net): 10 log10(range^2 / mean over bands of the variance of image - truth).
///
/// A brightness that differs from band to band costs nothing; no shift is searched for. For several bands the contest
/// says nothing: here each band has a bias of its own.
/// - Parameter range: peak value, reflectance.
/// - Returns: nil where no pixel can be compared; infinite where the images are equal but for the biases.
package func biasCorrectedSignalToNoise(_ pair: ImagePair, range: Double = 1) -> Double? {
  let plane = pair.image.size.pixelCount
  let compared = pair.isValid.count { $0 }
  guard compared > 0 else { return nil }
  var sum = 0.0
  for band in 0..<pair.image.bands {
    func difference(_ pixel: Int) -> Double {
      Double(pair.image.pixels[band * plane + pixel]) - Double(pair.truth.pixels[band * plane + pixel])
    }
    var total = 0.0
    for pixel in 0..<plane where pair.isValid[pixel] { total += difference(pixel) }
    let bias = total / Double(compared)
    for pixel in 0..<plane where pair.isValid[pixel] {
      let rest = difference(pixel) - bias
      sum += rest * rest
    }
  }
  return sum == 0 ? .infinity : 10 * log10(range * range * Double(compared * pair.image.bands) / sum)
}
