private import Foundation
internal import GDALAdapter
package import Geometry

/// How a GeoTIFF says that some of its pixels have no data, other than by a value.
package enum RasterMask: CaseIterable, Sendable {
  case alpha, inside, beside
  /// With a no data value, and near infrared before the alpha band: GDAL itself does not see that then.
  case alphaBehindInfrared
}

/// Writes a GeoTIFF of three bands, of which `hidden` pixels have no data, though they have counts like the others.
/// - Parameters:
///   - counts: of every band, row by row.
///   - grid: where it lies; nil for nowhere.
package func writeMasked(
  _ counts: [UInt16], hidden: Set<Int>, by mask: RasterMask, size: RasterSize, grid: GridGeometry? = nil,
  to path: String
) throws {
  let isAlpha = mask == .alpha || mask == .alphaBehindInfrared
  let source = isAlpha ? path : path + ".source.tif"
  let alpha = mask == .alphaBehindInfrared ? 4 : 3
  let file = try RasterFile.create(source, driver: "GTiff", size: size, bands: alpha + 1, type: .uint16)
  try file.setColor(.alpha, band: alpha)
  if let grid { try file.set(grid) }
  for band in 0...alpha {
    if mask == .alphaBehindInfrared { try file.setNoData(65_534, band: band) }
    let values = band < alpha ? counts : counts.indices.map { hidden.contains($0) ? 0 : 255 }
    try file.write(values, band: band, window: size.window)
  }
  try file.close()
  guard !isAlpha else { return }
  let bands = ["-b", "1", "-b", "2", "-b", "3", "-mask", "4", "--config", "GDAL_TIFF_INTERNAL_MASK"]
  let process = try Process.run(
    URL(fileURLWithPath: "/usr/bin/gdal_translate"),
    arguments: ["-q"] + bands + [mask == .inside ? "YES" : "NO", source, path])
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
}
