internal import Geometry
internal import Kernels
internal import Raster
internal import Storage

/// The rows of the mosaic that tiles are still added to, 32-bit reflectance in memory. When no later tile adds to a row it
/// is settled: it goes to the mosaic's file, and its memory to the rows that come next.
///
/// `@unchecked Sendable`: tiles are committed one at a time (`WorkerPool`), and nobody else touches it.
final class OpenRows: @unchecked Sendable {
  private let columns: Int
  /// First row that is not settled; row of the mosaic.
  private(set) var first: Int
  /// Of each band the rows from `first` on, row after row.
  private var bands: [[Float]]

  /// - Parameters:
  ///   - first: row of the mosaic to begin with; what lies before it is settled.
  ///   - shared: values of the rows that earlier tiles added to, band after band; none for none.
  init(bands: Int, columns: Int, from first: Int = 0, shared: [Float] = []) {
    precondition(shared.count % (bands * columns) == 0, "shared rows are whole rows of every band")
    self.columns = columns
    self.first = first
    let count = shared.count / bands
    self.bands = (0..<bands).map { Array(shared[($0 * count)..<(($0 + 1) * count)]) }
  }

  /// Adds a weighted window; rows that were not open before begin with 0. Called one at a time and in a fixed order, so
  /// that sums do not depend on the workers.
  func add(_ image: FloatImage, at window: PixelWindow, rowWeights: [Float], columnWeights: [Float]) {
    precondition(image.size == window.size && rowWeights.count == window.rows && columnWeights.count == window.columns)
    precondition(window.row >= first && image.bands == bands.count, "the tile adds to settled rows, or other bands")
    let needed = (window.endRow - first) * columns
    image.pixels.withUnsafeBufferPointer { source in
      for band in bands.indices {
        if bands[band].count < needed {
          bands[band].append(contentsOf: repeatElement(0, count: needed - bands[band].count))
        }
        bands[band].withUnsafeMutableBufferPointer { sums in
          for row in 0..<window.rows {
            RowArithmetic.add(
              source.baseAddress! + (band * window.rows + row) * window.columns, weights: columnWeights,
              weight: rowWeights[row],
              to: sums.baseAddress! + (window.row - first + row) * columns + window.column, count: window.columns)
          }
        }
      }
    }
  }

  /// What is about to be settled, and what stays open behind it.
  struct Settled: Sendable {
    /// Of the settled rows, band after band.
    var sha256: String
    /// Values of the rows that stay open, band after band.
    var shared: [Float]
  }

  /// Puts the rows up to `end` into the mosaic; they are no longer open.
  /// - Throws: `StorageError`.
  func settle(upTo end: Int, into mosaic: Mosaic) throws(StorageError) -> Settled {
    let count = (end - first) * columns
    var digester = Digester(.sha256)
    var shared: [Float] = []
    for band in bands.indices {
      precondition(bands[band].count >= count, "rows are settled that no tile added to")
      try mosaic.write(bands[band][..<count], band: band, row: first)
      bands[band].withUnsafeBytes { digester.update(UnsafeRawBufferPointer(rebasing: $0[..<(4 * count)])) }
      bands[band].removeFirst(count)
      shared += bands[band]
    }
    first = end
    return Settled(sha256: digester.hexadecimal(), shared: shared)
  }
}
