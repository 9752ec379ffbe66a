package import Geometry
internal import Networks
internal import SuperResolution

/// Tiles in which an image is looked at for buildings. A tile computes 164 pixels around itself, so that larger ones take
/// less time, and more memory.
package enum SegmentTiles {
  /// Pixels, the largest first.
  package static let sides = [2048, 1536, 1280, 1024, 768]
  /// Memory of the network's maps and the images around them, bytes a pixel that is computed: 158, and what smaller
  /// windows leave unused.
  private static let bytesOfPixel = 185
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

  /// The side for an image, where so many workers may take so much: that with which they are done first, the larger one
  /// of equals; the smallest where there is no room for any.
  /// - Parameters:
  ///   - size: of the image, pixels.
  ///   - memory: bytes, for all of them.
  package static func side(_ size: RasterSize, workers: Int, memory: Int) -> Int {
    let fitting = sides.filter {
      workers * workerBytes(side: $0) + stripBytes(side: $0, columns: size.columns) <= memory
    }
    return fitting.min { time($0, size, workers) < time($1, size, workers) } ?? sides[sides.count - 1]
  }

  /// Pixels that the busiest worker computes.
  private static func time(_ side: Int, _ size: RasterSize, _ workers: Int) -> Int {
    func computed(_ extent: Int) -> Int {
      let cores = TilePlan.count(extent: extent, side: side)
      return min(extent, (extent + cores - 1) / cores + 2 * around)
    }
    let rounds = (TilePlan.count(size, coreSide: side) + workers - 1) / workers
    return rounds * computed(size.rows) * computed(size.columns)
  }
}
