private import Foundation
internal import Geometry
package import Raster
internal import Stacking
internal import SuperResolution

/// How far an image, seen at the anchor's resolution, agrees with the anchor. Differences are reflectances, image minus
/// anchor; where not said otherwise, through the sensor model (`PointSpread.sentinel2`).
package struct ConsistencyFigures: Sendable, Codable, Equatable {
  /// Mean absolute difference.
  package var reflectance: Double
  package var rmse: Double
  /// Of the band where it is farthest from 0.
  package var bias: Double
  /// Root mean square of the differences of the means of 8 x 8 anchor pixels; nil where no block is whole.
  package var blockRMSE: Double?
  /// Degrees.
  package var spectralAngle: Double?
  /// Anchor pixels; nil where it cannot be told.
  package var shiftRows: Double?
  package var shiftColumns: Double?
  /// The plain 2 x 2 mean against the anchor, the paper's measure.
  package var boxRMSE: Double
  package var comparedPixels: Int
}

/// - Parameters:
///   - image: 2 rows x 2 columns, reflectance.
///   - isValid: of `image`; anchor pixels whose surroundings hold an invalid one are left out.
///   - anchor: rows x columns, reflectance.
///   - isAnchorValid: of `anchor`.
/// - Returns: nil where no pixel can be compared.
package func consistency(
  of image: FloatImage, isValid: [Bool], with anchor: FloatImage, isAnchorValid: [Bool]
) -> ConsistencyFigures? {
  precondition(image.rows == 2 * anchor.rows && image.columns == 2 * anchor.columns && image.bands == anchor.bands)
  let sensor = PointSpread.sentinel2().centredWeights
  let seen = SensorView.apply(image, taps: sensor)
  let pooled = SensorView.apply(image, taps: ConsistencyRule.box.weights(.sentinel2()))
  let missing = SensorView.apply(
    FloatImage(bands: 1, size: image.size, pixels: isValid.map { $0 ? 0 : 1 }), taps: sensor)
  let isCompared = isAnchorValid.indices.map { isAnchorValid[$0] && missing.pixels[$0] == 0 }
  let compared = isCompared.count { $0 }
  guard compared > 0 else { return nil }
  let plane = anchor.size.pixelCount
  var (absolute, squares, box, bias) = (0.0, 0.0, 0.0, 0.0)
  for band in 0..<anchor.bands {
    var sum = 0.0
    for pixel in 0..<plane where isCompared[pixel] {
      let index = band * plane + pixel
      let difference = Double(seen.pixels[index]) - Double(anchor.pixels[index])
      absolute += abs(difference)
      squares += difference * difference
      sum += difference
      let plain = Double(pooled.pixels[index]) - Double(anchor.pixels[index])
      box += plain * plain
    }
    if abs(sum) > abs(bias) { bias = sum }
  }
  let samples = Double(compared * anchor.bands)
  let shift = ShiftEstimator.estimate(
    size: anchor.size, fixed: { intensity(anchor, isCompared, $0) }, moving: { intensity(seen, isCompared, $0) }
  ).shift
  return ConsistencyFigures(
    reflectance: absolute / samples, rmse: (squares / samples).squareRoot(), bias: bias / Double(compared),
    blockRMSE: blockRMSE(seen, anchor, isCompared),
    spectralAngle: spectralAngle(ImagePair(image: seen, truth: anchor, isValid: isCompared)),
    shiftRows: shift?.rows, shiftColumns: shift?.columns, boxRMSE: (box / samples).squareRoot(),
    comparedPixels: compared)
}

private func blockRMSE(_ seen: FloatImage, _ anchor: FloatImage, _ isCompared: [Bool], side: Int = 8) -> Double? {
  let (rows, columns) = (anchor.rows, anchor.columns)
  var (squares, count) = (0.0, 0)
  for row in stride(from: 0, through: rows - side, by: side) {
    for column in stride(from: 0, through: columns - side, by: side) {
      let pixels = (0..<(side * side)).map { (row + $0 / side) * columns + column + $0 % side }
      guard pixels.allSatisfy({ isCompared[$0] }) else { continue }
      for band in 0..<anchor.bands {
        let sum = pixels.reduce(0.0) {
          let index = band * anchor.size.pixelCount + $1
          return $0 + Double(seen.pixels[index]) - Double(anchor.pixels[index])
        }
        squares += sum * sum / Double(pixels.count * pixels.count)
        count += 1
      }
    }
  }
  return count > 0 ? (squares / Double(count)).squareRoot() : nil
}

/// Mean of the bands, NaN where it must not be used.
private func intensity(_ image: FloatImage, _ isValid: [Bool], _ window: PixelWindow) -> [Float] {
  let plane = image.size.pixelCount
  return (0..<window.pixelCount).map { index in
    let pixel = (window.row + index / window.columns) * image.columns + window.column + index % window.columns
    guard isValid[pixel] else { return .nan }
    return (0..<image.bands).reduce(Float(0)) { $0 + image.pixels[$1 * plane + pixel] } / Float(image.bands)
  }
}
