internal import Geometry
internal import Kernels
internal import Raster

/// All branches brought to 1/2 and side by side, a 1 x 1 convolution with ReLU, one to 4 x classes, then depth to space.
///
/// Mixing channels and bilinear upsampling may change places, as neither mixes what the other does: each branch is mixed
/// at its own resolution and then brought to 1/2, a row at a time, so that the many channels exist for a few rows alone.
struct HRNetHead: Sendable {
  /// Of each branch; the first one has the bias.
  private let mixes: [PointwiseConvolution]
  private let hidden: Int
  private let classes: Int
  private let last: PointwiseConvolution

  init(_ layers: LayerReader, _ name: String, widths: [Int], classes: Int) throws(NetworkError) {
    let hidden = widths.reduce(0, +)
    let weights = try layers.tensors.tensor("\(name).conv1.weight", shape: [hidden, hidden, 1, 1])
    let bias = try layers.tensors.tensor("\(name).conv1.bias", shape: [hidden])
    var start = 0
    mixes = widths.enumerated().map { branch, width in
      let part = (0..<hidden).flatMap { weights[($0 * hidden + start)..<($0 * hidden + start + width)] }
      start += width
      return PointwiseConvolution(
        inputs: width, outputs: hidden, weights: part,
        bias: branch == 0 ? bias : [Float](repeating: 0, count: hidden), kernel: layers.kernel)
    }
    last = try layers.pointwise("\(name).conv2", hidden, 4 * classes)
    self.hidden = hidden
    self.classes = classes
  }

  /// - Parameters:
  ///   - branches: of 1/2, 1/4, ... of the image's resolution.
  ///   - kept: the part of the image that is wanted.
  ///   - trace: sees whole features only where all is kept.
  /// - Returns: rows and columns of `kept`, classes.
  func apply(
    _ branches: [FeatureMap], keeping kept: PixelWindow, trace: HRNet.Trace?
  ) -> FloatImage {
    let (rows, columns) = (kept.row / 2..<(kept.endRow + 1) / 2, kept.column / 2..<(kept.endColumn + 1) / 2)
    precondition(rows.upperBound <= branches[0].rows && columns.upperBound <= branches[0].columns, "leaves the image")
    var low = zip(branches, mixes).dropFirst().map { MixedRows($0, $1) }
    defer { for rows in low { rows.deallocate() } }
    var output = FloatImage(bands: classes, size: RasterSize(rows: 2 * rows.count, columns: 2 * columns.count))
    let sums = UnsafeMutablePointer<Float>.allocate(capacity: columns.count * hidden)
    let line = UnsafeMutablePointer<Float>.allocate(capacity: branches[1].columns * hidden)
    let values = UnsafeMutablePointer<Float>.allocate(capacity: columns.count * 4 * classes)
    defer {
      sums.deallocate()
      line.deallocate()
      values.deallocate()
    }
    let traced = trace.map { _ in
      (
        FeatureMap(rows: rows.count, columns: columns.count, channels: hidden),
        FeatureMap(rows: rows.count, columns: columns.count, channels: 4 * classes)
      )
    }
    for (index, row) in rows.enumerated() {
      mixes[0].applyPixels(branches[0].pointer(row, columns.lowerBound), count: columns.count, into: sums)
      for level in low.indices {
        let upsampling = BilinearUpsampling(factor: 2 << level)
        let (above, below, share) = upsampling.rows(around: row, of: low[level].branch.rows)
        upsampling.addRow(
          between: low[level].row(above), low[level].row(below), share: share, pixels: low[level].branch.columns,
          channels: hidden, columns: columns, to: sums, line)
      }
      FeatureMap.rectify(sums, count: columns.count * hidden)
      last.applyPixels(sums, count: columns.count, into: values)
      if let (first, second) = traced {
        first.pointer(index, 0).update(from: sums, count: columns.count * hidden)
        second.pointer(index, 0).update(from: values, count: columns.count * 4 * classes)
      }
      // Channel 4c + 2y + x is class c at (2 row + y, 2 column + x).
      output.pixels.withUnsafeMutableBufferPointer { pixels in
        for band in 0..<(4 * classes) {
          var pixel = (band / 4 * 2 * rows.count + 2 * index + band % 4 / 2) * 2 * columns.count + band % 2
          for column in 0..<columns.count {
            pixels[pixel] = values[column * 4 * classes + band]
            pixel += 2
          }
        }
      }
    }
    if let (first, second) = traced {
      trace?("head.conv1", first)
      trace?("head.conv2", second)
    }
    guard output.size != kept.size else { return output }
    return output.cropped(
      to: PixelWindow(
        row: kept.row - 2 * rows.lowerBound, column: kept.column - 2 * columns.lowerBound, rows: kept.rows,
        columns: kept.columns))
  }
}

/// Rows of a branch with their channels mixed, made when they are asked for; the last two are kept.
private struct MixedRows {
  let branch: FeatureMap
  private let mix: PointwiseConvolution
  /// Row r lies in the first of them where r is even.
  private let values: [UnsafeMutablePointer<Float>]
  private var rows: [Int?] = [nil, nil]

  init(_ branch: FeatureMap, _ mix: PointwiseConvolution) {
    self.branch = branch
    self.mix = mix
    values = (0..<2).map { _ in .allocate(capacity: branch.columns * mix.outputs) }
  }

  func deallocate() { for row in values { row.deallocate() } }

  /// branch.columns x channels. What was given for a row two before is no more.
  mutating func row(_ row: Int) -> UnsafePointer<Float> {
    let place = row % 2
    if rows[place] != row {
      mix.applyRow(row, of: branch, into: values[place])
      rows[place] = row
    }
    return UnsafePointer(values[place])
  }
}
