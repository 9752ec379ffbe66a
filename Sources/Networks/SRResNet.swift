package import Kernels
package import Raster

/// SRResNet (Ledig et al. 2017), the single-image baseline of Razzak et al. (2021): it sees the reference frame alone.
///
/// Shapes: an image of rows x columns x C gives 2 rows x 2 columns x C. Layers and tensor names are those of
/// `training/supertile_training/srresnet.py`; batch normalisation is folded into the weights.
package struct SRResNet: Sendable {
  /// x + conv(prelu(conv(x))).
  private struct ResidualBlock: Sendable {
    let first: Convolution
    let slope: Float
    let second: Convolution

    func apply(_ input: FeatureMap, scratch: FeatureMap, into output: FeatureMap) {
      first.apply(input, into: scratch, slope: slope)
      second.apply(scratch, into: output, adding: input)
    }
  }

  /// Residual blocks.
  package static let depth = 16
  /// Of the convolutions that see and make images.
  private static let side = 9
  private static let factor = 2

  package let bands: Int
  package let hidden: Int
  /// Of the 3 x 3 convolutions.
  package let kernel: ConvolutionKernel

  private let head: LargeConvolution
  private let headSlope: Float
  private let blocks: [ResidualBlock]
  private let tail: Convolution
  private let up: Convolution
  private let upSlope: Float
  private let shuffle: PixelShuffle
  private let out: LargeConvolution
  private let pool = MapPool()

  /// - Parameters:
  ///   - tensors: weights under the names of `training/` (`head.0.weight`, ...).
  ///   - bands: C.
  ///   - kernel: of the 3 x 3 convolutions; nil for what the environment asks for.
  /// - Throws: `NetworkError` where a tensor is missing or has another shape, or where the environment asks for a
  ///   kernel that is not to be had.
  package init(
    _ tensors: SafeTensors, bands: Int, hidden: Int, kernel chosen: ConvolutionKernel? = nil
  ) throws(NetworkError) {
    let layers = try LayerReader(tensors, kernel: chosen)
    self.bands = bands
    self.hidden = hidden
    kernel = layers.kernel
    head = try layers.large("head.0", side: Self.side, bands, hidden)
    headSlope = try layers.slope("head.1")
    var blocks: [ResidualBlock] = []
    for index in 0..<Self.depth {
      let body = "blocks.\(index).body"
      blocks.append(
        ResidualBlock(
          first: try layers.convolution("\(body).0", normalisedBy: "\(body).1", hidden, hidden),
          slope: try layers.slope("\(body).2"),
          second: try layers.convolution("\(body).3", normalisedBy: "\(body).4", hidden, hidden)))
    }
    self.blocks = blocks
    tail = try layers.convolution("tail.0", normalisedBy: "tail.1", hidden, hidden)
    up = try layers.convolution("up.0", hidden, Self.factor * Self.factor * hidden)
    upSlope = try layers.slope("up.2")
    shuffle = PixelShuffle(factor: Self.factor)
    out = try layers.large("out", side: Self.side, hidden, bands)
  }

  /// Sees intermediate features, for comparison with golden tensors.
  package typealias Trace = (_ name: String, _ features: FeatureMap) -> Void

  /// - Parameter image: the reference frame, normalised.
  /// - Returns: twice the rows and columns, C bands, in normalised units, to be added to the upsampled reference.
  package func apply(_ image: FloatImage, trace: Trace? = nil) -> FloatImage {
    precondition(image.bands == bands, "bands do not fit")
    let maps = MapLoan(pool, rows: image.rows, columns: image.columns)
    let fineMaps = MapLoan(pool, rows: Self.factor * image.rows, columns: Self.factor * image.columns)
    // Maps are in use until the end, though nobody asks for another.
    defer { withExtendedLifetime((maps, fineMaps)) {} }

    // rows x columns x C -> hidden.
    let (input, first) = (maps.map(bands), maps.map(hidden))
    input.fill(with: image)
    head.apply(input, into: first, slope: headSlope)
    trace?("head", first)

    // hidden -> hidden, block after block; `first` is needed again.
    let (scratch, results) = (maps.map(hidden), [maps.map(hidden), maps.map(hidden)])
    var features = first
    for (index, block) in blocks.enumerated() {
      let result = results[index % 2]
      block.apply(features, scratch: scratch, into: result)
      features = result
      trace?("blocks.\(index)", features)
    }

    // hidden -> hidden, the head's features added.
    tail.apply(features, into: scratch, adding: first)
    trace?("tail", scratch)

    // hidden -> 4 hidden -> 2 rows x 2 columns x hidden. One slope for all channels: it may come before the shuffle.
    let (squares, fine) = (maps.map(Self.factor * Self.factor * hidden), fineMaps.map(hidden))
    up.apply(scratch, into: squares, slope: upSlope)
    shuffle.apply(squares, into: fine)
    trace?("up", fine)

    // 2 rows x 2 columns x hidden -> C.
    let detail = fineMaps.map(bands)
    out.apply(fine, into: detail)
    return detail.image()
  }
}
