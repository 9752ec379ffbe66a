package import Grouping
package import Stacking
package import SuperResolution
package import Writing

/// Everything an operator can choose about a run. The defaults are the product's.
package struct RunOptions: Sendable, Codable {
  package enum MethodName: String, Sendable, Codable, CaseIterable { case highresnet, bicubic }
  /// Whether buildings are looked for; `auto` is where a building model is installed.
  package enum BuildingsChoice: String, Sendable, Codable, CaseIterable { case auto, on, off }
  package enum CompressionName: String, Sendable, Codable, CaseIterable { case zstd, deflate }

  /// Length of a group's window, days.
  package var windowDays = 60
  package var selection = SelectionRules()
  package var masking = MaskingRules()
  package var method = MethodName.highresnet
  package var consistency: ConsistencyRule {
    get { statedConsistency ?? (method == .bicubic ? .none : .sensor) }
    set { statedConsistency = newValue }
  }
  private var statedConsistency: ConsistencyRule?
  /// Views farther from the anchor are left out; low-resolution pixels.
  package var maxShift = 1.5
  /// Path of a model card; nil for the one that ships.
  package var model: String?
  /// Tiles computed at the same time.
  package var workers = 2
  /// Side of a network tile at most, low-resolution pixels (`MemoryPlan`).
  package var tileSide = 1100
  /// Bytes that the run may hold in memory; nil for no limit.
  package var memory: Int?
  package var compression = CompressionName.zstd
  /// 1 to 22 (ZSTD) or 1 to 9 (DEFLATE); nil for 3.
  package var compressionLevel: Int?
  package var collection = "sentinel-2-sr"
  /// Folder for scratch files; nil for one inside the store.
  package var scratch: String?
  /// Whether manifest checksums are verified.
  package var verifyChecksums = true

  package var buildings = BuildingsChoice.auto
  /// Path of a building model's card; nil for the one that ships.
  package var buildingModel: String?
  /// Probability above which a pixel is building; nil for the card's.
  package var buildingThreshold: Double?
  /// Smallest building, m2; nil for the card's.
  package var buildingMinArea: Double?
  /// Whether a FlatGeobuf of the buildings is written beside the GeoJSON.
  package var flatGeobuf = false

  package init() {}
}

extension RunOptions {
  /// How the published rasters are compressed.
  package var cogCompression: COGCompression {
    compression == .zstd ? .zstd(level: compressionLevel ?? 3) : .deflate(level: compressionLevel ?? 3)
  }

  /// Choices that do not go together, as a sentence; nil where all do.
  package var contradiction: String? {
    if compression == .deflate, let compressionLevel, compressionLevel > 9 {
      return "compression_level is \(compressionLevel), expected 1 to 9 for deflate"
    }
    return nil
  }
}
