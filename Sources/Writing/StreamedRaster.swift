private import Foundation
package import GDALAdapter
package import Geometry
private import Storage

/// A raster written window by window into a scratch GeoTIFF, then finished as a cloud optimised GeoTIFF: GDAL's COG
/// driver cannot be written piece by piece.
///
/// `@unchecked Sendable`: `file` is touched only while `lock` is held, and GDAL lets a dataset change threads as long
/// as one thread uses it at a time; every call reads its error state before it lets go of the lock.
package final class StreamedRaster: @unchecked Sendable {
  package let layout: RasterLayout
  /// The scratch file; removed by `finish` and when this object goes.
  package let scratchPath: String
  private let lock = NSLock()
  private var file: RasterFile?

  /// Makes the scratch file: tiled, lightly compressed but for colours (their noise would leave five sixths), nodata set
  /// before any overview can be made.
  /// - Parameter scratchPath: a path that does not exist, on a disk with room for the uncompressed raster.
  /// - Throws: `GDALError`.
  package init(scratchPath: String, layout: RasterLayout) throws(GDALError) {
    self.layout = layout
    self.scratchPath = scratchPath
    let isColour = layout.bands.map(\.color) == [.red, .green, .blue]
    let file = try RasterFile.create(
      scratchPath, driver: "GTiff", size: layout.grid.size, bands: layout.bands.count, type: layout.type,
      options: [
        "TILED=YES", "BLOCKXSIZE=\(Self.block)", "BLOCKYSIZE=\(Self.block)", "BIGTIFF=IF_SAFER",
        "PHOTOMETRIC=\(isColour ? "RGB" : "MINISBLACK")",
      ] + (isColour ? [] : ["COMPRESS=ZSTD", "ZSTD_LEVEL=1", "PREDICTOR=2"]))
    self.file = file
    try file.set(layout.grid)
    try file.setMetadataItem("AREA_OR_POINT", "Area")
    for (name, value) in layout.metadata.sorted(by: { $0.key < $1.key }) { try file.setMetadataItem(name, value) }
    for (index, band) in layout.bands.enumerated() {
      if let noData = layout.noData { try file.setNoData(Double(noData), band: index) }
      if let scale = layout.scale { try file.setScale(scale, offset: 0, band: index) }
      try file.setDescription(band.description, band: index)
      if band.color != .undefined, try file.color(ofBand: index) != band.color {
        try file.setColor(band.color, band: index)
      }
    }
  }

  deinit {
    file = nil
    try? Folder.remove(scratchPath)
  }

  /// Side of a block, pixels, in the scratch file and in the published one.
  package static let block = 512

  /// Writes one band of `window`, row by row. Windows come in any order and from any thread; block-aligned windows
  /// are the fastest. What is never written stays no data (or 0).
  /// - Parameter band: counted from 0.
  /// - Throws: `GDALError`.
  package func write<Sample: RasterSample>(_ pixels: [Sample], band: Int, window: PixelWindow) throws(GDALError) {
    lock.lock()
    defer { lock.unlock() }
    guard let file else { preconditionFailure("\(scratchPath) is written after it was finished") }
    try file.write(pixels, band: band, window: window)
  }

  /// Ends writing; the scratch file can be read from then on, and goes with this object.
  /// - Throws: `GDALError`.
  package func close() throws(GDALError) {
    lock.lock()
    defer { lock.unlock() }
    let open = file
    file = nil
    try open?.close()
  }

  /// Writes the cloud optimised GeoTIFF, opens it again, checks its structure and every pixel, and removes the
  /// scratch file.
  /// - Parameters:
  ///   - target: path of the published file.
  ///   - threads: compression threads.
  ///   - goesOn: called again and again meanwhile; false ends the work with an error.
  /// - Throws: `GDALError`, or `WritingError` where what was written is not what was meant.
  package func finish(
    as target: String, compression: COGCompression = .zstd(), threads: Int = 1,
    goesOn: @escaping () -> Bool = { true }
  ) throws {
    try copy(to: target, compression: compression, threads: threads, goesOn: goesOn)
    for strip in 0..<strips { try requireSamePixels(target, strip: strip) }
    try discard()
  }

  // MARK: The steps of finishing, for who spreads the comparison over threads

  /// Writes the cloud optimised GeoTIFF, opens it again, and checks its structure and what it says of itself.
  /// - Throws: as `finish`.
  package func copy(
    to target: String, compression: COGCompression = .zstd(), threads: Int = 1,
    goesOn: @escaping () -> Bool = { true }
  ) throws {
    try close()
    guard Folder.exists(scratchPath) else { preconditionFailure("\(scratchPath) is finished twice") }
    let source = try RasterFile.openGeoTIFF(scratchPath, update: true)
    // The COG driver would compress the overviews it makes twice: into a file of its own, then into the copy.
    try source.buildOverviews(
      resampling: layout.resampling.rawValue, smallest: Self.block, threads: threads, goesOn: goesOn)
    try source.copy(
      to: target, driver: "COG",
      options: compression.options + [
        "BLOCKSIZE=\(Self.block)", "PREDICTOR=YES", "OVERVIEWS=AUTO", "BIGTIFF=IF_SAFER",
        "NUM_THREADS=\(max(1, threads))",
      ], goesOn: goesOn)
    try source.close()
    try COGCheck.requireStructure(target)
    try COGCheck.requireLayout(layout, of: target)
  }

  /// Rows of blocks.
  package var strips: Int { (layout.grid.size.rows + Self.block - 1) / Self.block }

  /// Compares a row of blocks of the published file with what was written; from any thread.
  /// - Throws: `GDALError`, or `WritingError` where a pixel differs.
  package func requireSamePixels(_ target: String, strip: Int) throws {
    let source = try RasterFile.openGeoTIFF(scratchPath)
    let rows = (strip * Self.block)..<min((strip + 1) * Self.block, layout.grid.size.rows)
    try COGCheck.requireSamePixels(target, as: source, rows: rows)
    try source.close()
  }

  /// Removes the scratch file.
  package func discard() throws { try Folder.remove(scratchPath) }
}
