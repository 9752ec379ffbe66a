private import Foundation
internal import GDALAdapter
internal import Geometry
internal import Raster

/// One contrast stretch for all of a scene's pictures and bands, so that they can be compared.
struct PictureStretch {
  let low: Float
  let high: Float

  /// From the 1st to the 99th percentile of what is valid.
  init(_ raster: EvaluatedRaster) {
    let plane = raster.image.size.pixelCount
    let values = raster.isValid.indices.filter { raster.isValid[$0] }
      .flatMap { pixel in (0..<raster.image.bands).map { raster.image.pixels[$0 * plane + pixel] } }.sorted()
    let first = values.isEmpty ? 0 : values[values.count / 100]
    let last = values.isEmpty ? 1 : values[values.count - 1 - values.count / 100]
    low = first
    high = max(last, first + 0.001)
  }

  func byte(_ value: Float) -> UInt8 {
    UInt8((pow(min(max((value - low) / (high - low), 0), 1), 1 / 1.3) * 255).rounded())
  }
}

/// A picture as a `data:` address.
enum Picture {
  enum Format {
    case png
    /// For large pictures; the figures are never measured on it.
    case jpeg
  }

  /// - Parameters:
  ///   - window: the part that is shown.
  ///   - folder: where a temporary file may be made.
  /// - Throws: `GDALError`.
  static func address(
    of raster: EvaluatedRaster, window: PixelWindow, stretch: PictureStretch, format: Format, folder: String
  ) throws -> String {
    let part = raster.image.cropped(to: window)
    let plane = window.pixelCount
    let picture = try RasterFile.create("", driver: "MEM", size: window.size, bands: 3, type: .uint8)
    for band in 0..<3 {
      let source = min(band, part.bands - 1)
      try picture.write(
        (0..<plane).map { stretch.byte(part.pixels[source * plane + $0]) }, band: band, window: window.size.window)
      try picture.setColor([.red, .green, .blue][band], band: band)
    }
    let (driver, options, type) =
      switch format {
      case .png: ("PNG", ["ZLEVEL=9"], "image/png")
      case .jpeg: ("JPEG", ["QUALITY=94"], "image/jpeg")
      }
    let path = "\(folder)/.picture-\(getpid()).tmp"
    defer { for file in [path, path + ".aux.xml"] { unlink(file) } }
    try picture.copy(to: path, driver: driver, options: options)
    guard let data = FileManager.default.contents(atPath: path) else {
      throw EvaluationError(description: "\(path): the picture that was written cannot be read")
    }
    return "data:\(type);base64,\(data.base64EncodedString())"
  }
}

/// The square of at most `side` pixels in the middle of an image.
func middle(_ size: RasterSize, side: Int) -> PixelWindow {
  let (rows, columns) = (min(side, size.rows) & ~1, min(side, size.columns) & ~1)
  return PixelWindow(
    row: (size.rows - rows) / 4 * 2, column: (size.columns - columns) / 4 * 2, rows: rows, columns: columns)
}
