internal import Geometry
package import Kernels
package import Raster

/// HighRes-net (Deudon et al. 2020; Razzak et al. 2021, Table 2): every view, paired with the reference frame, goes
/// through one encoder; encodings are fused in pairs until one is left; a transposed convolution decodes it.
///
/// Shapes: K views of rows x columns x C and one reference of the same size give 2 rows x 2 columns x C.
package struct HighResNet: Sendable {
  /// x + prelu(conv(prelu(conv(x)))): the activation comes before the sum.
  private struct ResidualBlock: Sendable {
    let first: Convolution
    let firstSlope: Float
    let second: Convolution
    let secondSlope: Float

    /// - Parameter input: one map, or two side by side.
    func apply(_ input: [FeatureMap], scratch: FeatureMap, into output: FeatureMap) {
      first.apply(input, into: scratch, slope: firstSlope)
      second.apply([scratch], into: output, slope: secondSlope, adding: input)
    }
  }

  package let bands: Int
  package let hidden: Int
  /// Of the 3 x 3 convolutions.
  package let kernel: ConvolutionKernel
  private let encodeIn: Convolution
  private let encodeSlope: Float
  private let encodeBlocks: [ResidualBlock]
  private let encodeOut: Convolution
  private let fuseBlock: ResidualBlock
  private let fuseOut: Convolution
  private let fuseSlope: Float
  private let upconvolution: Upconvolution
  private let decodeSlope: Float
  private let decodeOut: PointwiseConvolution

  /// - Parameters:
  ///   - tensors: weights under the names of `training/` (`encode.conv_in.weight`, ...).
  ///   - bands: C, channels of a view.
  ///   - kernel: of the 3 x 3 convolutions; nil for what the environment asks for.
  /// - Throws: `NetworkError` where a tensor is missing or has another shape, or where the environment asks for a
  ///   kernel that is not to be had.
  package init(
    _ tensors: SafeTensors, bands: Int, hidden: Int, kernel chosen: ConvolutionKernel? = nil
  ) throws(NetworkError) {
    let kernel: ConvolutionKernel
    if let chosen {
      kernel = chosen
    } else {
      do { kernel = try ConvolutionKernel.requested() } catch {
        throw NetworkError(path: ConvolutionKernel.variable, reason: error.description)
      }
    }
    func convolution(_ name: String, _ inputs: Int, _ outputs: Int) throws(NetworkError) -> Convolution {
      Convolution(
        inputs: inputs, outputs: outputs,
        weights: try tensors.tensor("\(name).weight", shape: [outputs, inputs, 3, 3]),
        bias: try tensors.tensor("\(name).bias", shape: [outputs]), kernel: kernel)
    }
    func slope(_ name: String) throws(NetworkError) -> Float { try tensors.tensor("\(name).weight", shape: [1])[0] }
    func block(_ name: String, _ channels: Int) throws(NetworkError) -> ResidualBlock {
      ResidualBlock(
        first: try convolution("\(name).conv1", channels, channels), firstSlope: try slope("\(name).prelu1"),
        second: try convolution("\(name).conv2", channels, channels), secondSlope: try slope("\(name).prelu2"))
    }
    self.bands = bands
    self.hidden = hidden
    self.kernel = kernel
    encodeIn = try convolution("encode.conv_in", 2 * bands, hidden)
    encodeSlope = try slope("encode.prelu")
    encodeBlocks = [try block("encode.block1", hidden), try block("encode.block2", hidden)]
    encodeOut = try convolution("encode.conv_out", hidden, hidden)
    fuseBlock = try block("fuse.block", 2 * hidden)
    fuseOut = try convolution("fuse.conv", 2 * hidden, hidden)
    fuseSlope = try slope("fuse.prelu")
    upconvolution = Upconvolution(
      inputs: hidden, outputs: hidden,
      weights: try tensors.tensor("decode.deconv.weight", shape: [hidden, hidden, 3, 3]),
      bias: try tensors.tensor("decode.deconv.bias", shape: [hidden]))
    decodeSlope = try slope("decode.prelu")
    decodeOut = PointwiseConvolution(
      inputs: hidden, outputs: bands,
      weights: try tensors.tensor("decode.conv_out.weight", shape: [bands, hidden, 1, 1]),
      bias: try tensors.tensor("decode.conv_out.bias", shape: [bands]))
  }

  /// Floating-point operations of the direct convolutions for one low-resolution pixel, two a multiplication and
  /// addition: 8.2 million for 8 views of red, green and blue.
  package func directOperations(views: Int) -> Double {
    let encode = 9 * (2 * bands * hidden + 5 * hidden * hidden)
    let fuse = 9 * (2 * (2 * hidden) * (2 * hidden) + 2 * hidden * hidden)
    let decode = 9 * hidden * hidden + 4 * hidden * bands
    return 2 * Double(views * encode + (views - 1) * fuse + decode)
  }

  /// Sees intermediate features, for comparison with golden tensors.
  package typealias Trace = (_ name: String, _ features: FeatureMap) -> Void

  /// - Parameters:
  ///   - views: K images, normalised, clearest first; K is 1 or more.
  ///   - reference: the reference frame, normalised.
  /// - Returns: 2 rows x 2 columns x C, in normalised units, to be added to the upsampled reference.
  package func apply(views: [FloatImage], reference: FloatImage, trace: Trace? = nil) -> FloatImage {
    precondition(!views.isEmpty && (views + [reference]).allSatisfy { $0.bands == bands && $0.size == reference.size })
    var encodings = encode(views, reference, trace)
    fuse(&encodings, trace)
    return decode(encodings[0], trace)
  }

  private func encode(_ views: [FloatImage], _ reference: FloatImage, _ trace: Trace?) -> [FeatureMap] {
    let (rows, columns) = (reference.rows, reference.columns)
    func map(_ channels: Int) -> FeatureMap { FeatureMap(rows: rows, columns: columns, channels: channels) }
    let pair = map(2 * bands)
    let (a, b, c) = (map(hidden), map(hidden), map(hidden))
    return views.enumerated().map { index, view in
      Self.interleave(view, reference, into: pair)
      encodeIn.apply(pair, into: a, slope: encodeSlope)
      trace?("encode.conv_in.\(index)", a)
      encodeBlocks[0].apply([a], scratch: b, into: c)
      trace?("encode.block1.\(index)", c)
      encodeBlocks[1].apply([c], scratch: b, into: a)
      trace?("encode.block2.\(index)", a)
      let encoding = map(hidden)
      encodeOut.apply(a, into: encoding)
      trace?("encode.conv_out.\(index)", encoding)
      return encoding
    }
  }

  /// Pairs the first half with the second half in reverse over the next power of two. A place without a view changes
  /// nothing (alpha = 0), so it is not computed; no view is ever dropped.
  private func fuse(_ encodings: inout [FeatureMap], _ trace: Trace?) {
    guard encodings.count > 1 else { return }
    let (rows, columns) = (encodings[0].rows, encodings[0].columns)
    func map(_ channels: Int) -> FeatureMap { FeatureMap(rows: rows, columns: columns, channels: channels) }
    let (a, b) = (map(2 * hidden), map(2 * hidden))
    var fused = map(hidden)
    var places = 1
    while places < encodings.count { places *= 2 }
    var level = 0
    while places > 1 {
      for first in 0..<(places / 2) {
        let second = places - 1 - first
        guard second < encodings.count else { continue }
        fuseBlock.apply([encodings[first], encodings[second]], scratch: a, into: b)
        fuseOut.apply(b, into: fused, slope: fuseSlope, adding: encodings[first])
        swap(&encodings[first], &fused)
      }
      places /= 2
      encodings.removeLast(max(0, encodings.count - places))
      for (index, encoding) in encodings.enumerated() { trace?("fuse.level\(level).\(index)", encoding) }
      level += 1
    }
  }

  private func decode(_ features: FeatureMap, _ trace: Trace?) -> FloatImage {
    var output = FloatImage(bands: bands, size: .init(rows: 2 * features.rows, columns: 2 * features.columns))
    let phase = FeatureMap(rows: features.rows, columns: features.columns, channels: hidden)
    let line = UnsafeMutableBufferPointer<Float>.allocate(capacity: features.columns * bands)
    defer { line.deallocate() }
    for rowPhase in 0..<2 {
      for columnPhase in 0..<2 {
        upconvolution.applyPhase(row: rowPhase, column: columnPhase, features, into: phase, slope: decodeSlope)
        trace?("decode.deconv.\(rowPhase)\(columnPhase)", phase)
        for row in 0..<features.rows {
          decodeOut.applyRow(row, of: phase, into: line.baseAddress!)
          for band in 0..<bands {
            var index = output.index(band, 2 * row + rowPhase, columnPhase)
            for column in 0..<features.columns {
              output.pixels[index] = line[column * bands + band]
              index += 2
            }
          }
        }
      }
    }
    return output
  }

  /// Channels of a pixel: the view's bands, then the reference's.
  private static func interleave(_ view: FloatImage, _ reference: FloatImage, into pair: FeatureMap) {
    let bands = view.bands
    for row in 0..<view.rows {
      for (offset, image) in [(0, view), (bands, reference)] {
        for band in 0..<bands {
          let start = image.index(band, row, 0)
          var target = pair.pointer(row, 0) + offset + band
          image.pixels.withUnsafeBufferPointer { pixels in
            for column in 0..<view.columns {
              target.pointee = pixels[start + column]
              target += 2 * bands
            }
          }
        }
      }
    }
  }
}
