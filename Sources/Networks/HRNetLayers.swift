internal import Kernels

/// relu(shortcut(x) + conv3(relu(conv2(relu(conv1(x)))))), with 1 x 1, 3 x 3 and 1 x 1 convolutions.
struct Bottleneck: Sendable {
  private let first: PointwiseConvolution
  private let second: Convolution
  private let third: PointwiseConvolution
  /// Nil where input and output have as many channels.
  private let shortcut: PointwiseConvolution?

  init(_ layers: LayerReader, _ name: String, inputs: Int, planes: Int) throws(NetworkError) {
    first = try layers.pointwise("\(name).conv1", inputs, planes)
    second = try layers.convolution("\(name).conv2", planes, planes)
    third = try layers.pointwise("\(name).conv3", planes, 4 * planes)
    shortcut = inputs == 4 * planes ? nil : try layers.pointwise("\(name).shortcut", inputs, 4 * planes)
  }

  func apply(_ input: FeatureMap, _ arena: MapArena) -> FeatureMap {
    func map(_ channels: Int) -> FeatureMap {
      arena.map(rows: input.rows, columns: input.columns, channels: channels)
    }
    let b = map(second.outputs)
    do {
      let a = map(first.outputs)
      first.apply(input, into: a, slope: 0)
      second.apply(a, into: b, slope: 0)
    }
    let output = map(third.outputs)
    for row in 0..<input.rows {
      let sums = output.pointer(row, 0)
      if let shortcut { shortcut.applyRow(row, of: input, into: sums) } else { output.copyRow(row, of: input) }
      third.applyRow(row, of: b, into: sums, slope: 0, accumulate: true)
    }
    return output
  }
}

/// relu(x + conv2(relu(conv1(x)))), both 3 x 3.
struct BasicBlock: Sendable {
  private let first: Convolution
  private let second: Convolution

  init(_ layers: LayerReader, _ name: String, width: Int) throws(NetworkError) {
    first = try layers.convolution("\(name).conv1", width, width)
    second = try layers.convolution("\(name).conv2", width, width)
  }

  /// - Parameter scratch: as `input`.
  func apply(_ input: FeatureMap, scratch: FeatureMap, into output: FeatureMap) {
    first.apply(input, into: scratch, slope: 0)
    second.apply([scratch], into: output, slope: 0, adding: [input], .beforeActivation)
  }
}

/// Blocks in each branch, then the full exchange: every branch becomes the sum of all, brought to its size, rectified.
struct HRNetModule: Sendable {
  /// How a branch reaches another.
  private enum Path: Sendable {
    case itself
    /// From a lower resolution: 1 x 1, then bilinear.
    case up(PointwiseConvolution, BilinearUpsampling)
    /// From a higher resolution: a chain of strided convolutions, rectified between.
    case down([StridedConvolution])

    /// What arrives of a branch, and how it is brought to the size of the other; nil of itself.
    func arriving(_ source: FeatureMap, _ arena: MapArena) -> (FeatureMap, BilinearUpsampling?)? {
      switch self {
      case .itself: return nil
      case .up(let convolution, let upsampling):
        let mixed = arena.map(rows: source.rows, columns: source.columns, channels: convolution.outputs)
        convolution.apply(source, into: mixed)
        return (mixed, upsampling)
      case .down(let chain):
        var features = source
        for (step, convolution) in chain.enumerated() {
          let half = arena.map(rows: features.rows / 2, columns: features.columns / 2, channels: convolution.outputs)
          convolution.apply(features, into: half, slope: step < chain.count - 1 ? 0 : nil)
          features = half
        }
        return (features, nil)
      }
    }
  }
  private let blocks: [[BasicBlock]]
  /// `[target][source]`.
  private let exchange: [[Path]]

  init(_ layers: LayerReader, _ name: String, widths: [Int], blocks count: Int) throws(NetworkError) {
    var blocks: [[BasicBlock]] = []
    var exchange: [[Path]] = []
    for (branch, width) in widths.enumerated() {
      var row: [BasicBlock] = []
      for block in 0..<count {
        row.append(try BasicBlock(layers, "\(name).branches.\(branch).\(block)", width: width))
      }
      blocks.append(row)
      var paths: [Path] = []
      for (source, sourceWidth) in widths.enumerated() {
        let prefix = "\(name).exchange.\(branch).\(source)"
        if source == branch {
          paths.append(.itself)
        } else if source > branch {
          paths.append(
            .up(
              try layers.pointwise("\(prefix).0", sourceWidth, width),
              BilinearUpsampling(factor: 1 << (source - branch))
            )
          )
        } else {
          var chain: [StridedConvolution] = []
          for step in 0..<(branch - source) {
            let outputs = step == branch - source - 1 ? width : sourceWidth
            chain.append(try layers.strided("\(prefix).\(step)", sourceWidth, outputs))
          }
          paths.append(.down(chain))
        }
      }
      exchange.append(paths)
    }
    self.blocks = blocks
    self.exchange = exchange
  }

  func apply(_ branches: [FeatureMap], _ arena: MapArena) -> [FeatureMap] {
    let advanced = zip(blocks, branches).map { blocks, input -> FeatureMap in
      func map() -> FeatureMap { arena.map(rows: input.rows, columns: input.columns, channels: input.channels) }
      let scratch = map()
      return blocks.reduce(input) { features, block in
        let output = map()
        block.apply(features, scratch: scratch, into: output)
        return output
      }
    }
    return zip(exchange, advanced).map { paths, itself in
      let arriving = zip(paths, advanced).compactMap { path, source in path.arriving(source, arena) }
      let sum = arena.map(rows: itself.rows, columns: itself.columns, channels: itself.channels)
      let line = UnsafeMutablePointer<Float>.allocate(capacity: itself.columns * itself.channels)
      defer { line.deallocate() }
      for row in 0..<itself.rows {
        sum.copyRow(row, of: itself)
        for (features, upsampling) in arriving {
          if let upsampling {
            upsampling.addRow(row, of: features, to: sum.pointer(row, 0), line)
          } else {
            sum.addRow(row, of: features)
          }
        }
        sum.rectifyRow(row)
      }
      return sum
    }
  }
}
