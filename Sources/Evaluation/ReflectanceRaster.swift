internal import GDALAdapter
package import Geometry
package import Raster
internal import Stacking
internal import Storage

/// A raster of surface reflectance in memory, with the pixels that hold data.
package struct ReflectanceRaster: Sendable {
  /// Where it came from, for messages.
  package let path: String
  /// Reflectance, bands red, green, blue.
  package let image: FloatImage
  /// Every band holds data there.
  package let isValid: [Bool]
  /// Where it lies; nil for a raster that does not say.
  package let grid: GridGeometry?

  package var size: RasterSize { image.size }

  /// What measuring an image takes, with its truth and its anchor (2048 x 2048 pixels: 122; with 12 images in a set 273).
  private static let bytesOfPixel = 122
  /// What each image more takes that is held until its scene is done.
  private static let bytesHeld = 14

  /// - Precondition: one flag a pixel.
  package init(path: String, image: FloatImage, isValid: [Bool], grid: GridGeometry? = nil) {
    precondition(isValid.count == image.size.pixelCount, "one flag a pixel")
    self.path = path
    self.image = image
    self.isValid = isValid
    self.grid = grid
  }

  /// Reads 16-bit or 32-bit counts as reflectance x 10000, floating point numbers as reflectance. NaN, the file's own no
  /// data value and what its mask or alpha band hides are no data, and so is 0; of signed counts, where it is one among others
  /// once the offset was applied, 0 in all bands.
  /// - Parameters:
  ///   - bands: bands read, from the first on.
  ///   - others: rasters of its size that are held beside it.
  ///   - isInput: whether it is what images are made from, an anchor or a view: counts that are saturated there are no data, as
  ///     for `supertile sr`.
  /// - Throws: `GDALError`, `EvaluationError` where bands are missing or hold another type.
  package static func read(
    _ path: String, bands: Int = 3, beside others: Int = 0, isInput: Bool = false
  ) throws -> ReflectanceRaster {
    let file = try RasterFile.openPlaced(path)
    guard file.bandCount >= bands else {
      throw EvaluationError("\(path): has \(file.bandCount) bands, expected \(bands): red, green, blue")
    }
    if let problem = try file.orderProblem() { throw EvaluationError("\(path): \(problem)") }
    let size = file.size
    let (needed, there) = (size.pixelCount * (bytesOfPixel + others * bytesHeld), MachineMemory.bytes)
    guard needed <= there else {
      throw EvaluationError(
        "\(path): to measure \(size.text) takes about \(needed >> 30) GiB of memory, and there are \(there >> 30): measure a "
          + "part, cut out of all rasters (gdal_translate -srcwin)")
    }
    var isValid = [Bool](repeating: true, count: size.pixelCount)
    var isZero = [Bool](repeating: true, count: size.pixelCount)
    var pixels: [Float] = []
    pixels.reserveCapacity(bands * size.pixelCount)
    for band in 0..<bands {
      let noData = try file.noData(ofBand: band)
      if let mask = try file.mask(ofBand: band, window: size.window) {
        for (pixel, holds) in mask.enumerated() where !holds { isValid[pixel] = false }
      }
      let type = try file.type(ofBand: band)
      switch type {
      case .uint16, .int16, .uint32, .int32:
        if let problem = try file.scaleProblem(ofBand: band) { throw EvaluationError("\(path): \(problem)") }
        // As numbers that hold all of them, and with them the largest, which is no data as a rule.
        let counts = try file.read(Double.self, band: band, window: size.window)
        let isSigned = type == .int16 || type == .int32
        let ceiling = isInput ? Double(ViewRaster.saturated) : .infinity
        for (pixel, count) in counts.enumerated() where count == noData || count == 0 && !isSigned || count >= ceiling {
          isValid[pixel] = false
        }
        for (pixel, count) in counts.enumerated() where count != 0 { isZero[pixel] = false }
        pixels += counts.map { Float($0) / 10_000 }
      case .float32, .float64:
        if let scale = try file.scale(ofBand: band), scale.scale != 1 || scale.offset != 0 {
          throw EvaluationError(
            "\(path): band \(band + 1) has scale \(scale.scale) and offset \(scale.offset), but floating point numbers are "
              + "taken as reflectance: apply them first (gdal_translate -unscale)")
        }
        let values = try file.read(Float.self, band: band, window: size.window)
        let missing = noData.map { Float($0) }
        for (pixel, value) in values.enumerated() {
          if value == 0 || !value.isFinite || value == missing { isValid[pixel] = false } else { isZero[pixel] = false }
        }
        pixels += values.map { $0.isFinite ? $0 : 0 }
      default:
        throw EvaluationError(
          "\(path): band \(band + 1) holds \(type.rawValue), expected reflectance x 10000 as uint16 or int16, or "
            + "reflectance as float32")
      }
    }
    for (pixel, isNothing) in isZero.enumerated() where isNothing { isValid[pixel] = false }
    let grid: GridGeometry?
    do throws(PlacementError) { grid = try file.place() } catch { throw EvaluationError("\(path): \(error)") }
    return ReflectanceRaster(
      path: path, image: FloatImage(bands: bands, size: size, pixels: pixels), isValid: isValid, grid: grid)
  }

  /// This image beside a truth.
  /// - Throws: `EvaluationError` where they are not of one grid.
  package func compared(with truth: ReflectanceRaster) throws -> ImagePair {
    guard truth.size == size else {
      throw EvaluationError(
        "\(truth.path): is \(truth.size.text), \(path) is \(size.text): compare rasters of one grid")
    }
    try requireSameCorner(as: truth, pixelRatio: 1)
    return ImagePair(image: image, truth: truth.image, isValid: zip(isValid, truth.isValid).map { $0 && $1 })
  }

  /// - Throws: `EvaluationError` where `anchor` is not the low-resolution raster of this image's ground.
  func requireAnchor(_ anchor: ReflectanceRaster) throws {
    guard anchor.size.scaled(by: 2) == size else {
      throw EvaluationError(
        "\(anchor.path): is \(anchor.size.text), \(path) is \(size.text): anchors and views have half the rows and "
          + "columns of their image, and the same upper-left corner")
    }
    try requireSameCorner(as: anchor, pixelRatio: 2)
  }

  /// Rasters that do not say where they lie are taken to lie right.
  private func requireSameCorner(as other: ReflectanceRaster, pixelRatio: Double) throws {
    guard let grid, let otherGrid = other.grid else { return }
    guard grid.liesLike(otherGrid, pixelRatio: pixelRatio) else {
      throw EvaluationError(
        "\(other.path): has its corner at \(otherGrid.description), \(path) at \(grid.description): they must share the "
          + "upper-left corner, with pixels \(pixelRatio == 1 ? "of one size" : "twice as large in anchors and views")")
    }
  }
}

extension RasterSize {
  var text: String { "\(rows) x \(columns) pixels" }
}
