package import Geometry
package import Kernels
package import Raster

/// HRNet (Sun et al. 2019), the small W18 variants at half resolution, for semantic segmentation: branches of 1/2, 1/4,
/// 1/8 and 1/16 of the image's resolution run side by side and exchange what they know after every stage.
///
/// Shapes: an image of rows x columns x C, both multiples of 16, gives rows x columns x classes. Layers and tensor names
/// are those of `training/supertile_training/hrnet.py`; batch normalisation is folded into the weights.
package struct HRNet: Sendable {
  /// What the variants differ in.
  package enum Variant: String, Sendable, Codable, CaseIterable {
    case small1 = "w18-small-v1"
    case small2 = "w18-small-v2"

    /// Channels of the branches.
    var widths: [Int] { self == .small1 ? [16, 32, 64, 128] : [18, 36, 72, 144] }
    /// Modules of stages 2 to 4.
    var modules: [Int] { self == .small1 ? [1, 1, 1] : [1, 3, 2] }
    /// Channels inside a bottleneck of stage 1; it gives four times as many.
    var planes: Int { self == .small1 ? 32 : 64 }
    /// Bottlenecks of stage 1.
    var bottlenecks: Int { self == .small1 ? 1 : 2 }
    /// Basic blocks in each branch of a module.
    var blocks: Int { 2 }
  }

  /// Rows and columns of an image are multiples of this.
  package static let alignment = 16
  private static let stemWidth = 64

  package let variant: Variant
  package let bands: Int
  package let classes: Int
  /// Of all layers.
  package let kernel: ConvolutionKernel

  private let stem1: StridedConvolution
  private let stem2: Convolution
  private let stage1: [Bottleneck]
  private let transition10: Convolution
  /// To branch 1, 2 and 3.
  private let transitions: [StridedConvolution]
  /// Modules of stages 2 to 4.
  private let stages: [[HRNetModule]]
  private let head: HRNetHead
  /// Of windows that are done.
  private let arenas = MapArenas()

  /// - Parameters:
  ///   - tensors: weights under the names of `training/`.
  ///   - bands: C.
  ///   - kernel: of the 3 x 3 convolutions; nil for what the environment asks for.
  /// - Throws: `NetworkError` where a tensor is missing or has another shape, or where the environment asks for a
  ///   kernel that is not to be had.
  package init(
    _ tensors: SafeTensors, variant: Variant, bands: Int, classes: Int, kernel chosen: ConvolutionKernel? = nil
  ) throws(NetworkError) {
    let layers = try LayerReader(tensors, kernel: chosen)
    let (planes, widths) = (variant.planes, variant.widths)
    self.variant = variant
    self.bands = bands
    self.classes = classes
    kernel = layers.kernel
    stem1 = try layers.strided("stem.conv1", bands, Self.stemWidth)
    stem2 = try layers.convolution("stem.conv2", Self.stemWidth, Self.stemWidth)
    var bottlenecks: [Bottleneck] = []
    for index in 0..<variant.bottlenecks {
      bottlenecks.append(
        try Bottleneck(layers, "stage1.\(index)", inputs: index == 0 ? Self.stemWidth : 4 * planes, planes: planes))
    }
    stage1 = bottlenecks
    transition10 = try layers.convolution("transition1.0", 4 * planes, widths[0])
    transitions = [
      try layers.strided("transition1.1", 4 * planes, widths[1]),
      try layers.strided("transition2.2", widths[1], widths[2]),
      try layers.strided("transition3.3", widths[2], widths[3]),
    ]
    var stages: [[HRNetModule]] = []
    for (index, count) in variant.modules.enumerated() {
      var modules: [HRNetModule] = []
      for module in 0..<count {
        modules.append(
          try HRNetModule(
            layers, "stage\(index + 2).\(module)", widths: Array(widths.prefix(index + 2)), blocks: variant.blocks))
      }
      stages.append(modules)
    }
    self.stages = stages
    head = try HRNetHead(layers, "head", widths: widths, classes: classes)
  }

  /// Sees intermediate features, for comparison with golden tensors.
  package typealias Trace = (_ name: String, _ features: FeatureMap) -> Void

  /// Bytes of the maps of windows that are done, kept for the next ones.
  package var keptBytes: Int { arenas.valueCount * MemoryLayout<Float>.size }

  /// Gives the memory of windows that are done back to the system; the next window takes it anew.
  package func releaseMaps() { arenas.clear() }

  /// - Parameters:
  ///   - image: normalised; rows and columns are multiples of 16.
  ///   - kept: the part that is wanted; nil for all.
  /// - Returns: logits, rows x columns of `kept` x classes.
  package func apply(_ image: FloatImage, keeping kept: PixelWindow? = nil, trace: Trace? = nil) -> FloatImage {
    precondition(image.bands == bands, "bands do not fit")
    precondition(
      image.rows % Self.alignment == 0 && image.columns % Self.alignment == 0, "sides are multiples of 16")
    return arenas.withArena(pixels: image.size.pixelCount) {
      apply(image, keeping: kept ?? image.size.window, in: $0, trace)
    }
  }

  private func apply(
    _ image: FloatImage, keeping kept: PixelWindow, in arena: MapArena, _ trace: Trace?
  ) -> FloatImage {
    var branches = stem(image, arena, trace)
    for (index, modules) in stages.enumerated() {
      if index > 0 {
        // A new branch, of half the resolution of the lowest one.
        let (above, width) = (branches[index], variant.widths[index + 1])
        let lowest = arena.map(rows: above.rows / 2, columns: above.columns / 2, channels: width)
        transitions[index].apply(above, into: lowest, slope: 0)
        branches.append(lowest)
      }
      for module in modules { branches = module.apply(branches, arena) }
      for (number, branch) in branches.enumerated() { trace?("stage\(index + 2).branch\(number)", branch) }
    }
    return head.apply(branches, keeping: kept, trace: trace)
  }

  /// Stem and stage 1, and from it branches 0 and 1. Their maps are the largest of all, and later layers look at none of
  /// them: they are computed band after band of rows, with the few rows around that a band looks at.
  private func stem(_ image: FloatImage, _ arena: MapArena, _ trace: Trace?) -> [FeatureMap] {
    let branches = (0..<2).map {
      arena.map(rows: image.rows >> ($0 + 1), columns: image.columns >> ($0 + 1), channels: variant.widths[$0])
    }
    let rows = image.rows / 2
    // Traces are of whole maps.
    let bandRows = trace == nil ? Self.bandRows : rows
    for start in stride(from: 0, to: rows, by: bandRows) {
      let end = min(rows, start + bandRows)
      let computed = max(0, start - around)..<min(rows, end + around)
      let band = stem(image, rows: computed, arena, trace)
      for (level, (branch, part)) in zip(branches, band).enumerated() {
        let first = computed.lowerBound >> level
        branch.copyRows(((start >> level) - first)..<((end >> level) - first), of: part, to: start >> level)
      }
    }
    return branches
  }

  /// Rows of a tile of Winograd's, of every kernel that is chosen by itself.
  private static let tileRows = 4

  /// Rows of branch 0 of a band. As what is around it, whole rows of tiles: then a pixel has the same place in its tile
  /// wherever bands begin, and bands change no bit.
  private static let bandRows = 192

  /// Rows of branch 0 around a band. The 3 x 3 convolutions of the stem, of every bottleneck and of the transition look at
  /// one more each, and a tile rounds all its rows with those it looks at.
  private var around: Int { Self.tileRows * (2 + variant.bottlenecks) }

  /// - Parameter rows: of branch 0; the image's rows around them count as zero.
  private func stem(_ image: FloatImage, rows: Range<Int>, _ arena: MapArena, _ trace: Trace?) -> [FeatureMap] {
    func map(_ channels: Int, _ scale: Int) -> FeatureMap {
      arena.map(rows: 2 * rows.count / scale, columns: image.columns / scale, channels: channels)
    }
    var features = map(Self.stemWidth, 2)
    do {
      let half = map(Self.stemWidth, 2)
      do {
        let input = map(bands, 1)
        input.fill(with: image, from: 2 * rows.lowerBound)
        stem1.apply(input, into: half, slope: 0)
      }
      trace?("stem.conv1", half)
      stem2.apply(half, into: features, slope: 0)
      trace?("stem.conv2", features)
    }
    for block in stage1 { features = block.apply(features, arena) }
    trace?("stage1", features)
    let branches = [map(variant.widths[0], 2), map(variant.widths[1], 4)]
    transition10.apply(features, into: branches[0], slope: 0)
    transitions[0].apply(features, into: branches[1], slope: 0)
    return branches
  }
}
