private import Foundation
internal import Geometry
internal import Raster
internal import Stacking
internal import SuperResolution

/// How far an image, seen through Sentinel-2's optics, agrees with its anchor: what a certificate measures, by the
/// same sensor model (a Gaussian point spread with a modulation transfer of 0.3 at the anchor's Nyquist frequency).
package struct Consistency: Sendable, Codable, Equatable {
  /// Reflectance.
  package struct Band: Sendable, Codable, Equatable {
    package let meanAbsoluteDifference: Double
    package let rmse: Double
    /// Mean of image - anchor.
    package let bias: Double
    /// RMSE of the means of blocks of 8 x 8 anchor pixels.
    package let blockMeanRMSE: Double
    /// RMSE of the plain 2 x 2 mean (paper section 5), which even the true image does not satisfy.
    package let boxRMSE: Double
    package let boxBias: Double
  }
  /// Red, green, blue.
  package let bands: [Band]
  /// Mean over the pixels.
  package let spectralAngleDegrees: Double
  /// Shift of the image's content against the anchor, anchor pixels; nil where it cannot be estimated.
  package let shiftRows: Double?
  package let shiftColumns: Double?
  /// Anchor pixels that hold data and see nothing but data in the image.
  package let comparedPixels: Int

  /// Means over the bands; quadratic for root mean squares.
  package var meanAbsoluteDifference: Double { mean(\.meanAbsoluteDifference) }
  package var rmse: Double { quadraticMean(\.rmse) }
  package var blockMeanRMSE: Double { quadraticMean(\.blockMeanRMSE) }
  package var boxRMSE: Double { quadraticMean(\.boxRMSE) }
  /// The bias of the band that has the largest.
  package var worstBias: Double { bands.map(\.bias).max { abs($0) < abs($1) } ?? 0 }
  /// Length of the shift, anchor pixels.
  package var shift: Double? {
    if let shiftRows, let shiftColumns { hypot(shiftRows, shiftColumns) } else { nil }
  }

  private func mean(_ figure: KeyPath<Band, Double>) -> Double {
    bands.reduce(0) { $0 + $1[keyPath: figure] } / Double(max(bands.count, 1))
  }
  private func quadraticMean(_ figure: KeyPath<Band, Double>) -> Double {
    (bands.reduce(0) { $0 + $1[keyPath: figure] * $1[keyPath: figure] } / Double(max(bands.count, 1))).squareRoot()
  }
}

/// - Parameter anchor: has half the image's rows and columns, and the same upper-left corner.
/// - Returns: nil where nothing can be compared.
/// - Throws: `EvaluationError` where the anchor is not of the image's ground.
package func consistency(of raster: ReflectanceRaster, with anchor: ReflectanceRaster) throws -> Consistency? {
  let seen = try anchorComparison(of: raster, with: anchor)
  var sums = ConsistencySums(bands: raster.image.bands)
  sums.add(seen)
  guard sums.comparedPixels > 0 else { return nil }
  let (fixed, moving) = (seen.anchorIntensity, seen.sensorIntensity)
  let shift = ShiftEstimator.estimate(size: anchor.size) {
    fixed.cropped(to: $0, of: anchor.size)
  } moving: {
    moving.cropped(to: $0, of: anchor.size)
  }.shift
  return Consistency(
    bands: sums.figures.map {
      Consistency.Band(
        meanAbsoluteDifference: $0.meanAbsoluteDifference, rmse: $0.rmse, bias: $0.bias,
        blockMeanRMSE: $0.blockMeanRMSE, boxRMSE: $0.boxRMSE, boxBias: $0.boxBias)
    },
    spectralAngleDegrees: sums.spectralAngleDegrees, shiftRows: shift?.rows, shiftColumns: shift?.columns,
    comparedPixels: sums.comparedPixels)
}

/// A whole image as the sensor sees it, beside its anchor.
/// - Throws: `EvaluationError` where the anchor is not of the image's ground.
func anchorComparison(of raster: ReflectanceRaster, with anchor: ReflectanceRaster) throws -> AnchorComparison {
  try raster.requireAnchor(anchor)
  return AnchorComparison(
    fine: raster.image, isMissing: raster.isValid.map { !$0 }, inner: anchor.size.window,
    anchor: ReferenceFrame.publishable(anchor.image),
    isAnchorClear: anchor.isValid, pointSpread: .sentinel2())
}

extension [Float] {
  /// The values of a window of one band.
  func cropped(to window: PixelWindow, of size: RasterSize) -> [Float] {
    (window.row..<window.endRow).flatMap {
      self[($0 * size.columns + window.column)..<($0 * size.columns + window.endColumn)]
    }
  }
}
