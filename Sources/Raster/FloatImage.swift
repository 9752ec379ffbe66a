package import Geometry

/// Pixels of several bands as 32-bit floats, band-sequential: `pixels[(band * rows + row) * columns + column]`.
///
/// Unless a caller says otherwise the values are reflectances (0 to about 1, slightly negative values are legal
/// since baseline 04.00).
package struct FloatImage: Sendable, Equatable {
  package let bands: Int
  package let size: RasterSize
  package var pixels: [Float]

  package var rows: Int { size.rows }
  package var columns: Int { size.columns }

  package init(bands: Int, size: RasterSize, repeating value: Float = 0) {
    self.bands = bands
    self.size = size
    pixels = [Float](repeating: value, count: bands * size.pixelCount)
  }

  /// - Precondition: `pixels.count == bands * size.pixelCount`.
  package init(bands: Int, size: RasterSize, pixels: [Float]) {
    precondition(pixels.count == bands * size.pixelCount, "pixel count does not fit the size")
    self.bands = bands
    self.size = size
    self.pixels = pixels
  }

  package func index(_ band: Int, _ row: Int, _ column: Int) -> Int { (band * rows + row) * columns + column }

  package subscript(band: Int, row: Int, column: Int) -> Float {
    get { pixels[index(band, row, column)] }
    set { pixels[index(band, row, column)] = newValue }
  }

  /// Whether all pixels are numbers, and none is infinite.
  package var isFinite: Bool {
    // A number times 0 is 0; the rest is not.
    pixels.withUnsafeBufferPointer { $0.reduce(Float(0)) { $0 + $1 * 0 } } == 0
  }

  /// Copies out the part of the image under `window` (in this image's own pixel coordinates).
  package func cropped(to window: PixelWindow) -> FloatImage {
    precondition(size.window.contains(window), "window lies outside the image")
    var result = FloatImage(bands: bands, size: window.size)
    for band in 0..<bands {
      for row in 0..<window.rows {
        let from = index(band, window.row + row, window.column)
        let to = result.index(band, row, 0)
        result.pixels.replaceSubrange(to..<(to + window.columns), with: pixels[from..<(from + window.columns)])
      }
    }
    return result
  }
}
