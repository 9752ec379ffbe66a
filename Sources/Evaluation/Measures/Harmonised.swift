internal import Geometry
internal import Raster
internal import Stacking

/// An image brought to a truth's colours and place: histograms matched band by band, then moved by the whole pixels
/// nearest to the estimated shift, if one is found.
struct Harmonised {
  private(set) var image: FloatImage
  /// Pixels that hold data after the move.
  private(set) var isValid: [Bool]

  /// - Parameter isUsed: pixels that count.
  /// - Returns: nil where no pixel counts.
  init?(_ image: FloatImage, with truth: FloatImage, where isUsed: [Bool]) {
    let pixels = isUsed.indices.filter { isUsed[$0] }
    guard !pixels.isEmpty else { return nil }
    let plane = image.size.pixelCount
    var matched = image
    for band in 0..<image.bands {
      let values = histogramMatched(
        pixels.map { image.pixels[band * plane + $0] }, to: pixels.map { truth.pixels[band * plane + $0] })
      for (pixel, value) in zip(pixels, values) { matched.pixels[band * plane + pixel] = value }
    }
    self.image = matched
    isValid = isUsed
    moveOnto(truth)
  }

  private mutating func moveOnto(_ truth: FloatImage) {
    let size = image.size
    let (fixed, moving) = (intensity(truth), intensity(image))
    let shift = ShiftEstimator.estimate(size: size) {
      fixed.cropped(to: $0, of: size)
    } moving: {
      moving.cropped(to: $0, of: size)
    }.shift
    guard let shift else { return }
    let (rows, columns) = (Int(shift.rows.rounded()), Int(shift.columns.rounded()))
    guard rows != 0 || columns != 0 else { return }
    let (source, isSource) = (image, isValid)
    for row in 0..<size.rows {
      for column in 0..<size.columns {
        let (fromRow, fromColumn) = (row + rows, column + columns)
        let isInside = 0..<size.rows ~= fromRow && 0..<size.columns ~= fromColumn
        let pixel = row * size.columns + column
        guard isInside, isSource[fromRow * size.columns + fromColumn] else {
          isValid[pixel] = false
          continue
        }
        for band in 0..<image.bands { image[band, row, column] = source[band, fromRow, fromColumn] }
      }
    }
  }

  /// Mean of the bands, NaN where nothing counts.
  private func intensity(_ image: FloatImage) -> [Float] {
    let plane = image.size.pixelCount
    return (0..<plane).map { pixel in
      guard isValid[pixel] else { return .nan }
      return (0..<image.bands).reduce(Float(0)) { $0 + image.pixels[$1 * plane + pixel] } / Float(image.bands)
    }
  }
}
