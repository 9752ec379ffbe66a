package import Geometry
package import Raster
package import Storage

/// The super-resolved tile, 32-bit reflectance, band after band, in a scratch file mapped into memory. `OpenRows` puts
/// the rows into it that tiles do not add to any more.
package final class Mosaic: Sendable {
  package let size: RasterSize
  package let bands: Int
  private let file: MappedFile

  /// - Parameter path: scratch file to make.
  /// - Throws: `StorageError`.
  package init(size: RasterSize, bands: Int, scratch path: String) throws(StorageError) {
    self.size = size
    self.bands = bands
    file = try MappedFile(creating: path, count: bands * size.pixelCount * 4)
  }

  /// A mosaic in a file that stays when its process goes: the one that is there, or a new one.
  /// - Throws: `StorageError`.
  init(size: RasterSize, bands: Int, kept path: String) throws(StorageError) {
    self.size = size
    self.bands = bands
    let count = bands * size.pixelCount * 4
    if let file = try? MappedFile(opening: path, count: count) {
      self.file = file
    } else {
      try Folder.remove(path)
      file = try MappedFile(creating: path, count: count, isKept: true)
    }
  }

  private var pixels: UnsafeMutableBufferPointer<Float> { file.bytes.bindMemory(to: Float.self) }

  /// Lets go of memory; the scratch file keeps the pixels.
  package func release() { file.release() }

  /// Writes whole rows of a band, from `row` on.
  /// - Throws: `StorageError`.
  func write(_ values: ArraySlice<Float>, band: Int, row: Int) throws(StorageError) {
    precondition(values.count % size.columns == 0 && row + values.count / size.columns <= size.rows, "rows are whole")
    let offset = 4 * (band * size.pixelCount + row * size.columns)
    let failure: StorageError? = values.withUnsafeBytes {
      do throws(StorageError) {
        try file.write($0, at: offset)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
  }

  /// A window of a band, where it lies.
  package func view(_ band: Int, _ window: PixelWindow) -> BandView {
    BandView(
      origin: pixels.baseAddress! + (band * size.rows + window.row) * size.columns + window.column, size: window.size,
      step: size.columns)
  }

  /// Copies out a window.
  package func image(_ window: PixelWindow) -> FloatImage {
    var image = FloatImage(bands: bands, size: window.size)
    for band in 0..<bands { image.withMutableBand(band) { $0.update(from: view(band, window)) } }
    return image
  }

  // MARK: Rows, for checkpoints

  /// SHA-256 of some rows.
  func digest(rows: Range<Int>) -> String {
    var digester = Digester(.sha256)
    for band in 0..<bands { digester.update(UnsafeRawBufferPointer(pixels.extracting(span(band, rows)))) }
    return digester.hexadecimal()
  }

  /// Flushes rows to the disk.
  func flush(rows: Range<Int>) throws(StorageError) {
    for band in 0..<bands {
      let span = span(band, rows)
      try file.flush((span.lowerBound * 4)..<(span.upperBound * 4))
    }
  }

  private func span(_ band: Int, _ rows: Range<Int>) -> Range<Int> {
    let start = band * size.pixelCount
    return (start + rows.lowerBound * size.columns)..<(start + rows.upperBound * size.columns)
  }
}
