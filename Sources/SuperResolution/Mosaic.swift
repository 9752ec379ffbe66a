package import Geometry
package import Raster
package import Storage

/// The super-resolved tile in the making: 32-bit reflectance, band after band, in a scratch file mapped into memory.
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

  private var pixels: UnsafeMutableBufferPointer<Float> { file.bytes.bindMemory(to: Float.self) }

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

  /// The memory of some rows of a band.
  func rows(_ rows: Range<Int>, band: Int) -> UnsafeMutableRawBufferPointer {
    let start = (band * size.rows + rows.lowerBound) * size.columns * 4
    return UnsafeMutableRawBufferPointer(rebasing: file.bytes[start..<start + rows.count * size.columns * 4])
  }

  /// Copies out a window.
  package func image(_ window: PixelWindow) -> FloatImage {
    var image = FloatImage(bands: bands, size: window.size)
    let source = pixels
    image.pixels.withUnsafeMutableBufferPointer { target in
      for band in 0..<bands {
        for row in 0..<window.rows {
          target.baseAddress!.advanced(by: (band * window.rows + row) * window.columns)
            .update(
              from: source.baseAddress! + (band * size.rows + window.row + row) * size.columns + window.column,
              count: window.columns)
        }
      }
    }
    return image
  }
}
