package import Geometry
internal import Networks
internal import SuperResolution

/// Tiles in which an image is looked at for buildings. A tile computes 164 pixels around itself, so that larger ones take
/// less time, and more memory.
package enum SegmentTiles {
  /// Pixels, the preferred one first.
  package static let sides = [1280, 768]
  /// Fewer tiles would leave workers without.
  private static let fewTiles = 16
  /// Memory of the network's maps and the images around them, bytes a pixel that is computed: 297, and what smaller windows
  /// leave unused.
  private static let bytesOfPixel = 340
  private static let around = 164
  private static let grain = HRNet.alignment

  /// What a worker takes, bytes.
  package static func workerBytes(side: Int) -> Int {
    // Windows begin and end at multiples of the network's alignment.
    let computed = (side + 2 * (around + grain - 1)) / grain * grain
    return computed * computed * bytesOfPixel
  }

  /// What the rows take that tiles still add to, bytes: probabilities, and whether there is one.
  package static func stripBytes(side: Int, columns: Int) -> Int {
    (side + 2 * TilePlan.defaultMargin) * columns * (2 * MemoryLayout<Float>.size + 1)
  }

  /// The side for an image, where so many workers may take so much.
  /// - Parameters:
  ///   - size: of the image, pixels.
  ///   - memory: bytes, for all of them.
  package static func side(_ size: RasterSize, workers: Int, memory: Int) -> Int {
    sides.first { side in
      TilePlan.count(size, coreSide: side) >= fewTiles
        && workers * workerBytes(side: side) + stripBytes(side: side, columns: size.columns) <= memory
    } ?? sides[sides.count - 1]
  }
}
