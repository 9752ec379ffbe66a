private import Foundation
internal import Grouping
internal import Stacking
internal import SuperResolution
private import Yams

/// Why a configuration is not taken: file, field, value, and what is expected there.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  package let description: String

  init(_ path: String, _ text: String) { description = "\(path): \(text)" }
}

extension RunOptions {
  /// Reads a YAML configuration; what it does not name keeps its default.
  /// - Throws: `ConfigurationError` naming the first field that does not hold.
  package static func load(_ path: String) throws(ConfigurationError) -> RunOptions {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ConfigurationError(path, "cannot be read")
    }
    return try parse(String(decoding: data, as: UTF8.self), path: path)
  }

  /// - Parameter path: named in errors.
  package static func parse(_ text: String, path: String) throws(ConfigurationError) -> RunOptions {
    let fields: [String: Any]
    do {
      let document = try Yams.load(yaml: text)
      guard document == nil || document is [String: Any] else {
        throw ConfigurationError(path, "is not a list of fields (name: value)")
      }
      fields = document as? [String: Any] ?? [:]
    } catch let error as ConfigurationError { throw error } catch {
      throw ConfigurationError(path, "is not YAML: \(error)")
    }
    var options = RunOptions()
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
      try options.set(name, Field(path: path, name: name, value: value))
    }
    return options
  }

  private mutating func set(_ name: String, _ field: Field) throws(ConfigurationError) {
    switch name {
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
    case "compression": compression = try field.choice(CompressionName.self)
    case "collection": collection = try field.text()
    case "scratch": scratch = try field.text()
    case "verify_checksums": verifyChecksums = try field.flag()
    default: throw field.error("a field of the configuration", what: "the unknown field")
    }
  }
}

/// One field of a configuration file.
private struct Field {
  let path: String
  let name: String
  let value: Any

  func error(_ expected: String, what: String = "the field") -> ConfigurationError {
    let shown = value is String ? "the text \"\(value)\"" : "\(value)"
    return ConfigurationError(path, "\(what) \(name) is \(shown), expected \(expected)")
  }

  func integer(_ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
    guard let number = value as? Int, range.contains(number) else {
      throw error("a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func number(_ range: ClosedRange<Double>) throws(ConfigurationError) -> Double {
    let number = value as? Double ?? (value as? Int).map(Double.init)
    guard let number, range.contains(number) else {
      throw error("a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func text() throws(ConfigurationError) -> String {
    guard let text = value as? String, !text.isEmpty else { throw error("text") }
    return text
  }

  func flag() throws(ConfigurationError) -> Bool {
    guard let flag = value as? Bool else { throw error("true or false") }
    return flag
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) throws(ConfigurationError) -> Choice {
    guard let text = value as? String, let choice = Choice(rawValue: text) else {
      throw error("one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  func classes() throws(ConfigurationError) -> Set<UInt8> {
    guard let numbers = value as? [Int], numbers.allSatisfy({ (0...11).contains($0) }) else {
      throw error("a list of scene classes from 0 to 11")
    }
    return Set(numbers.map { UInt8($0) }).union([0])
  }
}
