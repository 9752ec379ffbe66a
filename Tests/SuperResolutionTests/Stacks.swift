import Geometry
import Raster
import Stacking
import TestSupport

/// A stack of `count` views with holes, in `size`.
func makeStack(_ count: Int, _ size: RasterSize, _ folder: TemporaryFolder) throws -> ViewStack {
  let scene = WaveScene(finest: 3)
  var generator = SeededGenerator(4)
  let views = try (0..<count).map { index -> ViewRaster in
    var image = scene.image(size, shift: Shift(rows: 0.3 * Double(index), columns: -0.2 * Double(index)))
    for pixel in image.pixels.indices { image.pixels[pixel] += 0.002 * generator.normal() }
    return try ViewRaster.make(image, name: "\(index)", scratch: folder.path) { row, column in
      if (40..<44).contains(row), (30..<36).contains(column) { return ViewRaster.masked }
      return (row * 7 + column * 3 + index * 31) % 97 < 6 ? ViewRaster.masked : nil
    }
  }
  return try ViewStack.make(views, scratch: folder.path)
}
