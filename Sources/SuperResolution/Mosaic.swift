package import Geometry
package import Raster
package import Storage

/// The super-resolved tile in the making: 32-bit reflectance, band after band, in a scratch file mapped into memory.
package final class Mosaic: Sendable {
  package let size: RasterSize
  package let bands: Int
  private let file: MappedFile
  /// Whether its file was made for it, of zeros.
  let isNew: Bool

  /// - Parameter path: scratch file to make.
  /// - Throws: `StorageError`.
  package init(size: RasterSize, bands: Int, scratch path: String) throws(StorageError) {
    self.size = size
    self.bands = bands
    file = try MappedFile(creating: path, count: bands * size.pixelCount * 4)
    isNew = true
  }

  /// A mosaic in a file that stays when its process goes: the one that is there, or a new one.
  /// - Throws: `StorageError`.
  init(size: RasterSize, bands: Int, kept path: String) throws(StorageError) {
    self.size = size
    self.bands = bands
    let count = bands * size.pixelCount * 4
    if let file = try? MappedFile(opening: path, count: count) {
      self.file = file
      isNew = false
    } else {
      try Folder.remove(path)
      file = try MappedFile(creating: path, count: count, isKept: true)
      isNew = true
    }
  }

  private var pixels: UnsafeMutableBufferPointer<Float> { file.bytes.bindMemory(to: Float.self) }

  /// Lets go of memory; the scratch file keeps the pixels.
  package func release() { file.release() }

  /// Adds a weighted window. Called one at a time and in a fixed order, so that sums do not depend on the workers.
  package func add(_ image: FloatImage, at window: PixelWindow, rowWeights: [Float], columnWeights: [Float]) {
    precondition(image.size == window.size && rowWeights.count == window.rows && columnWeights.count == window.columns)
    let target = pixels
    image.pixels.withUnsafeBufferPointer { source in
      for band in 0..<bands {
        for row in 0..<window.rows {
          let from = (band * window.rows + row) * window.columns
          let to = (band * size.rows + window.row + row) * size.columns + window.column
          let rowWeight = rowWeights[row]
          for column in 0..<window.columns {
            target[to + column] += rowWeight * columnWeights[column] * source[from + column]
          }
        }
      }
    }
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

  /// Values of some rows: band after band, row after row.
  func values(rows: Range<Int>) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(bands * rows.count * size.columns)
    for band in 0..<bands { result += pixels[span(band, rows)] }
    return result
  }

  /// Puts back what `values` gave.
  func restore(_ values: [Float], rows: Range<Int>) {
    precondition(values.count == bands * rows.count * size.columns)
    for band in 0..<bands {
      for (index, position) in span(band, rows).enumerated() {
        pixels[position] = values[band * rows.count * size.columns + index]
      }
    }
  }

  /// Sets rows to zero, as they begin, some at a time: all of them may be more than there is memory.
  func clear(rows: Range<Int>) {
    let rowsAtOnce = 1024
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
      let some = start..<min(start + rowsAtOnce, rows.upperBound)
      for band in 0..<bands { pixels.extracting(span(band, some)).update(repeating: 0) }
      release()
    }
  }

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
