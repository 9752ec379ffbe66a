/// Identifier of a 100 km square of the Military Grid Reference System, e.g. `31TCJ`: a two-digit UTM zone, a
/// latitude band (C to X without I and O) and two letters.
package struct MGRSTile: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  package let name: String

  /// - Parameter text: `31TCJ`, or with Sentinel-2's leading `T`, `T31TCJ`.
  package init?(_ text: some StringProtocol) {
    var letters = Array(text.utf8)
    if letters.count == 6, letters[0] == UInt8(ascii: "T") { letters.removeFirst() }
    guard letters.count == 5, letters[0..<2].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let zone = Int(String(decoding: letters[0..<2], as: UTF8.self)), (1...60).contains(zone),
      Self.isLetter(letters[2], upTo: "X", from: "C"), Self.isLetter(letters[3], upTo: "Z", from: "A"),
      Self.isLetter(letters[4], upTo: "V", from: "A")
    else { return nil }
    name = String(decoding: letters, as: UTF8.self)
  }

  /// UTM zone, 1 to 60.
  package var zone: Int { Int(name.prefix(2)) ?? 0 }
  /// Latitude band, `C` to `X`.
  package var latitudeBand: String { String(name.dropFirst(2).prefix(1)) }
  /// The two letters of the 100 km square.
  package var square: String { String(name.suffix(2)) }

  package var description: String { name }

  package static func < (left: MGRSTile, right: MGRSTile) -> Bool { left.name < right.name }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let tile = MGRSTile(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(text) is not an MGRS tile such as 31TCJ"))
    }
    self = tile
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }

  /// Letters I and O are never used: they read as 1 and 0.
  private static func isLetter(_ byte: UInt8, upTo last: Unicode.Scalar, from first: Unicode.Scalar) -> Bool {
    byte >= UInt8(ascii: first) && byte <= UInt8(ascii: last) && byte != UInt8(ascii: "I")
      && byte != UInt8(ascii: "O")
  }
}
