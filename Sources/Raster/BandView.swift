package import Geometry

/// One band of an image, wherever its pixels lie: what filters read and write. Valid as long as that memory is.
package struct BandView {
  /// Pixel (0, 0).
  package let origin: UnsafeMutablePointer<Float>
  package let size: RasterSize
  /// Values between two rows.
  package let step: Int

  package init(origin: UnsafeMutablePointer<Float>, size: RasterSize, step: Int) {
    self.origin = origin
    self.size = size
    self.step = step
  }

  /// Pixels outside the size belong to the border, if there is one.
  package func pointer(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Float> { origin + (row * step + column) }

  /// Copies another band of the same size.
  package func update(from other: BandView) {
    precondition(size == other.size, "bands differ in size")
    for row in 0..<size.rows { pointer(row, 0).update(from: other.pointer(row, 0), count: size.columns) }
  }
}

/// A band in memory of its own, zeros at first, with a border around it.
package final class BandBuffer {
  package let view: BandView
  private let values: UnsafeMutableBufferPointer<Float>

  /// - Parameter border: pixels on each side that can be read and written as well.
  package init(size: RasterSize, border: Int = 0) {
    let step = size.columns + 2 * border
    values = .allocate(capacity: step * (size.rows + 2 * border))
    values.initialize(repeating: 0)
    view = BandView(origin: values.baseAddress! + (border * step + border), size: size, step: step)
  }

  deinit { values.deallocate() }
}

extension FloatImage {
  /// Hands a band over to be read.
  package func withBand<Result>(_ band: Int, _ body: (BandView) -> Result) -> Result {
    pixels.withUnsafeBufferPointer {
      body(
        BandView(
          origin: UnsafeMutablePointer(mutating: $0.baseAddress! + index(band, 0, 0)), size: size, step: columns))
    }
  }

  /// Hands a band over to be written.
  package mutating func withMutableBand<Result>(_ band: Int, _ body: (BandView) -> Result) -> Result {
    let (start, size) = (index(band, 0, 0), size)
    return pixels.withUnsafeMutableBufferPointer {
      body(BandView(origin: $0.baseAddress! + start, size: size, step: size.columns))
    }
  }
}
