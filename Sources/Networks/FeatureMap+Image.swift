internal import Geometry
internal import Kernels
internal import Raster

extension FeatureMap {
  /// A map of an image: bands become the channels of each pixel.
  convenience init(_ image: FloatImage) {
    self.init(rows: image.rows, columns: image.columns, channels: image.bands)
    fill(with: image)
  }

  /// Takes over an image as wide: bands become the channels of each pixel.
  /// - Parameter first: the image's row that becomes the first.
  func fill(with image: FloatImage, from first: Int = 0) {
    precondition(
      first >= 0 && first + rows <= image.rows && image.columns == columns && image.bands == channels,
      "the image does not fit")
    image.pixels.withUnsafeBufferPointer { pixels in
      for row in 0..<rows {
        for band in 0..<channels {
          let start = image.index(band, first + row, 0)
          var target = pointer(row, 0) + band
          for column in 0..<columns {
            target.pointee = pixels[start + column]
            target += channels
          }
        }
      }
    }
  }

  /// The channels of each pixel as bands.
  func image() -> FloatImage {
    var image = FloatImage(bands: channels, size: RasterSize(rows: rows, columns: columns))
    image.pixels.withUnsafeMutableBufferPointer { pixels in
      for band in 0..<channels {
        for row in 0..<rows {
          let source = pointer(row, 0) + band
          let start = (band * rows + row) * columns
          for column in 0..<columns { pixels[start + column] = source[column * channels] }
        }
      }
    }
    return image
  }
}
