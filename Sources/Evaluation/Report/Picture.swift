private import Foundation
internal import GDALAdapter
package import Geometry
internal import Raster

/// A PNG of part of a raster.
package struct Picture: Sendable {
  package let size: RasterSize
  /// The PNG file.
  package let bytes: [UInt8]

  /// The picture as the address of an image.
  var address: String { "data:image/png;base64," + Data(bytes).base64EncodedString() }

  /// True colours; no data is transparent.
  /// - Throws: `GDALError`.
  init(_ raster: ReflectanceRaster, window: PixelWindow, stretch: DisplayStretch) throws(GDALError) {
    let image = raster.image.cropped(to: window)
    let plane = image.size.pixelCount
    let isOpaque = raster.isValid.cropped(to: window, of: raster.size)
    size = window.size
    bytes = try PNG.encode(
      (0..<3).map { band in image.pixels[(band * plane)..<((band + 1) * plane)].map(stretch.byte) }, size: window.size,
      isOpaque: isOpaque.allSatisfy { $0 } ? nil : isOpaque)
  }

  /// Differences as colours: white is 0, red is `limit` and more above it, blue below; the mean of the bands.
  /// - Parameter isCompared: other pixels are transparent.
  /// - Throws: `GDALError`.
  init(differences: [Double], isCompared: [Bool], size: RasterSize, limit: Double) throws(GDALError) {
    var planes = [[UInt8]](repeating: [UInt8](repeating: 255, count: size.pixelCount), count: 3)
    for (pixel, difference) in differences.enumerated() {
      let share = min(max(difference / limit, -1), 1)
      let end = share < 0 ? [5.0, 75, 160] : [178.0, 24, 43]
      for band in 0..<3 { planes[band][pixel] = UInt8((255 + (end[band] - 255) * abs(share)).rounded()) }
    }
    self.size = size
    bytes = try PNG.encode(planes, size: size, isOpaque: isCompared.allSatisfy { $0 } ? nil : isCompared)
  }
}

extension [Bool] {
  /// The flags of a window.
  func cropped(to window: PixelWindow, of size: RasterSize) -> [Bool] {
    (window.row..<window.endRow).flatMap {
      self[($0 * size.columns + window.column)..<($0 * size.columns + window.endColumn)]
    }
  }
}
