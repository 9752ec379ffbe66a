import Geometry
import Networks
import Raster
import SuperResolution
import TestSupport
import Testing

private let size = RasterSize(rows: 64, columns: 80)
private let spread = PointSpread.sentinel2()

/// A town-like fine image: blocks of different brightness on a wavy ground.
private func town() -> FloatImage {
  var generator = SeededGenerator(11)
  var image = WaveScene(finest: 6).image(size.scaled(by: 2))
  for _ in 0..<120 {
    let (row, column) = (
      Int.random(in: 4..<115, using: &generator), Int.random(in: 4..<145, using: &generator)
    )
    let value = Float.random(in: 0.05...0.5, using: &generator)
    for r in row..<(row + Int.random(in: 2...8, using: &generator)) {
      for c in column..<(column + Int.random(in: 2...8, using: &generator)) {
        for band in 0..<3 { image[band, r, c] = value * (1 - 0.1 * Float(band)) }
      }
    }
  }
  return image
}

private func noisy(_ image: FloatImage, _ sigma: Float) -> FloatImage {
  var generator = SeededGenerator(12)
  var result = image
  for index in result.pixels.indices { result.pixels[index] += sigma * generator.normal() }
  return result
}

private func rms(_ a: FloatImage, _ b: FloatImage) -> Float {
  (zip(a.pixels, b.pixels).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Float(a.pixels.count)).squareRoot()
}

@Test(arguments: [ConsistencyRule.sensor, .box])
func theResultIsTheAnchorInTheEyesOfTheRule(rule: ConsistencyRule) {
  let taps = rule.weights(spread)
  let truth = town()
  let anchor = noisy(SensorView.apply(truth, taps: taps), 0.0015)
  // Colours of another sensor: a gain and an offset the anchor does not have.
  let foreign = FloatImage(bands: 3, size: truth.size, pixels: Bicubic.upsample(anchor).pixels.map { 1.15 * $0 + 0.02 })
  let clear = [Float](repeating: 1, count: size.pixelCount)
  let result = BackProjection(rule: rule, pointSpread: spread).apply(foreign, anchor: anchor, clear: clear)
  let seen = SensorView.apply(result, taps: taps)
  for band in 0..<3 {
    let plane = (band * size.pixelCount)..<((band + 1) * size.pixelCount)
    let differences = plane.map { seen.pixels[$0] - anchor.pixels[$0] }
    let bias = differences.reduce(0, +) / Float(differences.count)
    let rmse = (differences.reduce(0) { $0 + $1 * $1 } / Float(differences.count)).squareRoot()
    #expect(abs(bias) < 0.0001)
    #expect(rmse < 0.002)
  }
}

@Test func theAnchorsNoiseIsNotCopiedIn() {
  let truth = town()
  let anchor = noisy(SensorView.apply(truth, taps: spread.centredWeights), 0.0015)
  let clear = [Float](repeating: 1, count: size.pixelCount)
  let result = BackProjection(rule: .sensor, pointSpread: spread).apply(truth, anchor: anchor, clear: clear)
  // A perfect image stays nearly so: far less is added than the noise that full back-projection would bring in.
  #expect(rms(result, truth) < 0.0008)
}

@Test func onlyClearPixelsOfTheAnchorCount() {
  let truth = town()
  let anchor = SensorView.apply(truth, taps: spread.centredWeights)
  var cloudy = anchor
  var clear = [Float](repeating: 1, count: size.pixelCount)
  for row in 20..<40 {
    for column in 30..<50 {
      clear[row * size.columns + column] = 0
      for band in 0..<3 { cloudy[band, row, column] = 0.9 }
    }
  }
  let projection = BackProjection(rule: .sensor, pointSpread: spread)
  let start = Bicubic.upsample(anchor)
  #expect(
    projection.apply(start, anchor: anchor, clear: clear) == projection.apply(start, anchor: cloudy, clear: clear))
}

@Test func aConstantImageIsSeenAsItself() {
  let image = FloatImage(bands: 2, size: RasterSize(rows: 20, columns: 14), repeating: 0.3)
  let seen = SensorView.apply(image, taps: spread.centredWeights)
  #expect(seen.pixels.allSatisfy { abs($0 - 0.3) < 1e-6 })
}

@Test func aWindowsResultIsThatOfTheWhole() {
  let truth = town()
  let anchor = noisy(SensorView.apply(truth, taps: spread.centredWeights), 0.0015)
  var generator = SeededGenerator(4)
  let clear = (0..<size.pixelCount).map { _ in Float.random(in: 0..<1, using: &generator) < 0.8 ? Float(1) : 0 }
  let projection = BackProjection(rule: .sensor, pointSpread: spread)
  let start = Bicubic.upsample(anchor)
  let whole = projection.apply(start, anchor: anchor, clear: clear)
  let corners = [(0, 0), (13, 7), (size.rows - 9, size.columns - 11)]
  for (row, column) in corners {
    let kept = PixelWindow(row: row, column: column, rows: 9, columns: 11)
    #expect(
      projection.apply(start, anchor: anchor, clear: clear, keeping: kept) == whole.cropped(to: kept.scaled(by: 2)))
  }
}

@Test(arguments: [Float.nan, .infinity, -.infinity]) func imagesTellWhatIsNoNumber(value: Float) {
  var image = FloatImage(bands: 2, size: RasterSize(rows: 5, columns: 7), repeating: -0.3)
  #expect(image.isFinite)
  image[1, 4, 6] = value
  #expect(!image.isFinite)
}
