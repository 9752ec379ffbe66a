import Evaluation
import Foundation
import GDALAdapter
import Geometry
import Raster

/// Images from integer arithmetic, so that any language makes the same ones (`Fixtures/make_reference_values.py`).
enum SampleImages {
  static func pair(rows: Int, columns: Int, holes: Bool = false) -> ImagePair {
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

  /// 2 x 2 means of the truth, with a little on top.
  static func anchor(rows: Int, columns: Int) -> FloatImage {
    let truth = pair(rows: rows, columns: columns).truth
    var anchor = FloatImage(bands: 3, size: RasterSize(rows: rows / 2, columns: columns / 2))
    for band in 0..<3 {
      for row in 0..<anchor.rows {
        for column in 0..<anchor.columns {
          let sum =
            truth[band, 2 * row, 2 * column] + truth[band, 2 * row, 2 * column + 1]
            + truth[band, 2 * row + 1, 2 * column]
            + truth[band, 2 * row + 1, 2 * column + 1]
          anchor[band, row, column] = sum / 4 + Float((row * 13 + column * 7 + band * 3) % 11) / 2000
        }
      }
    }
    return anchor
  }

  /// An image as a raster with data everywhere.
  static func raster(_ image: FloatImage, _ name: String = "image", grid: GridGeometry? = nil) -> ReflectanceRaster {
    ReflectanceRaster(
      path: name, image: image, isValid: [Bool](repeating: true, count: image.size.pixelCount), grid: grid)
  }

  /// Writes a raster of reflectance x 10000.
  /// - Parameter corner: northing and easting of the upper-left corner; nil leaves the place open.
  static func write(
    _ image: FloatImage, to path: String, pixel: Double = 10, corner: (x: Double, y: Double)? = nil,
    hole: PixelWindow? = nil
  ) throws {
    let file = try RasterFile.create(path, driver: "GTiff", size: image.size, bands: image.bands, type: .uint16)
    if let corner {
      try file.set(
        GridGeometry(
          epsg: 32631, upperLeftX: corner.x, upperLeftY: corner.y, pixelWidth: pixel, pixelHeight: pixel,
          size: image.size))
    }
    for band in 0..<image.bands {
      let plane = image.size.pixelCount
      let counts = image.pixels[(band * plane)..<((band + 1) * plane)].map { UInt16(max(1, ($0 * 10_000).rounded())) }
      try file.write(counts, band: band, window: image.size.window)
      if let hole { try file.write([UInt16](repeating: 0, count: hole.pixelCount), band: band, window: hole) }
    }
    try file.close()
  }
}

/// `Fixtures/reference_values.json`.
struct ReferenceValues: Decodable {
  struct Similarity: Decodable {
    let psnr: [String: Double]
    let ssim: [String: Double]
    let torchmetricsPSNR: Double
    let torchmetricsSSIM: Double
    let cpsnr: Double
  }
  struct Consistency: Decodable {
    let meanAbsoluteDifference: [Double]
    let rmse: [Double]
    let bias: [Double]
    let blockMeanRMSE: [Double]
    let boxRMSE: [Double]
    let boxBias: [Double]
    let torchmetricsSAMDegrees: Double
  }
  let versions: [String: String]
  let similarity: Similarity
  let consistency: Consistency
  let correctness: [String: Double]
  let bilinear: [Float]
  let matched: [Float]
  let spectra: [PowerSpectrum]
  let histogram: [[Int]]

  static func load() throws -> ReferenceValues {
    guard let url = Bundle.module.url(forResource: "Fixtures/reference_values", withExtension: "json") else {
      throw EvaluationError("Fixtures/reference_values.json is not in the test bundle")
    }
    return try JSONDecoder().decode(ReferenceValues.self, from: Data(contentsOf: url))
  }
}

/// Whether two numbers agree within a relative tolerance.
func agrees(_ value: Double, _ reference: Double, within tolerance: Double = 1e-4) -> Bool {
  abs(value - reference) <= tolerance * max(abs(reference), 1e-6)
}
