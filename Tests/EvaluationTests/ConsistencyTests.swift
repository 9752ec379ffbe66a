import Evaluation
import Geometry
import Raster
import Stacking
import SuperResolution
import TestSupport
import Testing

@Test func consistencyEqualsItsDefinition() throws {
  let reference = try ReferenceValues.load().consistency
  let image = SampleImages.raster(SampleImages.pair(rows: 96, columns: 112).image)
  let anchor = SampleImages.raster(SampleImages.anchor(rows: 96, columns: 112), "anchor")
  let found = try #require(try consistency(of: image, with: anchor))
  for (band, figures) in found.bands.enumerated() {
    #expect(agrees(figures.meanAbsoluteDifference, reference.meanAbsoluteDifference[band]))
    #expect(agrees(figures.rmse, reference.rmse[band]))
    #expect(agrees(figures.bias, reference.bias[band], within: 1e-3))
    #expect(agrees(figures.blockMeanRMSE, reference.blockMeanRMSE[band], within: 1e-3))
    #expect(agrees(figures.boxRMSE, reference.boxRMSE[band], within: 1e-3))
    #expect(agrees(figures.boxBias, reference.boxBias[band], within: 1e-3))
  }
  #expect(agrees(found.spectralAngleDegrees, reference.torchmetricsSAMDegrees))
  #expect(found.comparedPixels == 48 * 56)
  #expect(agrees(found.worstBias, try #require(reference.bias.min()), within: 1e-3))
}

@Test func theTruthThroughTheOpticsIsConsistent() throws {
  let scene = WaveScene(finest: 4)
  let fine = scene.image(RasterSize(rows: 128, columns: 144))
  let anchor = SensorView.apply(fine, taps: PointSpread.sentinel2().centredWeights)
  let found = try #require(try consistency(of: SampleImages.raster(fine), with: SampleImages.raster(anchor)))
  #expect(found.rmse < 1e-6 && abs(found.worstBias) < 1e-6 && found.spectralAngleDegrees < 0.05)
  #expect(found.boxRMSE > 1e-4, "the 2 x 2 mean contradicts the optics")
  #expect(try #require(found.shift) < 0.01)
}

@Test func aShiftIsFound() throws {
  let scene = WaveScene(finest: 8)
  let size = RasterSize(rows: 192, columns: 192)
  let anchor = SensorView.apply(scene.image(size), taps: PointSpread.sentinel2().centredWeights)
  // 1.2 fine pixels south and 0.6 west.
  let moved = scene.image(size, shift: Shift(rows: 1.2, columns: -0.6))
  let found = try #require(try consistency(of: SampleImages.raster(moved), with: SampleImages.raster(anchor)))
  #expect(abs(try #require(found.shiftRows) - 0.6) < 0.03)
  #expect(abs(try #require(found.shiftColumns) + 0.3) < 0.03)
}

@Test func pixelsThatSeeAHoleAreNotCompared() throws {
  let images = SampleImages.pair(rows: 96, columns: 112)
  let anchor = SampleImages.anchor(rows: 96, columns: 112)
  var isValid = images.isValid
  isValid[50 * 112 + 40] = false
  var spoilt = images.image
  spoilt[1, 50, 40] = 30
  let image = ReflectanceRaster(path: "image", image: spoilt, isValid: isValid)
  let found = try #require(try consistency(of: image, with: SampleImages.raster(anchor)))
  // The optics reach 8 fine pixels: 4 anchor pixels on each axis see the hole.
  #expect(found.comparedPixels == 48 * 56 - 16)
  #expect(found.bands[1].rmse < 0.1)
  let empty = ReflectanceRaster(path: "image", image: spoilt, isValid: isValid.map { _ in false })
  #expect(try consistency(of: empty, with: SampleImages.raster(anchor)) == nil)
}

@Test func anAnchorOfOtherGroundIsRefused() throws {
  func grid(_ x: Double, _ pixel: Double, _ size: RasterSize) -> GridGeometry {
    GridGeometry(
      epsg: 32631, upperLeftX: x, upperLeftY: 4_800_000, pixelWidth: pixel, pixelHeight: pixel, size: size)
  }
  let (fine, low) = (RasterSize(rows: 96, columns: 112), RasterSize(rows: 48, columns: 56))
  let image = SampleImages.raster(
    SampleImages.pair(rows: 96, columns: 112).image, "fine.tif", grid: grid(500_000, 5, fine))
  let pixels = SampleImages.anchor(rows: 96, columns: 112)
  #expect(
    try consistency(of: image, with: SampleImages.raster(pixels, grid: grid(500_000, 10, low))) != nil)
  for (x, pixel) in [(500_010.0, 10.0), (500_000, 20)] {
    let error = #expect(throws: EvaluationError.self) {
      try consistency(of: image, with: SampleImages.raster(pixels, "anchor.tif", grid: grid(x, pixel, low)))
    }
    #expect(try #require(error).description.contains("anchor.tif"))
  }
  let error = #expect(throws: EvaluationError.self) {
    try consistency(of: image, with: SampleImages.raster(SampleImages.anchor(rows: 90, columns: 112), "other.tif"))
  }
  #expect(try #require(error).description.contains("other.tif: is 45 x 56 pixels"))
}

/// An anchor that is darker than what can be published is measured as the certificate measures it: as the darkest there is.
@Test func aDarkAnchorIsMeasuredAsTheCertificateDoes() throws {
  let size = RasterSize(rows: 64, columns: 64)
  let image = FloatImage(bands: 3, size: size.scaled(by: 2), pixels: .init(repeating: 1e-4, count: 3 * 4 * 64 * 64))
  let anchor = FloatImage(bands: 3, size: size, pixels: .init(repeating: -0.05, count: 3 * 64 * 64))
  let found = try #require(try consistency(of: SampleImages.raster(image), with: SampleImages.raster(anchor)))
  #expect(found.rmse < 1e-6 && abs(found.worstBias) < 1e-6 && found.comparedPixels == 64 * 64)
}
