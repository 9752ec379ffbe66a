private import Foundation
internal import GDALAdapter
package import Geometry

/// How a GeoTIFF says that some of its pixels have no data, other than by a value.
package enum RasterMask: CaseIterable, Sendable {
  case alpha, inside, beside
}

/// Writes a GeoTIFF of three bands, of which `hidden` pixels have no data, though they have counts like the others.
/// - Parameters:
///   - counts: of every band, row by row.
///   - grid: where it lies; nil for nowhere.
package func writeMasked(
  _ counts: [UInt16], hidden: Set<Int>, by mask: RasterMask, size: RasterSize, grid: GridGeometry? = nil,
  to path: String
) throws {
  let source = mask == .alpha ? path : path + ".source.tif"
  let file = try RasterFile.create(source, driver: "GTiff", size: size, bands: 4, type: .uint16)
  try file.setColor(.alpha, band: 3)
  if let grid { try file.set(grid) }
  for band in 0..<4 {
    let values = band < 3 ? counts : counts.indices.map { hidden.contains($0) ? 0 : 255 }
    try file.write(values, band: band, window: size.window)
  }
  try file.close()
  guard mask != .alpha else { return }
  let bands = ["-b", "1", "-b", "2", "-b", "3", "-mask", "4", "--config", "GDAL_TIFF_INTERNAL_MASK"]
  let process = try Process.run(
    URL(fileURLWithPath: "/usr/bin/gdal_translate"),
    arguments: ["-q"] + bands + [mask == .inside ? "YES" : "NO", source, path])
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
}
