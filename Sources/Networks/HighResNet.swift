package import Geometry
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

    /// - Parameters:
    ///   - input: one map, or two side by side; two pixels around the region are read.
    ///   - region: of the output, by the number of pixels around it.
    func apply(_ input: [FeatureMap], scratch: FeatureMap, into output: FeatureMap, _ region: (Int) -> MapRegion) {
      first.apply(input, into: scratch, region: region(1), slope: firstSlope)
      second.apply([scratch], into: output, region: region(0), slope: secondSlope, adding: input)
    }
  }

  package let bands: Int
  package let hidden: Int
  /// Of the 3 x 3 convolutions.
  package let kernel: ConvolutionKernel
  /// The first layer's halves: that of the reference frame is the same for all views, and computed once.
  private let encodeReference: Convolution
  private let encodeView: Convolution
  private let encodeSlope: Float
  private let encodeBlocks: [ResidualBlock]
  private let encodeOut: Convolution
  private let fuseBlock: ResidualBlock
  private let fuseOut: Convolution
  private let fuseSlope: Float
  private let upconvolution: Upconvolution
  private let decodeSlope: Float
  private let decodeOut: PointwiseConvolution
  private let pool = MapPool()

  /// - Parameters:
  ///   - tensors: weights under the names of `training/` (`encode.conv_in.weight`, ...).
  ///   - bands: C, channels of a view.
  ///   - kernel: of the 3 x 3 convolutions; nil for what the environment asks for.
  /// - Throws: `NetworkError` where a tensor is missing or has another shape, or where the environment asks for a
  ///   kernel that is not to be had.
  package init(
    _ tensors: SafeTensors, bands: Int, hidden: Int, kernel chosen: ConvolutionKernel? = nil
  ) throws(NetworkError) {
    let layers = try LayerReader(tensors, kernel: chosen)
    func block(_ name: String, _ channels: Int) throws(NetworkError) -> ResidualBlock {
      ResidualBlock(
        first: try layers.convolution("\(name).conv1", channels, channels),
        firstSlope: try layers.slope("\(name).prelu1"),
        second: try layers.convolution("\(name).conv2", channels, channels),
        secondSlope: try layers.slope("\(name).prelu2"))
    }
    self.bands = bands
    self.hidden = hidden
    kernel = layers.kernel
    let weights = try tensors.tensor("encode.conv_in.weight", shape: [hidden, 2 * bands, 3, 3])
    /// Channels of a view come first, then those of the reference frame.
    func half(_ first: Int) -> [Float] {
      (0..<hidden).flatMap { output -> ArraySlice<Float> in
        let start = (output * 2 * bands + first) * 9
        return weights[start..<(start + bands * 9)]
      }
    }
    encodeView = Convolution(
      inputs: bands, outputs: hidden, weights: half(0), bias: [Float](repeating: 0, count: hidden),
      kernel: kernel)
    encodeReference = Convolution(
      inputs: bands, outputs: hidden, weights: half(bands),
      bias: try tensors.tensor("encode.conv_in.bias", shape: [hidden]), kernel: kernel)
    encodeSlope = try layers.slope("encode.prelu")
    encodeBlocks = [try block("encode.block1", hidden), try block("encode.block2", hidden)]
    encodeOut = try layers.convolution("encode.conv_out", hidden, hidden)
    fuseBlock = try block("fuse.block", 2 * hidden)
    fuseOut = try layers.convolution("fuse.conv", 2 * hidden, hidden)
    fuseSlope = try layers.slope("fuse.prelu")
    upconvolution = Upconvolution(
      inputs: hidden, outputs: hidden,
      weights: try tensors.tensor("decode.deconv.weight", shape: [hidden, hidden, 3, 3]),
      bias: try tensors.tensor("decode.deconv.bias", shape: [hidden]))
    decodeSlope = try layers.slope("decode.prelu")
    decodeOut = try layers.pointwise("decode.conv_out", hidden, bands)
  }

  /// Floating-point operations of the direct convolutions for one low-resolution pixel, two a multiplication and
  /// addition: 8.2 million for 8 views of red, green and blue.
  package func directOperations(views: Int) -> Double {
    let encode = 9 * (2 * bands * hidden + 5 * hidden * hidden)
    let fuse = 9 * (2 * (2 * hidden) * (2 * hidden) + 2 * hidden * hidden)
    let decode = 9 * hidden * hidden + 4 * hidden * bands
    return 2 * Double(views * encode + (views - 1) * fuse + decode)
  }

  /// Memory that one window of `side` x `side` pixels takes, bytes: the maps that live at the same time, and the images.
  package static func workingBytes(views: Int, side: Int, bands: Int, hidden: Int) -> Int {
    var levels = 0
    while 1 << levels < views { levels += 1 }
    /// What waits to be fused: one of each level, and a pair with what it becomes.
    let waiting = views > 1 ? levels + 2 : 1
    let maps = (side + 2) * (side + 2) * (bands + (1 + 4 + waiting) * hidden)
    // Each view and the reference, with room for copies; upsampled, added, cropped.
    let images = side * side * bands * (2 * (views + 1) + 3 * 4)
    return 4 * (maps + images)
  }

  /// Gives the memory of windows that are done back to the system; the next window takes it anew.
  package func releaseMaps() { pool.clear() }

  /// Sees intermediate features, for comparison with golden tensors. They are whole where all of the window is kept.
  package typealias Trace = (_ name: String, _ features: FeatureMap) -> Void

  /// - Parameters:
  ///   - views: K images, normalised, clearest first; K is 1 or more.
  ///   - reference: the reference frame, normalised.
  ///   - kept: the part that is wanted; nil for all. Layers compute what it depends on: fewer pixels the later they come.
  /// - Returns: twice the rows and columns of `kept`, C bands, in normalised units, to be added to the upsampled
  ///   reference.
  package func apply(
    views: [FloatImage], reference: FloatImage, keeping kept: PixelWindow? = nil, trace: Trace? = nil
  ) -> FloatImage {
    precondition(!views.isEmpty && (views + [reference]).allSatisfy { $0.bands == bands && $0.size == reference.size })
    let kept = kept ?? PixelWindow(row: 0, column: 0, rows: reference.rows, columns: reference.columns)
    precondition(
      kept.row >= 0 && kept.column >= 0 && kept.endRow <= reference.rows && kept.endColumn <= reference.columns,
      "what is kept leaves the window")
    let maps = MapLoan(pool, rows: reference.rows, columns: reference.columns)
    defer { withExtendedLifetime(maps) {} }
    /// Pixels of a layer that `reach` pixels of later layers look at.
    func region(_ reach: Int) -> MapRegion {
      MapRegion(rows: kept.row..<kept.endRow, columns: kept.column..<kept.endColumn)
        .expanded(by: reach, rows: reference.rows, columns: reference.columns)
    }
    var levels = 0
    while 1 << levels < views.count { levels += 1 }
    let (decodeReach, levelReach) = (1, 3)
    let window = Window(maps, hidden: hidden, views: views, trace: trace)
    encodeReference(reference, window, region(decodeReach + levelReach * levels + 5))
    let features = fused(window, level: levels, place: 0, places: 1) { level, reach in
      region(decodeReach + levelReach * (levels - level) + reach)
    }
    return decode(features, kept, trace)
  }

  /// What one window is computed with.
  private final class Window {
    let maps: MapLoan
    let views: [FloatImage]
    let trace: Trace?
    /// The first layer's half for the reference frame.
    let shared: FeatureMap
    /// Two maps of 2 hidden channels while fusing, four of `hidden` channels while encoding.
    let (first, second): (MapMemory, MapMemory)
    private let hidden: Int
    /// Encodings that were fused: their maps take the next ones.
    private var spare: [FeatureMap] = []

    init(_ maps: MapLoan, hidden: Int, views: [FloatImage], trace: Trace?) {
      self.maps = maps
      self.views = views
      self.trace = trace
      self.hidden = hidden
      shared = maps.map(hidden)
      (first, second) = (maps.memory(2 * hidden), maps.memory(2 * hidden))
    }

    func takeEncoding() -> FeatureMap { spare.popLast() ?? maps.map(hidden) }
    func giveBack(_ encoding: FeatureMap) { spare.append(encoding) }
  }

  /// The reference frame's half of the first layer: rows x columns x C -> hidden.
  private func encodeReference(_ reference: FloatImage, _ window: Window, _ region: MapRegion) {
    let image = window.maps.map(bands, in: window.first)
    image.fill(with: reference)
    encodeReference.apply(image, into: window.shared, region: region)
  }

  /// A view with the reference frame: rows x columns x C, twice -> rows x columns x hidden.
  private func encode(_ index: Int, _ window: Window, _ region: (Int) -> MapRegion) -> FeatureMap {
    let maps = window.maps
    let (a, b) = (maps.map(hidden, in: window.first), maps.map(hidden, in: window.first, behind: hidden))
    let c = maps.map(hidden, in: window.second)
    let image = maps.map(bands, in: window.second, behind: hidden)
    image.fill(with: window.views[index])
    encodeView.apply(
      [image], into: a, region: region(5), slope: encodeSlope, adding: [window.shared], .beforeActivation)
    window.trace?("encode.conv_in.\(index)", a)
    encodeBlocks[0].apply([a], scratch: b, into: c) { region(3 + $0) }
    window.trace?("encode.block1.\(index)", c)
    encodeBlocks[1].apply([c], scratch: b, into: a) { region(1 + $0) }
    window.trace?("encode.block2.\(index)", a)
    let encoding = window.takeEncoding()
    encodeOut.apply(a, into: encoding, region: region(0))
    window.trace?("encode.conv_out.\(index)", encoding)
    return encoding
  }

  /// What `level` fusions leave at a place. Level 0 has a place for every view, up to the next power of two; each level
  /// pairs the first half of its places with the second half in reverse: rows x columns x 2 hidden -> hidden. A place
  /// without a view changes nothing (alpha = 0), so it is not computed; no view is ever dropped.
  ///
  /// What is fused is computed when it is needed, so that only as many encodings wait as there are levels.
  /// - Parameter region: of what is left after so many fusions, by the number of pixels around it.
  private func fused(
    _ window: Window, level: Int, place: Int, places: Int, _ region: (_ level: Int, Int) -> MapRegion
  ) -> FeatureMap {
    guard level > 0 else { return encode(place, window) { region(0, $0) } }
    let first = fused(window, level: level - 1, place: place, places: 2 * places, region)
    let partner = 2 * places - 1 - place
    var result = first
    if partner < window.views.count {
      let second = fused(window, level: level - 1, place: partner, places: 2 * places, region)
      let (a, b) = (window.maps.map(2 * hidden, in: window.first), window.maps.map(2 * hidden, in: window.second))
      fuseBlock.apply([first, second], scratch: a, into: b) { region(level, 1 + $0) }
      result = window.takeEncoding()
      fuseOut.apply([b], into: result, region: region(level, 0), slope: fuseSlope, adding: [first])
      window.giveBack(first)
      window.giveBack(second)
    }
    window.trace?("fuse.level\(level - 1).\(place)", result)
    return result
  }

  /// rows x columns x hidden -> 2 rows x 2 columns x hidden -> 2 rows x 2 columns x C, a row of one phase at a time.
  private func decode(_ features: FeatureMap, _ kept: PixelWindow, _ trace: Trace?) -> FloatImage {
    var output = FloatImage(bands: bands, size: kept.size.scaled(by: 2))
    let columns = kept.column..<kept.endColumn
    let sums = UnsafeMutablePointer<Float>.allocate(capacity: kept.columns * hidden)
    let line = UnsafeMutablePointer<Float>.allocate(capacity: kept.columns * bands)
    defer {
      sums.deallocate()
      line.deallocate()
    }
    for phase in [(0, 0), (0, 1), (1, 0), (1, 1)] {
      let traced = trace.map { _ in FeatureMap(rows: kept.rows, columns: kept.columns, channels: hidden) }
      for row in 0..<kept.rows {
        upconvolution.applyRow(
          kept.row + row, columns: columns, phase: phase, features, into: sums, slope: decodeSlope)
        traced?.pointer(row, 0).update(from: sums, count: kept.columns * hidden)
        decodeOut.applyPixels(sums, count: kept.columns, into: line)
        for band in 0..<bands {
          var index = output.index(band, 2 * row + phase.0, phase.1)
          for column in 0..<kept.columns {
            output.pixels[index] = line[column * bands + band]
            index += 2
          }
        }
      }
      if let traced { trace?("decode.deconv.\(phase.0)\(phase.1)", traced) }
    }
    return output
  }
}
