import Evaluation
import Geometry
import Raster
import Stacking
import SuperResolution
import TestSupport
import Testing

@Test func correctnessEqualsItsDefinition() throws {
  let reference = try ReferenceValues.load().correctness
  let images = SampleImages.pair(rows: 96, columns: 112)
  let found = try #require(
    try correctness(
      of: SampleImages.raster(images.image), truth: SampleImages.raster(images.truth),
      anchor: SampleImages.raster(SampleImages.anchor(rows: 96, columns: 112))))
  #expect(agrees(found.improvement, try #require(reference["improvement"]), within: 1e-3))
  #expect(agrees(found.omission, try #require(reference["omission"]), within: 1e-3))
  #expect(agrees(found.hallucination, try #require(reference["hallucination"]), within: 1e-3))
  #expect(agrees(found.synthesis, try #require(reference["synthesis"])))
  #expect(Double(found.judgedPixels) == reference["judgedPixels"])
  #expect(abs(found.improvement + found.omission + found.hallucination - 1) < 1e-9)
}

/// A scene, its anchor through the optics, and noise.
private struct Scene {
  let truth: FloatImage
  let anchor: ReflectanceRaster
  let noise: FloatImage

  init() {
    let size = RasterSize(rows: 160, columns: 160)
    truth = WaveScene(finest: 3).image(size)
    anchor = SampleImages.raster(SensorView.apply(truth, taps: PointSpread.sentinel2().centredWeights))
    var generator = SeededGenerator(3)
    noise = FloatImage(
      bands: 3, size: size, pixels: (0..<(3 * size.pixelCount)).map { _ in 0.15 + 0.04 * generator.normal() })
  }

  func judge(_ image: FloatImage) throws -> Correctness {
    try #require(
      try correctness(of: SampleImages.raster(image), truth: SampleImages.raster(truth), anchor: anchor))
  }
}

@Test func truthImprovesAnchorOmitsNoiseHallucinates() throws {
  let scene = Scene()
  let improved = try scene.judge(scene.truth)
  let omitted = try scene.judge(bilinearlyUpsampled(scene.anchor.image))
  let hallucinated = try scene.judge(scene.noise)
  #expect(improved.improvement > 0.9)
  #expect(omitted.omission > 0.5 && omitted.improvement < improved.improvement)
  #expect(hallucinated.hallucination > 0.5 && hallucinated.synthesis > improved.synthesis)
  #expect(omitted.synthesis < improved.synthesis)
}

@Test func colourAndWholePixelShiftsAreForgiven() throws {
  let scene = Scene()
  let size = scene.truth.size
  var other = WaveScene(finest: 3).image(size, shift: Shift(rows: 2, columns: -1))
  for index in other.pixels.indices { other.pixels[index] = 1.3 * other.pixels[index] + 0.05 }
  #expect(try scene.judge(other).improvement > 0.85)
}

@Test func histogramMatchingEqualsScikitImage() throws {
  let images = SampleImages.pair(rows: 40, columns: 57)
  let plane = 40 * 57
  let matched = histogramMatched(
    Array(images.image.pixels[..<plane]), to: Array(images.truth.pixels[plane..<(2 * plane)]))
  let reference = try ReferenceValues.load().matched
  #expect(reference.count == (plane + 18) / 19)
  for (index, value) in reference.enumerated() { #expect(abs(matched[19 * index] - value) < 1e-6) }
}

@Test func bilinearUpsamplingEqualsPyTorch() throws {
  let upsampled = bilinearlyUpsampled(SampleImages.anchor(rows: 12, columns: 10))
  let reference = try ReferenceValues.load().bilinear
  #expect(upsampled.size == RasterSize(rows: 12, columns: 10) && reference.count == upsampled.pixels.count)
  for (value, expected) in zip(upsampled.pixels, reference) { #expect(abs(value - expected) < 1e-6) }
}
