internal import CKernels

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

  /// The two input rows around the middle of an output row, and the share of the second.
  /// - Parameter rows: of the input.
  package func rows(around output: Int, of rows: Int) -> (first: Int, second: Int, share: Float) {
    precondition((0..<(rows * factor)).contains(output), "the row leaves the map")
    let position = max(0, (Float(output) + 0.5) / Float(factor) - 0.5)
    let first = Int(position)
    return (first, min(first + 1, rows - 1), position - Float(first))
  }

  /// Adds one row of the upsampled map.
  /// - Parameters:
  ///   - row: of the output.
  ///   - sums: input.columns x factor x channels.
  ///   - line: `lineCount` values of scratch memory.
  package func addRow(
    _ row: Int, of input: FeatureMap, to sums: UnsafeMutablePointer<Float>, _ line: UnsafeMutablePointer<Float>
  ) {
    let (first, second, share) = rows(around: row, of: input.rows)
    addRow(
      between: input.pointer(first, 0), input.pointer(second, 0), share: share, pixels: input.columns,
      channels: input.channels, columns: 0..<(input.columns * factor), to: sums, line)
  }

  /// Adds one row of the upsampled map, from the two input rows around it.
  /// - Parameters:
  ///   - share: of the second; see `rows(around:of:)`.
  ///   - pixels: of an input row.
  ///   - columns: of the output.
  ///   - sums: columns x channels.
  ///   - line: pixels x channels values of scratch memory.
  package func addRow(
    between first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, share: Float, pixels: Int, channels: Int,
    columns: Range<Int>, to sums: UnsafeMutablePointer<Float>, _ line: UnsafeMutablePointer<Float>
  ) {
    precondition(columns.lowerBound >= 0 && columns.upperBound <= pixels * factor, "the row leaves the map")
    RowArithmetic.weightedSum([first, second], weights: [1 - share, share], into: line, count: pixels * channels)
    supertile_add_upsampled(sums, line, pixels, channels, factor, columns.lowerBound, columns.count)
  }
}
