private import Yams

/// One field of a configuration file.
///
/// Nodes are read as they were written: Yams' own construction of values ends the program for some that are legal YAML, as
/// `{{ name }}` or very long numbers to the base 60.
package struct ConfigurationField {
  /// The file, named in errors.
  package let path: String
  /// With what it lies in: `daemon.store`.
  package let name: String
  /// Without that: `store`.
  package let lastName: String
  private let node: Node

  /// The fields of a YAML document, in its order.
  /// - Throws: `ConfigurationError` where it is no mapping.
  package static func document(_ text: String, path: String) throws(ConfigurationError) -> [ConfigurationField] {
    let document: Node?
    do { document = try Yams.compose(yaml: text) } catch { throw ConfigurationError(path, "is not YAML: \(error)") }
    guard let document, document.tag != Tag(.null) else { return [] }
    guard let mapping = document.mapping else {
      throw ConfigurationError(path, "is not a list of fields (name: value)")
    }
    return try fields(mapping, path: path, prefix: "")
  }

  private static func fields(
    _ mapping: Node.Mapping, path: String, prefix: String
  ) throws(ConfigurationError) -> [ConfigurationField] {
    var (own, merged) = ([ConfigurationField](), [ConfigurationField]())
    for (key, value) in mapping {
      guard let name = key.scalar?.string else {
        let line = (key.mark ?? value.mark).map { " (line \($0.line))" } ?? ""
        throw ConfigurationError(
          path,
          "\(prefix.isEmpty ? "a field" : "a field of \(prefix.dropLast())")\(line) has a list or fields for a name, "
            + "as {{ this }}; expected name: value")
      }
      if key.tag == Tag(.merge) {
        for other in value.sequence.map(Array.init) ?? [value] where other.tag != Tag(.null) {
          guard let other = other.mapping else {
            throw ConfigurationError(path, "\(prefix)<< merges what is no list of fields (name: value)")
          }
          merged += try fields(other, path: path, prefix: prefix)
        }
      } else {
        own.append(ConfigurationField(path: path, name: prefix + name, lastName: name, node: value))
      }
    }
    // What stands there itself counts, then what is merged first.
    for field in merged where !own.contains(where: { $0.lastName == field.lastName }) { own.append(field) }
    return own
  }

  /// The fields of a mapping: `daemon` has `daemon.store`, ...; none where the field is empty.
  package func members() throws(ConfigurationError) -> [ConfigurationField] {
    if has(.null) { return [] }
    guard let mapping = node.mapping else { throw error("fields (name: value)") }
    return try Self.fields(mapping, path: path, prefix: name + ".")
  }

  /// The elements of a list: `daemon.drop_folders` has `daemon.drop_folders[0]`, ...
  package func elements() throws(ConfigurationError) -> [ConfigurationField] {
    guard let list = node.sequence else { throw error("a list") }
    return list.enumerated().map {
      let name = "\(name)[\($0.offset)]"
      return ConfigurationField(path: path, name: name, lastName: name, node: $0.element)
    }
  }

  /// Whether nothing is written behind the name.
  package var isEmpty: Bool { has(.null) || node.mapping?.isEmpty == true || node.sequence?.isEmpty == true }

  package func error(_ expected: String, what: String = "the field") -> ConfigurationError {
    let shown =
      switch node {
      case .scalar(let scalar) where has(.str): "the text \"\(scalar.string)\""
      case .scalar(let scalar): has(.null) ? "empty" : scalar.string
      case .mapping: "a list of fields"
      case .sequence: "a list"
      case .alias: "an alias"
      }
    let line = node.mark.map { " (line \($0.line))" } ?? ""
    return ConfigurationError(path, "\(what) \(name)\(line) is \(shown), expected \(expected)")
  }

  private func has(_ tag: Tag.Name) -> Bool { node.tag == Tag(tag) }

  /// What is written, where it is a number; numbers to the base 60 (`1:30`) are none.
  private var isNumber: Bool { (has(.int) || has(.float)) && node.scalar?.string.contains(":") == false }

  private static func integer(_ node: Node) -> Int? {
    node.tag == Tag(.int) && node.scalar?.string.contains(":") == false ? node.int : nil
  }

  package func integer(_ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
    guard let number = Self.integer(node), range.contains(number) else {
      throw error("a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  package func number(_ range: ClosedRange<Double>) throws(ConfigurationError) -> Double {
    let number = isNumber ? Self.integer(node).map(Double.init) ?? node.float : nil
    guard let number, range.contains(number) else {
      throw error("a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A text is what is nothing else: a tag of one's own changes nothing, nor does a number that no machine holds.
  private var written: String? {
    guard let scalar = node.scalar else { return nil }
    if has(.int), !scalar.string.contains(":") { return node.int == nil ? scalar.string : nil }
    return [.int, .float, .bool, .null, .timestamp, .binary].contains(where: has) ? nil : scalar.string
  }

  package func text() throws(ConfigurationError) -> String {
    guard let written, !written.isEmpty, !written.contains("\0") else { throw error("a text that is not empty") }
    return written
  }

  /// A number of bytes, or one with a unit: 4 GiB, 1500 MiB.
  package func bytes() throws(ConfigurationError) -> Int {
    if let number = Self.integer(node), (MemorySize.least...MemorySize.most).contains(number) { return number }
    guard let written, let bytes = MemorySize.parse(written) else {
      throw error("a size from 1 MiB to 1 PiB, in bytes or with a unit: 4 GiB, 1500 MiB")
    }
    return bytes
  }

  package func flag() throws(ConfigurationError) -> Bool {
    guard has(.bool), let flag = node.bool else { throw error("true or false") }
    return flag
  }

  package func choice<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) throws(ConfigurationError)
    -> Choice
  {
    guard let written, let choice = Choice(rawValue: written) else {
      throw error("one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// `on` and `off` are true and false to YAML.
  func switched() throws(ConfigurationError) -> RunOptions.BuildingsChoice {
    if has(.bool), let flag = node.bool { return flag ? .on : .off }
    return try choice(RunOptions.BuildingsChoice.self)
  }

  func classes() throws(ConfigurationError) -> Set<UInt8> {
    let numbers = node.sequence?.map(Self.integer) ?? [nil]
    let known = numbers.compactMap { $0.flatMap { (0...11).contains($0) ? UInt8($0) : nil } }
    guard known.count == numbers.count else { throw error("a list of scene classes from 0 to 11") }
    return Set(known).union([0])
  }
}
