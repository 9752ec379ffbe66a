/// Bilinear upsampling of feature maps by a whole factor, pixel areas aligned and edges repeated: what PyTorch's
/// `interpolate(mode="bilinear", align_corners=False)` computes.
package struct BilinearUpsampling: Sendable {
  package let factor: Int

  package init(factor: Int) {
    precondition(factor >= 1, "a whole factor")
    self.factor = factor
  }

  /// Values of scratch memory that `addRow` needs.
  package static func lineCount(_ input: FeatureMap) -> Int { input.columns * input.channels }

  /// Adds one row of the upsampled map.
  /// - Parameters:
  ///   - row: of the output.
  ///   - columns: of the output; nil for all.
  ///   - sums: columns x channels.
  ///   - line: `lineCount` values of scratch memory.
  package func addRow(
    _ row: Int, of input: FeatureMap, columns: Range<Int>? = nil, to sums: UnsafeMutablePointer<Float>,
    _ line: UnsafeMutablePointer<Float>
  ) {
    let channels = input.channels
    let columns = columns ?? 0..<(input.columns * factor)
    precondition(
      (0..<(input.rows * factor)).contains(row) && columns.lowerBound >= 0
        && columns.upperBound <= input.columns * factor, "the row leaves the map")
    guard let last = columns.last else { return }
    let seen = taps(columns.lowerBound, input.columns).first...taps(last, input.columns).second
    let (top, bottom, share) = taps(row, input.rows)
    let (above, below) = (input.pointer(top, 0), input.pointer(bottom, 0))
    for index in (seen.lowerBound * channels)..<((seen.upperBound + 1) * channels) {
      line[index] = (1 - share) * above[index] + share * below[index]
    }
    for column in columns {
      let (first, second, share) = taps(column, input.columns)
      let (left, right) = (line + first * channels, line + second * channels)
      let target = sums + (column - columns.lowerBound) * channels
      for channel in 0..<channels {
        target[channel] += (1 - share) * left[channel] + share * right[channel]
      }
    }
  }

  /// The two input pixels around the middle of an output pixel, and the share of the second.
  private func taps(_ output: Int, _ extent: Int) -> (first: Int, second: Int, share: Float) {
    let position = max(0, (Float(output) + 0.5) / Float(factor) - 0.5)
    let first = Int(position)
    return (first, min(first + 1, extent - 1), position - Float(first))
  }
}
