private import Foundation
internal import Geometry
internal import Raster

/// PSNR after each band's mean difference is removed, decibels: the measure of Proba-V's challenge without its shifts.
/// - Returns: nil where no pixel can be compared; infinite where nothing but a constant a band is left.
package func biasFreeSignalToNoise(_ pair: ImagePair, range: Double = 1) -> Double? {
  let plane = pair.image.size.pixelCount
  let pixels = pair.isValid.indices.filter { pair.isValid[$0] }
  guard !pixels.isEmpty else { return nil }
  var squares = 0.0
  for band in 0..<pair.image.bands {
    let differences = pixels.map {
      Double(pair.image.pixels[band * plane + $0]) - Double(pair.truth.pixels[band * plane + $0])
    }
    let bias = differences.reduce(0, +) / Double(differences.count)
    squares += differences.reduce(0) { $0 + ($1 - bias) * ($1 - bias) }
  }
  let mean = squares / Double(pixels.count * pair.image.bands)
  return mean < 1e-20 ? .infinity : 10 * log10(range * range / mean)
}

/// Mean angle between the spectra of two images' pixels, degrees; black pixels are left out.
/// - Returns: nil where no pixel can be compared.
package func spectralAngle(_ pair: ImagePair) -> Double? {
  let plane = pair.image.size.pixelCount
  var (sum, count) = (0.0, 0)
  for pixel in 0..<plane where pair.isValid[pixel] {
    var (dot, a, b) = (0.0, 0.0, 0.0)
    for band in 0..<pair.image.bands {
      let (x, y) = (Double(pair.image.pixels[band * plane + pixel]), Double(pair.truth.pixels[band * plane + pixel]))
      dot += x * y
      a += x * x
      b += y * y
    }
    guard a > 0, b > 0 else { continue }
    sum += acos(min(1, max(-1, dot / (a * b).squareRoot())))
    count += 1
  }
  return count > 0 ? sum / Double(count) * 180 / .pi : nil
}
