/// Version of ESA's processor, `05.11`. 99.99 marks products made outside ESA (Sen2Cor run by users).
package struct ProcessingBaseline: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  package let major: Int
  package let minor: Int

  package init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// - Parameter text: as in PROCESSING_BASELINE of MTD_MSIL2A.xml, `05.11`.
  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && Self.isNumber($0) }), let major = Int(parts[0]),
      let minor = Int(parts[1])
    else { return nil }
    self.init(major, minor)
  }

  /// - Parameter digits: as in a product name after the `N`, `0511`.
  package init?(digits: some StringProtocol) {
    guard digits.count == 4, Self.isNumber(digits), let value = Int(digits) else { return nil }
    self.init(value / 100, value % 100)
  }

  /// Digits alone: `Int` takes a sign, too.
  private static func isNumber(_ text: some StringProtocol) -> Bool {
    text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
  }

  /// Made by ESA: every baseline but 99.99.
  package var isOfficial: Bool { major != 99 }

  package var description: String {
    (major < 10 ? "0" : "") + "\(major)." + (minor < 10 ? "0" : "") + "\(minor)"
  }

  package static func < (left: ProcessingBaseline, right: ProcessingBaseline) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let value = ProcessingBaseline(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(text) is not a baseline such as 05.11"))
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
