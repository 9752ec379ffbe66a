internal import Geometry
internal import Kernels
internal import Raster

/// All branches brought to 1/2 and side by side, a 1 x 1 convolution with ReLU, one to 4 x classes, then depth to space.
///
/// Mixing channels and bilinear upsampling may change places, as neither mixes what the other does: each branch is mixed
/// at its own resolution and then brought to 1/2, a row at a time, so that the many channels never exist for the whole
/// image.
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
        bias: branch == 0 ? bias : [Float](repeating: 0, count: hidden))
    }
    last = try layers.pointwise("\(name).conv2", hidden, 4 * classes)
    self.hidden = hidden
    self.classes = classes
  }

  /// - Parameter branches: of 1/2, 1/4, ... of the image's resolution.
  /// - Returns: twice the rows and columns of the first branch, classes.
  func apply(_ branches: [FeatureMap], trace: HRNet.Trace?) -> FloatImage {
    let (rows, columns) = (branches[0].rows, branches[0].columns)
    let low = zip(branches, mixes).dropFirst().map { branch, mix in
      let mixed = FeatureMap.unset(rows: branch.rows, columns: branch.columns, channels: hidden)
      mix.apply(branch, into: mixed)
      return mixed
    }
    var output = FloatImage(bands: classes, size: RasterSize(rows: 2 * rows, columns: 2 * columns))
    let sums = UnsafeMutablePointer<Float>.allocate(capacity: columns * hidden)
    let line = UnsafeMutablePointer<Float>.allocate(capacity: max(1, (columns + 1) / 2 * hidden))
    let values = UnsafeMutablePointer<Float>.allocate(capacity: columns * 4 * classes)
    defer {
      sums.deallocate()
      line.deallocate()
      values.deallocate()
    }
    let traced = trace.map { _ in
      (
        FeatureMap(rows: rows, columns: columns, channels: hidden),
        FeatureMap(rows: rows, columns: columns, channels: 4 * classes)
      )
    }
    for row in 0..<rows {
      mixes[0].applyRow(row, of: branches[0], into: sums)
      for (index, map) in low.enumerated() {
        BilinearUpsampling(factor: 2 << index).addRow(row, of: map, to: sums, line)
      }
      FeatureMap.rectify(sums, count: columns * hidden)
      last.applyPixels(sums, count: columns, into: values)
      if let (first, second) = traced {
        first.pointer(row, 0).update(from: sums, count: columns * hidden)
        second.pointer(row, 0).update(from: values, count: columns * 4 * classes)
      }
      // Channel 4c + 2y + x is class c at (2 row + y, 2 column + x).
      output.pixels.withUnsafeMutableBufferPointer { pixels in
        for band in 0..<(4 * classes) {
          var index = (band / 4 * 2 * rows + 2 * row + band % 4 / 2) * 2 * columns + band % 2
          for column in 0..<columns {
            pixels[index] = values[column * 4 * classes + band]
            index += 2
          }
        }
      }
    }
    if let (first, second) = traced {
      trace?("head.conv1", first)
      trace?("head.conv2", second)
    }
    return output
  }
}
