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
    func apply(
      _ input: [FeatureMap], scratch: FeatureMap, into output: FeatureMap, _ tails: MapTails,
      _ region: (Int) -> MapRegion
    ) {
      tails.extend(scratch, region(1)) { first.apply(input, into: scratch, region: $0, slope: firstSlope) }
      tails.extend(output, region(0)) {
        second.apply([scratch], into: output, region: $0, slope: secondSlope, adding: input)
      }
    }
  }

  package let bands: Int
  package let hidden: Int
  /// Of all layers.
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
      bias: try tensors.tensor("decode.deconv.bias", shape: [hidden]), kernel: kernel)
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

  /// Pixels around a result that each part looks at: the encoder, one fusion, the decoder.
  private static let (encodeReach, fuseReach, decodeReach) = (6, 3, 1)
  static let reach = [encodeReach, fuseReach, decodeReach]

  /// Rows of a strip: the fewer, the less memory, and the more often rows are carried on to the next. A multiple of what
  /// every kernel's tiles are high.
  package static let stripRows = 96

  /// Rows of the maps of a strip: every strip but the first and the last computes `stripRows` of each layer.
  private static func heldRows(_ stripRows: Int, views: Int, of rows: Int) -> Int {
    let reach = reach(views)
    return min(rows, max(stripRows, reach + 1) + reach + MapStrip.lookedBack)
  }

  private static func levels(_ views: Int) -> Int {
    var levels = 0
    while 1 << levels < views { levels += 1 }
    return levels
  }

  /// Pixels around a result that the whole network looks at.
  private static func reach(_ views: Int) -> Int { encodeReach + fuseReach * levels(views) + decodeReach }

  /// Memory that one window of `side` x `side` pixels takes, bytes: the maps that live at the same time, the rows
  /// carried from strip to strip, and the images.
  package static func workingBytes(views: Int, side: Int, bands: Int, hidden: Int) -> Int {
    /// What waits to be fused: one of each level, and a pair with what it becomes.
    let waiting = views > 1 ? levels(views) + 2 : 1
    let rows = heldRows(stripRows, views: views, of: side) + 2
    let maps = rows * (side + 2) * (2 * max(0, bands - hidden) + (1 + 4 + waiting) * hidden)
    let tails = (side + 2) * hidden * (views * (5 * 2 + 2 * 3) + (views - 1) * (4 * 2 + 3))
    // Each view and the reference, with room for copies; upsampled, added, cropped.
    let images = side * side * bands * (2 * (views + 1) + 3 * 4)
    return 4 * (maps + tails + images)
  }

  /// Gives the memory of windows that are done back to the system; the next window takes it anew.
  package func releaseMaps() { pool.clear() }

  /// Sees intermediate features, for comparison with golden tensors: they are computed in one strip then, and whole
  /// where all of the window is kept.
  package typealias Trace = (_ name: String, _ features: FeatureMap) -> Void

  /// - Parameters:
  ///   - views: K images, normalised, clearest first; K is 1 or more.
  ///   - reference: the reference frame, normalised.
  ///   - kept: the part that is wanted; nil for all. Layers compute what it depends on: fewer pixels the later they come.
  ///   - stripRows: rows of the result that are computed at a time; more where the network looks farther around.
  /// - Returns: twice the rows and columns of `kept`, C bands, in normalised units, to be added to the upsampled
  ///   reference.
  package func apply(
    views: [FloatImage], reference: FloatImage, keeping kept: PixelWindow? = nil,
    stripRows: Int = HighResNet.stripRows, trace: Trace? = nil
  ) -> FloatImage {
    precondition(!views.isEmpty && (views + [reference]).allSatisfy { $0.bands == bands && $0.size == reference.size })
    let kept = kept ?? PixelWindow(row: 0, column: 0, rows: reference.rows, columns: reference.columns)
    precondition(
      kept.row >= 0 && kept.column >= 0 && kept.endRow <= reference.rows && kept.endColumn <= reference.columns,
      "what is kept leaves the window")
    let levels = Self.levels(views.count)
    let height = trace == nil ? Self.heldRows(stripRows, views: views.count, of: reference.rows) : reference.rows
    let strips = MapStrip.strips(
      of: MapRegion(rows: kept.row..<kept.endRow, columns: kept.column..<kept.endColumn), rows: reference.rows,
      columns: reference.columns, reach: Self.reach(views.count), height: height)
    let maps = MapLoan(pool, rows: height, columns: reference.columns)
    defer { withExtendedLifetime(maps) {} }
    let window = Window(maps, bands: bands, hidden: hidden, views: views, trace: trace)
    var output = FloatImage(bands: bands, size: kept.size.scaled(by: 2))
    for strip in strips {
      window.begin(strip)
      /// Pixels of what is left after so many fusions that `reach` pixels of the next one's layers look at.
      func region(_ level: Int, _ reach: Int) -> MapRegion {
        strip.region(Self.decodeReach + Self.fuseReach * (levels - level) + reach)
      }
      let shared = encodeReference(reference, window, region(0, Self.encodeReach - 1))
      let features = fused(window, shared, level: levels, place: 0, places: 1, lookingBack: 1, region)
      decode(features.map, strip, kept, into: &output, trace)
      window.giveBack(features)
    }
    return output
  }

  /// An encoding, or what fusions left of some, in memory that goes from one to the next.
  private struct Encoding {
    let map: FeatureMap
    let memory: MapMemory
  }

  /// What one window is computed with, strip by strip.
  private final class Window {
    let views: [FloatImage]
    let trace: Trace?
    let tails = MapTails()
    /// Two maps of 2 hidden channels while fusing; three of `hidden` channels and an image while encoding.
    let (first, second): (MapMemory, MapMemory)
    /// For the first layer's half for the reference frame.
    let half: MapMemory
    /// Rows of the window that maps hold.
    private(set) var held = 0..<0
    private let loan: MapLoan
    private let hidden: Int
    /// Of encodings that were fused: it takes the next ones.
    private var spare: [MapMemory] = []

    init(_ loan: MapLoan, bands: Int, hidden: Int, views: [FloatImage], trace: Trace?) {
      self.loan = loan
      self.views = views
      self.trace = trace
      self.hidden = hidden
      half = loan.memory(hidden)
      let channels = hidden + max(hidden, bands)
      (first, second) = (loan.memory(channels), loan.memory(channels))
    }

    func begin(_ strip: MapStrip) {
      held = strip.held
      tails.begin(strip)
    }

    /// A map for the strip.
    func map(_ channels: Int, in memory: MapMemory, behind skipped: Int = 0) -> FeatureMap {
      loan.map(channels, in: memory, behind: skipped, rows: held.count)
    }

    func takeEncoding() -> Encoding {
      let memory = spare.popLast() ?? loan.memory(hidden)
      return Encoding(map: map(hidden, in: memory), memory: memory)
    }

    func giveBack(_ encoding: Encoding) { spare.append(encoding.memory) }
  }

  /// The reference frame's half of the first layer: rows x columns x C -> hidden. No later layer looks around in it.
  private func encodeReference(_ reference: FloatImage, _ window: Window, _ region: MapRegion) -> FeatureMap {
    let (image, shared) = (window.map(bands, in: window.first), window.map(hidden, in: window.half))
    image.fill(with: reference, from: window.held.lowerBound)
    encodeReference.apply(image, into: shared, region: region)
    return shared
  }

  /// A view with the reference frame: rows x columns x C, twice -> rows x columns x hidden.
  private func encode(
    _ index: Int, _ window: Window, _ shared: FeatureMap, lookingBack rows: Int, _ region: (Int) -> MapRegion
  ) -> Encoding {
    let (a, b) = (window.map(hidden, in: window.first), window.map(hidden, in: window.first, behind: hidden))
    let c = window.map(hidden, in: window.second)
    let image = window.map(bands, in: window.second, behind: hidden)
    image.fill(with: window.views[index], from: window.held.lowerBound)
    window.tails.extend(a, region(5)) {
      encodeView.apply([image], into: a, region: $0, slope: encodeSlope, adding: [shared], .beforeActivation)
    }
    window.trace?("encode.conv_in.\(index)", a)
    encodeBlocks[0].apply([a], scratch: b, into: c, window.tails) { region(3 + $0) }
    window.trace?("encode.block1.\(index)", c)
    encodeBlocks[1].apply([c], scratch: b, into: a, window.tails) { region(1 + $0) }
    window.trace?("encode.block2.\(index)", a)
    let encoding = window.takeEncoding()
    window.tails.extend(encoding.map, region(0), lookingBack: rows) {
      encodeOut.apply(a, into: encoding.map, region: $0)
    }
    window.trace?("encode.conv_out.\(index)", encoding.map)
    return encoding
  }

  /// What `level` fusions leave at a place. Level 0 has a place for every view, up to the next power of two; each level
  /// pairs the first half of its places with the second half in reverse: rows x columns x 2 hidden -> hidden. A place
  /// without a view changes nothing (alpha = 0), so it is not computed; no view is ever dropped.
  ///
  /// What is fused is computed when it is needed, so that only as many encodings wait as there are levels.
  /// - Parameters:
  ///   - rows: of the last strip that later layers look at.
  ///   - region: of what is left after so many fusions, by the number of pixels around it.
  private func fused(
    _ window: Window, _ shared: FeatureMap, level: Int, place: Int, places: Int, lookingBack rows: Int,
    _ region: (_ level: Int, Int) -> MapRegion
  ) -> Encoding {
    guard level > 0 else { return encode(place, window, shared, lookingBack: rows) { region(0, $0) } }
    let partner = 2 * places - 1 - place
    let isFused = partner < window.views.count
    // What is fused is added to the result, `fuseReach` rows behind; what is not runs as far ahead, and waits.
    let first = fused(
      window, shared, level: level - 1, place: place, places: 2 * places,
      lookingBack: Self.fuseReach + (isFused ? 0 : rows), region)
    var result = first
    if isFused {
      let second = fused(
        window, shared, level: level - 1, place: partner, places: 2 * places, lookingBack: Self.fuseReach, region)
      let (a, b) = (window.map(2 * hidden, in: window.first), window.map(2 * hidden, in: window.second))
      fuseBlock.apply([first.map, second.map], scratch: a, into: b, window.tails) { region(level, 1 + $0) }
      result = window.takeEncoding()
      window.tails.extend(result.map, region(level, 0), lookingBack: rows) {
        fuseOut.apply([b], into: result.map, region: $0, slope: fuseSlope, adding: [first.map])
      }
      window.giveBack(first)
      window.giveBack(second)
    }
    window.trace?("fuse.level\(level - 1).\(place)", result.map)
    return result
  }

  /// rows x columns x hidden -> 2 rows x 2 columns x hidden -> 2 rows x 2 columns x C, a row of one phase at a time.
  private func decode(
    _ features: FeatureMap, _ strip: MapStrip, _ kept: PixelWindow, into output: inout FloatImage, _ trace: Trace?
  ) {
    let columns = kept.column..<kept.endColumn
    let sums = UnsafeMutablePointer<Float>.allocate(capacity: kept.columns * hidden)
    let line = UnsafeMutablePointer<Float>.allocate(capacity: kept.columns * bands)
    defer {
      sums.deallocate()
      line.deallocate()
    }
    for phase in [(0, 0), (0, 1), (1, 0), (1, 1)] {
      let traced = trace.map { _ in FeatureMap(rows: kept.rows, columns: kept.columns, channels: hidden) }
      for windowRow in strip.result {
        let row = windowRow - kept.row
        upconvolution.applyRow(
          windowRow - strip.held.lowerBound, columns: columns, phase: phase, features, into: sums, slope: decodeSlope)
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
  }
}
