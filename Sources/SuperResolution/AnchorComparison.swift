package import Geometry
package import Raster

/// A fine image as the sensor sees it, beside its anchor: what consistency is measured on.
package struct AnchorComparison: Sendable {
  /// The anchor, reflectance.
  package let anchor: FloatImage
  /// The image through the sensor's optics, on the anchor's pixels.
  package let sensor: FloatImage
  /// The image's 2 x 2 means, as the paper pools (section 5).
  package let box: FloatImage
  /// The anchor is clear, and every fine pixel that the sensor model looks at holds data.
  package private(set) var isCompared: [Bool]
  /// Every fine pixel that the sensor model looks at holds data.
  private let isWhole: [Bool]

  /// - Parameters:
  ///   - fine: the window, with as much around it as the raster has of what the optics reach (4 low-resolution pixels);
  ///     2 rows x 2 columns of reflectance.
  ///   - isMissing: fine pixels without data.
  ///   - inner: the window, in low-resolution pixels of `fine`.
  ///   - anchor: the window's pixels of the anchor.
  ///   - isAnchorClear: the window's pixels where the anchor can be compared.
  package init(
    fine: FloatImage, isMissing: [Bool], inner: PixelWindow, anchor: FloatImage, isAnchorClear: [Bool],
    pointSpread: PointSpread
  ) {
    let taps = pointSpread.centredWeights
    let missing = FloatImage(bands: 1, size: fine.size, pixels: isMissing.map { $0 ? 1 : 0 })
    let missed = SensorView.apply(missing, taps: taps).cropped(to: inner)
    self.anchor = anchor
    sensor = SensorView.apply(fine, taps: taps).cropped(to: inner)
    box = SensorView.apply(fine, taps: ConsistencyRule.box.weights(pointSpread)).cropped(to: inner)
    isWhole = missed.pixels.map { $0 == 0 }
    isCompared = zip(isWhole, isAnchorClear).map { $0 && $1 }
  }

  /// The same comparison in other pixels of the window.
  func comparing(_ pixels: [Bool]) -> AnchorComparison {
    var other = self
    other.isCompared = zip(isWhole, pixels).map { $0 && $1 }
    return other
  }

  /// Mean of the bands of the image through the optics, NaN where nothing is compared.
  package var sensorIntensity: [Float] { intensity(of: sensor) }

  /// Mean of the bands of the anchor, NaN where nothing is compared.
  package var anchorIntensity: [Float] { intensity(of: anchor) }

  private func intensity(of image: FloatImage) -> [Float] {
    let plane = image.size.pixelCount
    return (0..<plane).map { pixel in
      guard isCompared[pixel] else { return .nan }
      return (0..<image.bands).reduce(Float(0)) { $0 + image.pixels[$1 * plane + pixel] } / Float(image.bands)
    }
  }
}
