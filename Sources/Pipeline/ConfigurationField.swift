private import Foundation
private import Yams

/// One field of a configuration file.
package struct ConfigurationField {
  /// The file, named in errors.
  package let path: String
  package let name: String
  let value: Any

  /// The fields of a YAML document, by name.
  /// - Throws: `ConfigurationError` where it is no mapping.
  package static func document(_ text: String, path: String) throws(ConfigurationError) -> [ConfigurationField] {
    let document: Any?
    do { document = try Yams.load(yaml: text) } catch {
      throw ConfigurationError(path, "is not YAML: \(error)")
    }
    guard document == nil || document is [String: Any] else {
      throw ConfigurationError(path, "is not a list of fields (name: value)")
    }
    return fields(document as? [String: Any] ?? [:], path: path, prefix: "")
  }

  private static func fields(_ mapping: [String: Any], path: String, prefix: String) -> [ConfigurationField] {
    mapping.sorted { $0.key < $1.key }.map { ConfigurationField(path: path, name: prefix + $0.key, value: $0.value) }
  }

  /// The fields of a mapping: `daemon` has `daemon.store`, ...; none where the field is empty.
  package func members() throws(ConfigurationError) -> [ConfigurationField] {
    if value is NSNull { return [] }
    guard let mapping = value as? [String: Any] else { throw error("fields (name: value)") }
    return Self.fields(mapping, path: path, prefix: name + ".")
  }

  /// The elements of a list: `daemon.drop_folders` has `daemon.drop_folders[0]`, ...
  package func elements() throws(ConfigurationError) -> [ConfigurationField] {
    guard let list = value as? [Any] else { throw error("a list") }
    return list.enumerated().map { ConfigurationField(path: path, name: "\(name)[\($0.offset)]", value: $0.element) }
  }

  /// The name without what it lies in.
  package var lastName: String { name.split(separator: ".").last.map(String.init) ?? name }

  package func error(_ expected: String, what: String = "the field") -> ConfigurationError {
    let shown =
      switch value {
      case is String: "the text \"\(value)\""
      case is [AnyHashable: Any]: "a list of fields"
      case is NSNull: "empty"
      default: "\(value)"
      }
    return ConfigurationError(path, "\(what) \(name) is \(shown), expected \(expected)")
  }

  package func integer(_ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
    guard let number = value as? Int, range.contains(number) else {
      throw error("a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  package func number(_ range: ClosedRange<Double>) throws(ConfigurationError) -> Double {
    let number = value as? Double ?? (value as? Int).map(Double.init)
    guard let number, range.contains(number) else {
      throw error("a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  package func text() throws(ConfigurationError) -> String {
    guard let text = value as? String, !text.isEmpty, !text.contains("\0") else {
      throw error("a text that is not empty")
    }
    return text
  }

  /// A number of bytes, or one with a unit: 4 GiB, 1500 MiB.
  package func bytes() throws(ConfigurationError) -> Int {
    if let number = value as? Int, (MemorySize.least...MemorySize.most).contains(number) { return number }
    guard let text = value as? String, let bytes = MemorySize.parse(text) else {
      throw error("a size from 1 MiB to 1 PiB, in bytes or with a unit: 4 GiB, 1500 MiB")
    }
    return bytes
  }

  package func flag() throws(ConfigurationError) -> Bool {
    guard let flag = value as? Bool else { throw error("true or false") }
    return flag
  }

  package func choice<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) throws(ConfigurationError)
    -> Choice
  {
    guard let text = value as? String, let choice = Choice(rawValue: text) else {
      throw error("one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// `on` and `off` are true and false to YAML.
  func switched() throws(ConfigurationError) -> RunOptions.BuildingsChoice {
    if let flag = value as? Bool { return flag ? .on : .off }
    return try choice(RunOptions.BuildingsChoice.self)
  }

  func classes() throws(ConfigurationError) -> Set<UInt8> {
    guard let numbers = value as? [Int], numbers.allSatisfy({ (0...11).contains($0) }) else {
      throw error("a list of scene classes from 0 to 11")
    }
    return Set(numbers.map { UInt8($0) }).union([0])
  }
}
