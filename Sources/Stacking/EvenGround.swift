package import Geometry

/// Ground without contrast, as open sea or a salt flat, of which no shift can be told: two images of it are alike where they
/// are equally bright, in blocks, but for one offset.
package enum EvenGround {
  private static let block = 8
  /// Blocks that both images must show.
  private static let fewest = 64
  /// Reflectance: haze and glint make as much; more is cloud, or other ground.
  private static let farthestOffset: Float = 0.1
  /// Reflectance, of nine blocks in ten.
  private static let farthest: Float = 0.03

  /// - Parameters:
  ///   - size: of both images.
  ///   - first, second: intensity, NaN where it must not be used.
  package static func agree(
    size: RasterSize, _ first: ShiftEstimator.Sampler, _ second: ShiftEstimator.Sampler
  ) -> Bool {
    guard let (differences, middle) = compare(size, first, second) else { return false }
    let near = differences.count { abs($0 - middle) <= farthest }
    return abs(middle) <= farthestOffset && 10 * near >= 9 * differences.count
  }

  /// What the second image is brighter by, of most blocks; nil where they share too little.
  package static func offset(
    size: RasterSize, _ first: ShiftEstimator.Sampler, _ second: ShiftEstimator.Sampler
  ) -> Float? { compare(size, first, second)?.middle }

  /// Second minus first, of blocks that both show, and the middle one of these differences.
  private static func compare(
    _ size: RasterSize, _ first: ShiftEstimator.Sampler, _ second: ShiftEstimator.Sampler
  ) -> (differences: [Float], middle: Float)? {
    var differences: [Float] = []
    for window in ShiftEstimator.windows(in: size) {
      let (a, b) = (first(window), second(window))
      for top in stride(from: 0, through: window.rows - block, by: block) {
        for left in stride(from: 0, through: window.columns - block, by: block) {
          var sum: Float = 0
          for row in top..<(top + block) {
            for pixel in (row * window.columns + left)..<(row * window.columns + left + block) {
              sum += b[pixel] - a[pixel]
            }
          }
          if sum.isFinite { differences.append(sum / Float(block * block)) }
        }
      }
    }
    guard differences.count >= fewest else { return nil }
    return (differences, differences.sorted()[differences.count / 2])
  }
}
