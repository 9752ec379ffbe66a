internal import GDALAdapter
internal import Geometry
internal import Raster

/// Why two rasters cannot be compared.
package struct EvaluationError: Error, Sendable, CustomStringConvertible {
  package let description: String
}

/// Reads two rasters of reflectance x 10000 on the same grid; 0 is no data in either.
/// - Parameter bands: bands compared, from the first on.
/// - Throws: `GDALError`, `EvaluationError` where sizes differ or bands are missing.
package func readPair(image: String, truth: String, bands: Int = 3) throws -> ImagePair {
  let files = try [image, truth].map { try RasterFile.open($0) }
  let size = files[0].size
  guard files[1].size == size else {
    throw EvaluationError(
      description: "\(truth): is \(files[1].size.columns) x \(files[1].size.rows) pixels, \(image) is "
        + "\(size.columns) x \(size.rows): compare rasters of one grid")
  }
  for (file, path) in zip(files, [image, truth]) where file.bandCount < bands {
    throw EvaluationError(description: "\(path): has \(file.bandCount) bands, expected \(bands)")
  }
  var isValid = [Bool](repeating: true, count: size.pixelCount)
  let images = try files.map { file -> FloatImage in
    var pixels: [Float] = []
    for band in 0..<bands {
      let counts = try file.read(Int32.self, band: band, window: size.window)
      for (pixel, count) in counts.enumerated() where count == 0 { isValid[pixel] = false }
      pixels += counts.map { Float($0) / 10_000 }
    }
    return FloatImage(bands: bands, size: size, pixels: pixels)
  }
  return ImagePair(image: images[0], truth: images[1], isValid: isValid)
}
