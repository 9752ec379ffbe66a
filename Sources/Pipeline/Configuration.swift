private import Foundation
internal import Grouping
internal import Publishing
internal import Stacking
internal import SuperResolution

/// Why a configuration is not taken: file, field, value, and what is expected there.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ path: String, _ text: String) { description = "\(path): \(text)" }
}

extension RunOptions {
  /// Reads a YAML configuration; what it does not name keeps its default.
  /// - Throws: `ConfigurationError` naming the first field that does not hold.
  package static func load(_ path: String) throws(ConfigurationError) -> RunOptions {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ConfigurationError(path, "cannot be read")
    }
    guard let text = String(data: data, encoding: .utf8) else { throw ConfigurationError(path, "is not UTF-8 text") }
    return try parse(text, path: path)
  }

  /// - Parameter path: named in errors.
  package static func parse(_ text: String, path: String) throws(ConfigurationError) -> RunOptions {
    let document = try ConfigurationField.document(text, path: path)
    var options = RunOptions()
    for field in document where !daemonSections.contains(field.name) { try options.set(field) }
    if let reason = options.contradiction { throw ConfigurationError(path, reason) }
    return options
  }

  /// Sections of the same file that belong to the daemon.
  private static let daemonSections: Set<String> = ["daemon"]

  private mutating func set(_ field: ConfigurationField) throws(ConfigurationError) {
    switch field.name {
    case "window_days": windowDays = try field.integer(1...3660)
    case "views": selection.maxViews = try field.integer(1...16)
    case "usable_below": selection.usableBelow = try field.number(0.01...1)
    case "anchor_clear": selection.anchorClear = try field.number(0...1)
    case "mask_classes": masking.maskClasses = try field.classes()
    case "swath_edge_margin": masking.swathEdgeMargin = try field.integer(0...100)
    case "max_shift": maxShift = try field.number(0...4)
    case "method": method = try field.choice(MethodName.self)
    case "consistency": consistency = try field.choice(ConsistencyRule.self)
    case "model": model = try field.text()
    case "workers": workers = try field.integer(1...1024)
    case "tile_side": tileSide = try field.integer(16...2048)
    case "memory": memory = try field.bytes()
    case "compression_level": compressionLevel = try field.integer(1...22)
    case "compression": compression = try field.choice(CompressionName.self)
    case "collection":
      collection = try field.text()
      if !StoreLayout.isUsable(collection: collection) {
        throw field.error(StoreLayout.collectionNames)
      }
    case "scratch": scratch = try field.text()
    case "buildings": buildings = try field.switched()
    case "building_model": buildingModel = try field.text()
    case "building_threshold": buildingThreshold = try field.number(0...1)
    case "building_min_area": buildingMinArea = try field.number(0...1_000_000)
    case "flatgeobuf": flatGeobuf = try field.flag()
    case "verify_checksums": verifyChecksums = try field.flag()
    default: throw field.error("a field of the configuration", what: "the unknown field")
    }
  }
}
