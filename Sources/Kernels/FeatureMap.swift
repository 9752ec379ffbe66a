/// Features of a window inside a network: `channels` values for each pixel (rows x columns x channels, 32-bit), with a
/// border of one pixel that is always zero: the zero padding of the 3 x 3 convolutions.
///
/// `@unchecked Sendable`: raw memory; a map belongs to one worker at a time.
package final class FeatureMap: @unchecked Sendable {
  package let rows: Int
  package let columns: Int
  package let channels: Int
  /// All values, border included: (rows + 2) x (columns + 2) x channels.
  package let values: UnsafeMutableBufferPointer<Float>
  let storage: AlignedValues
  /// Of an arena that wants the storage back.
  private let lease: MapLease?

  /// A map of zeros.
  package convenience init(rows: Int, columns: Int, channels: Int) {
    let count = Self.count(rows: rows, columns: columns, channels: channels)
    self.init(rows: rows, columns: columns, channels: channels, storage: AlignedValues(count: count))
    values.initialize(repeating: 0)
  }

  /// A map whose pixels are what the storage holds from `offset` values on, with a border of zeros.
  init(
    rows: Int, columns: Int, channels: Int, storage: AlignedValues, offset: Int = 0, lease: MapLease? = nil
  ) {
    let count = Self.count(rows: rows, columns: columns, channels: channels)
    precondition(storage.values.count >= offset + count, "the storage is too small")
    self.rows = rows
    self.columns = columns
    self.channels = channels
    self.storage = storage
    self.lease = lease
    values = UnsafeMutableBufferPointer(start: storage.start + offset, count: count)
    for row in [-1, rows] { pointer(row, -1).update(repeating: 0, count: (columns + 2) * channels) }
    clearSides(rows: 0..<rows)
  }

  /// Values of a map, border included.
  static func count(rows: Int, columns: Int, channels: Int) -> Int { (rows + 2) * (columns + 2) * channels }

  /// Pixels in a row, border included.
  var rowStride: Int { columns + 2 }

  /// Position of a pixel among all pixels, border included; row and column may be -1 and `rows`, `columns`.
  func pixelIndex(_ row: Int, _ column: Int) -> Int { (row + 1) * rowStride + column + 1 }

  /// The first value of a pixel.
  package func pointer(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Float> {
    values.baseAddress! + pixelIndex(row, column) * channels
  }

  /// Sets the border to zero at the left and right of the given rows.
  private func clearSides(rows range: Range<Int>) {
    for row in range {
      pointer(row, -1).update(repeating: 0, count: channels)
      pointer(row, columns).update(repeating: 0, count: channels)
    }
  }
}
