import Evaluation
import Geometry
import Raster
import Testing

/// Images from integer arithmetic, so that any language makes the same ones.
private func pair(rows: Int, columns: Int, holes: Bool = false) -> ImagePair {
  let size = RasterSize(rows: rows, columns: columns)
  var truth = FloatImage(bands: 3, size: size)
  var image = truth
  for band in 0..<3 {
    for row in 0..<rows {
      for column in 0..<columns {
        let base = (row * row * 3 + column * 7 * (band + 1) + row * column) % 251
        let noise = (row * 31 + column * 17 + band * 5) % 23
        truth[band, row, column] = Float(base) / 500
        image[band, row, column] = Float(base) / 520 + Float(noise) / 1000
      }
    }
  }
  let isValid = (0..<size.pixelCount).map { !holes || $0 % 97 != 5 }
  return ImagePair(image: image, truth: truth, isValid: isValid)
}

/// Values of scikit-image 0.26 on the same images: `peak_signal_noise_ratio(data_range=1)` and
/// `structural_similarity(data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
/// channel_axis=0)`.
@Test func measuresEqualScikitImage() throws {
  let images = pair(rows: 40, columns: 57)
  #expect(abs(try #require(peakSignalToNoise(images)) - 41.101813) < 1e-3)
  #expect(abs(try #require(structuralSimilarity(images)) - 0.99813587) < 1e-5)
}

@Test func thePeakCounts() throws {
  let images = pair(rows: 20, columns: 20)
  let one = try #require(peakSignalToNoise(images))
  let third = try #require(peakSignalToNoise(images, range: 0.1))
  #expect(abs(one - third - 20) < 1e-9)
}

@Test func holesAreLeftOut() throws {
  let clean = pair(rows: 40, columns: 57)
  let holed = pair(rows: 40, columns: 57, holes: true)
  var spoilt = holed.image
  for pixel in holed.isValid.indices where !holed.isValid[pixel] { spoilt.pixels[pixel] = 50 }
  let again = ImagePair(image: spoilt, truth: holed.truth, isValid: holed.isValid)
  #expect(peakSignalToNoise(again) == peakSignalToNoise(holed))
  #expect(structuralSimilarity(again) == structuralSimilarity(holed))
  #expect(peakSignalToNoise(clean) != peakSignalToNoise(holed))
}

@Test func equalImagesAreEqual() throws {
  let images = pair(rows: 20, columns: 20)
  let same = ImagePair(image: images.truth, truth: images.truth, isValid: images.isValid)
  #expect(peakSignalToNoise(same) == .infinity)
  #expect(abs(try #require(structuralSimilarity(same)) - 1) < 1e-12)
  let nothing = ImagePair(image: images.image, truth: images.truth, isValid: images.isValid.map { _ in false })
  #expect(peakSignalToNoise(nothing) == nil && structuralSimilarity(nothing) == nil)
}
