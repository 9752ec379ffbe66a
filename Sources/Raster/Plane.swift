package import Geometry

/// One band of pixels, row by row: `pixels[row * columns + column]`.
package struct Plane<Pixel: Sendable>: Sendable {
  package let size: RasterSize
  package var pixels: [Pixel]

  package var rows: Int { size.rows }
  package var columns: Int { size.columns }

  package init(size: RasterSize, repeating value: Pixel) {
    self.size = size
    pixels = [Pixel](repeating: value, count: size.pixelCount)
  }

  /// - Precondition: `pixels.count == size.pixelCount`.
  package init(size: RasterSize, pixels: [Pixel]) {
    precondition(pixels.count == size.pixelCount, "pixel count does not fit the size")
    self.size = size
    self.pixels = pixels
  }

  package subscript(row: Int, column: Int) -> Pixel {
    get { pixels[row * size.columns + column] }
    set { pixels[row * size.columns + column] = newValue }
  }
}

extension Plane: Equatable where Pixel: Equatable {}
