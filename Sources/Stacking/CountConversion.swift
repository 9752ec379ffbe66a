internal import Product

/// What a product's samples become in a view: counts of reflectance x 10000 without offset, or why there is none.
final class CountConversion {
  private static let ceiling = UInt16(ViewRaster.saturated)
  /// States of pixels beside `ViewRaster.noData` and `.masked`.
  private static let clear: Int16 = 0
  /// The view keeps what it has.
  private static let kept: Int16 = 1

  private let isFirst: Bool
  /// The count of each sample below the ceiling, for each band.
  private let countsOfSamples: [[Int16]]
  /// The state of each scene class.
  private let statesOfClasses: [Int16]
  /// States of a row's pixels.
  private var states: [Int16] = []

  /// - Parameters:
  ///   - isFirst: whether a view holds nothing yet. Otherwise its clear pixels stay, and its masked ones where this
  ///     product has nothing to show.
  init(_ bands: [ReflectanceBand], rules: MaskingRules, isFirst: Bool) {
    self.isFirst = isFirst
    countsOfSamples = bands.map { band -> [Int16] in
      let (offset, quantification) = (Float(band.addOffset), Float(band.quantification))
      return (0..<Int(Self.ceiling)).map { ViewRaster.count(ofReflectance: (Float($0) + offset) / quantification) }
    }
    statesOfClasses = (0..<256).map { value in
      let sceneClass = UInt8(value)
      if sceneClass == SceneClass.noData.rawValue { return ViewRaster.noData }
      return rules.maskClasses.contains(sceneClass) ? ViewRaster.masked : Self.clear
    }
  }

  /// Stands for a sample that was not read, as its scene class masks it.
  static let unread: UInt16 = 1

  /// Columns of the blocks in which a scene class leaves a pixel to use, as few runs as there are.
  /// - Parameters:
  ///   - scene: scene classes, row after row, one for two columns.
  ///   - columns: of a row; an even number.
  ///   - block: columns of a block.
  func usedColumns(_ scene: [UInt8], columns: Int, block: Int) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for start in stride(from: 0, to: columns, by: block) {
      let end = min(start + block, columns)
      let isUsed = stride(from: 0, to: scene.count, by: columns / 2).contains { row in
        scene[(row + start / 2)..<(row + (end + 1) / 2)].contains { statesOfClasses[Int($0)] == Self.clear }
      }
      guard isUsed else { continue }
      if let last = runs.last, last.upperBound == start {
        runs[runs.count - 1] = last.lowerBound..<end
      } else {
        runs.append(start..<end)
      }
    }
    return runs
  }

  /// - Parameters:
  ///   - samples: a row of each band.
  ///   - scene: the row's scene classes, one for two columns.
  ///   - targets: the row of each band of the view.
  ///   - columns: how many pixels.
  func convertRow(
    _ samples: [UnsafePointer<UInt16>], scene: UnsafePointer<UInt8>, to targets: [UnsafeMutablePointer<Int16>],
    columns: Int
  ) {
    if states.count != columns { states = [Int16](repeating: 0, count: columns) }
    states.withUnsafeMutableBufferPointer { states in
      statesOfClasses.withUnsafeBufferPointer { ofClass in
        for column in states.indices { states[column] = ofClass[Int(scene[column / 2])] }
      }
      // 0 is no data in any band, tested before the offset is added.
      for band in samples {
        for column in states.indices where band[column] == 0 || band[column] >= Self.ceiling {
          states[column] = ViewRaster.noData
        }
      }
      if !isFirst {
        for column in states.indices
        where targets[0][column] >= ViewRaster.lowestCount || states[column] == ViewRaster.noData {
          states[column] = Self.kept
        }
      }
      for (band, target) in targets.enumerated() {
        let source = samples[band]
        countsOfSamples[band].withUnsafeBufferPointer { counts in
          for column in states.indices {
            switch states[column] {
            case Self.clear: target[column] = counts[Int(source[column])]
            case Self.kept: break
            default: target[column] = states[column]
            }
          }
        }
      }
    }
  }
}
