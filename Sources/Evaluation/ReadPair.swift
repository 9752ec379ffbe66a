internal import GDALAdapter
internal import Geometry
package import Raster

/// Why rasters cannot be evaluated.
package struct EvaluationError: Error, Sendable, CustomStringConvertible {
  package let description: String
}

/// A raster in memory.
package struct EvaluatedRaster: Sendable {
  /// Reflectance.
  package var image: FloatImage
  /// It holds data there, in every band.
  package var isValid: [Bool]
}

/// Reads a raster of reflectance x 10000; 0 is no data.
/// - Parameter bands: bands read, from the first on.
/// - Throws: `GDALError`, `EvaluationError` where bands are missing.
package func readRaster(_ path: String, bands: Int = 3) throws -> EvaluatedRaster {
  let file = try RasterFile.open(path)
  let size = file.size
  guard file.bandCount >= bands else {
    throw EvaluationError(description: "\(path): has \(file.bandCount) bands, expected \(bands)")
  }
  var isValid = [Bool](repeating: true, count: size.pixelCount)
  var pixels: [Float] = []
  for band in 0..<bands {
    let counts = try file.read(Int32.self, band: band, window: size.window)
    for (pixel, count) in counts.enumerated() where count == 0 { isValid[pixel] = false }
    pixels += counts.map { Float($0) / 10_000 }
  }
  return EvaluatedRaster(image: FloatImage(bands: bands, size: size, pixels: pixels), isValid: isValid)
}

/// Two rasters on one grid.
/// - Throws: `EvaluationError` where sizes differ.
package func pair(
  _ image: EvaluatedRaster, _ truth: EvaluatedRaster, paths: (image: String, truth: String)
) throws -> ImagePair {
  let (a, b) = (image.image.size, truth.image.size)
  guard a == b else {
    throw EvaluationError(
      description: "\(paths.truth): is \(b.columns) x \(b.rows) pixels, \(paths.image) is "
        + "\(a.columns) x \(a.rows): compare rasters of one grid")
  }
  return ImagePair(image: image.image, truth: truth.image, isValid: zip(image.isValid, truth.isValid).map { $0 && $1 })
}

/// Reads two rasters of reflectance x 10000 on the same grid; 0 is no data in either.
/// - Throws: `GDALError`, `EvaluationError` where sizes differ or bands are missing.
package func readPair(image: String, truth: String, bands: Int = 3) throws -> ImagePair {
  try pair(readRaster(image, bands: bands), readRaster(truth, bands: bands), paths: (image, truth))
}

/// Refuses an anchor that is not half the size of an image.
/// - Throws: `EvaluationError`.
package func checkAnchor(_ anchor: EvaluatedRaster, at path: String, of image: EvaluatedRaster, at imagePath: String)
  throws
{
  let (low, fine) = (anchor.image.size, image.image.size)
  guard low.scaled(by: 2) == fine else {
    throw EvaluationError(
      description: "\(path): is \(low.columns) x \(low.rows) pixels, expected half of \(imagePath), which is "
        + "\(fine.columns) x \(fine.rows)")
  }
}
