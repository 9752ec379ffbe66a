import Evaluation
import Geometry
import Raster
import Testing

@Test func similarityEqualsScikitImageAndTorchmetrics() throws {
  let reference = try ReferenceValues.load()
  #expect(reference.versions["scikit-image"] == "0.26.0" && reference.versions["torchmetrics"] == "1.9.0")
  let images = SampleImages.pair(rows: 40, columns: 57)
  for peak in [1.0, 0.3] {
    let psnr = try #require(reference.similarity.psnr["\(peak)"])
    let ssim = try #require(reference.similarity.ssim["\(peak)"])
    #expect(agrees(try #require(peakSignalToNoise(images, range: peak)), psnr, within: 1e-6))
    #expect(agrees(try #require(structuralSimilarity(images, range: peak)), ssim, within: 1e-6))
  }
  #expect(agrees(try #require(peakSignalToNoise(images)), reference.similarity.torchmetricsPSNR, within: 1e-6))
  #expect(agrees(try #require(structuralSimilarity(images)), reference.similarity.torchmetricsSSIM, within: 1e-6))
  #expect(agrees(try #require(biasCorrectedSignalToNoise(images)), reference.similarity.cpsnr, within: 1e-6))
}

@Test func aBiasOfEachBandCostsNothing() throws {
  let images = SampleImages.pair(rows: 20, columns: 24)
  var brighter = images.image
  for band in 0..<3 {
    for pixel in 0..<480 { brighter.pixels[band * 480 + pixel] += Float(band + 1) * 0.05 }
  }
  let moved = ImagePair(image: brighter, truth: images.truth, isValid: images.isValid)
  let before = try #require(biasCorrectedSignalToNoise(images))
  #expect(agrees(try #require(biasCorrectedSignalToNoise(moved)), before))
  #expect(try #require(peakSignalToNoise(moved)) < before - 10)
}

@Test func thePeakCounts() throws {
  let images = SampleImages.pair(rows: 20, columns: 20)
  let one = try #require(peakSignalToNoise(images))
  let tenth = try #require(peakSignalToNoise(images, range: 0.1))
  #expect(abs(one - tenth - 20) < 1e-9)
}

@Test func holesAreLeftOut() throws {
  let clean = SampleImages.pair(rows: 40, columns: 57)
  let holed = SampleImages.pair(rows: 40, columns: 57, holes: true)
  var spoilt = holed.image
  for pixel in holed.isValid.indices where !holed.isValid[pixel] { spoilt.pixels[pixel] = 50 }
  let again = ImagePair(image: spoilt, truth: holed.truth, isValid: holed.isValid)
  #expect(peakSignalToNoise(again) == peakSignalToNoise(holed))
  #expect(biasCorrectedSignalToNoise(again) == biasCorrectedSignalToNoise(holed))
  #expect(structuralSimilarity(again) == structuralSimilarity(holed))
  #expect(peakSignalToNoise(clean) != peakSignalToNoise(holed))
  #expect(Histogram(of: spoilt, isValid: holed.isValid) == Histogram(of: holed.image, isValid: holed.isValid))
}

@Test func equalImagesAreEqual() throws {
  let images = SampleImages.pair(rows: 20, columns: 20)
  let same = ImagePair(image: images.truth, truth: images.truth, isValid: images.isValid)
  #expect(peakSignalToNoise(same) == .infinity && biasCorrectedSignalToNoise(same) == .infinity)
  #expect(abs(try #require(structuralSimilarity(same)) - 1) < 1e-12)
  let nothing = ImagePair(image: images.image, truth: images.truth, isValid: images.isValid.map { _ in false })
  #expect(peakSignalToNoise(nothing) == nil && structuralSimilarity(nothing) == nil)
  #expect(biasCorrectedSignalToNoise(nothing) == nil)
}
