import Evaluation
import Foundation
import Geometry
import Raster
import TestSupport
import Testing

@Test(arguments: [1, 2, 8, 64])
func theFastTransformEqualsTheDefinition(count: Int) {
  var generator = SeededGenerator(UInt64(count))
  let real = generator.floats(3 * count).map { Double($0) }
  let imaginary = generator.floats(3 * count).map { Double($0) }
  var (fastReal, fastImaginary) = (real, imaginary)
  FourierTransform(count: count).apply(&fastReal, &fastImaginary, start: 1, step: 3)
  for k in 0..<count {
    var (sumReal, sumImaginary) = (0.0, 0.0)
    for n in 0..<count {
      let angle = -2 * Double.pi * Double(k * n) / Double(count)
      sumReal += real[1 + 3 * n] * cos(angle) - imaginary[1 + 3 * n] * sin(angle)
      sumImaginary += real[1 + 3 * n] * sin(angle) + imaginary[1 + 3 * n] * cos(angle)
    }
    #expect(abs(fastReal[1 + 3 * k] - sumReal) < 1e-9 && abs(fastImaginary[1 + 3 * k] - sumImaginary) < 1e-9)
  }
  #expect(fastReal[0] == real[0] && fastImaginary[2] == imaginary[2], "values between are left alone")
}

@Test func powerSpectraEqualNumpy() throws {
  let reference = try ReferenceValues.load().spectra
  for (size, expected) in zip([RasterSize(rows: 64, columns: 64), RasterSize(rows: 96, columns: 80)], reference) {
    let image = SampleImages.pair(rows: size.rows, columns: size.columns).image
    let found = try #require(powerSpectrum(of: image, isValid: [Bool](repeating: true, count: size.pixelCount)))
    #expect(found.side == expected.side && found.power.count == expected.power.count)
    for (power, value) in zip(found.power, expected.power) { #expect(agrees(power, value)) }
  }
}

@Test func aWaveShowsAtItsFrequency() throws {
  let size = RasterSize(rows: 128, columns: 128)
  var image = FloatImage(bands: 1, size: size)
  for row in 0..<128 {
    for column in 0..<128 { image[0, row, column] = 0.2 + 0.05 * sin(2 * .pi * Float(column) * 0.3125) }
  }
  let isValid = [Bool](repeating: true, count: size.pixelCount)
  let spectrum = try #require(powerSpectrum(of: image, isValid: isValid))
  let peak = try #require(spectrum.power.indices.max { spectrum.power[$0] < spectrum.power[$1] })
  #expect(spectrum.frequencies[peak] == 0.3125)
  #expect(spectrum.variance(from: 0.25, to: 0.5) > 100 * spectrum.variance(from: 0, to: 0.25))
}

@Test func squaresWithHolesAreLeftOut() throws {
  let images = SampleImages.pair(rows: 128, columns: 64)
  var isValid = images.isValid
  var spoilt = images.image
  for pixel in 0..<64 {
    isValid[pixel] = false
    spoilt.pixels[pixel] = 9
  }
  let found = try #require(powerSpectrum(of: spoilt, isValid: isValid))
  let lower = images.image.cropped(to: PixelWindow(row: 32, column: 0, rows: 96, columns: 64))
  #expect(found == powerSpectrum(of: lower, isValid: [Bool](repeating: true, count: 96 * 64)))
  #expect(powerSpectrum(of: spoilt, isValid: isValid.map { _ in false }) == nil)
  #expect(powerSpectrum(of: FloatImage(bands: 1, size: RasterSize(rows: 15, columns: 40)), isValid: []) == nil)
}

@Test func histogramsEqualNumpy() throws {
  let images = SampleImages.pair(rows: 40, columns: 57)
  var image = images.image
  for index in image.pixels.indices { image.pixels[index] += 5e-5 }
  let found = Histogram(of: image, isValid: images.isValid, bins: 40, top: 0.4)
  let reference = try ReferenceValues.load().histogram
  #expect(found.counts == reference)
  for band in 0..<3 { #expect(found.outside[band] == 40 * 57 - reference[band].reduce(0, +)) }
}

@Test func countsOnTheEdgeOfABinBelongAboveIt() {
  let size = RasterSize(rows: 1, columns: 400)
  // 25 counts are one bin of 0.0025; as floats some of these lie just below the edge.
  let image = FloatImage(bands: 1, size: size, pixels: (0..<400).map { Float($0 * 25) / 10_000 })
  let histogram = Histogram(of: image, isValid: [Bool](repeating: true, count: 400))
  #expect(histogram.counts == [[Int](repeating: 1, count: 400)] && histogram.outside == [0])
}

@Test func overlapIsWhatTwoHistogramsShare() {
  let size = RasterSize(rows: 1, columns: 4)
  let isValid = [Bool](repeating: true, count: 4)
  func histogram(_ values: [Float]) -> Histogram {
    Histogram(of: FloatImage(bands: 1, size: size, pixels: values), isValid: isValid)
  }
  let one = histogram([0.101, 0.101, 0.201, 0.301])
  #expect(one.overlap(with: one) == 1)
  #expect(one.overlap(with: histogram([0.101, 0.401, 0.401, 0.301])) == 0.5)
  #expect(one.overlap(with: histogram([2, -1, 0.5, 0.5])) == 0)
  var sum = one
  sum.add(histogram([2, -1, 0.5, 0.5]))
  #expect(sum.outside == [2] && sum.shares(band: 0).reduce(0, +) == 0.75)
}
