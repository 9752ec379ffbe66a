internal import Geometry

/// Images as they are compared: smoothed, and without the brightness of their surroundings.
extension ShiftEstimator {
  /// Pixels on each side whose mean is left out of the detail: fields are larger.
  static let detailReach = 5

  /// What is left of an image without the mean of each pixel's surroundings, as far as they can be used.
  static func detail(of image: [Float], _ size: RasterSize) -> [Float] {
    // Sums of all pixels above and to the left, and how many they are.
    let width = size.columns + 1
    var sums = [Double](repeating: 0, count: (size.rows + 1) * width)
    var counts = [Int](repeating: 0, count: sums.count)
    for row in 0..<size.rows {
      var (sum, count) = (0.0, 0)
      for column in 0..<size.columns {
        let value = image[row * size.columns + column]
        if value.isFinite { (sum, count) = (sum + Double(value), count + 1) }
        let place = (row + 1) * width + column + 1
        sums[place] = sums[place - width] + sum
        counts[place] = counts[place - width] + count
      }
    }
    var result = image
    for row in 0..<size.rows {
      let (top, bottom) = (max(0, row - detailReach) * width, min(size.rows, row + detailReach + 1) * width)
      for column in 0..<size.columns where image[row * size.columns + column].isFinite {
        let (left, right) = (max(0, column - detailReach), min(size.columns, column + detailReach + 1))
        func around<Value: AdditiveArithmetic>(_ table: [Value]) -> Value {
          table[bottom + right] - table[top + right] - table[bottom + left] + table[top + left]
        }
        result[row * size.columns + column] -= Float(around(sums) / Double(around(counts)))
      }
    }
    return result
  }

  /// 3 x 3 binomial smoothing, twice; a pixel next to an unusable one becomes unusable.
  static func smooth(_ image: [Float], _ size: RasterSize) -> [Float] {
    var result = image
    for _ in 0..<2 {
      for axisStep in [1, size.columns] {
        let source = result
        for index in source.indices {
          let isInside =
            axisStep == 1
            ? index % size.columns > 0 && index % size.columns < size.columns - 1
            : index >= size.columns && index < source.count - size.columns
          result[index] =
            isInside ? 0.25 * source[index - axisStep] + 0.5 * source[index] + 0.25 * source[index + axisStep] : .nan
        }
      }
    }
    return result
  }
}
