import TestSupport

/// Turns what is well formed into what is not.
struct Mutator {
  private var generator: SeededGenerator

  /// Pieces that readers of XML, archives and JSON trip over.
  private static let pieces: [[UInt8]] =
    [
      "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>", "&b;", "<![CDATA[", "]]>", "<!--", "-->", "<?xml",
      "\0",
      "</", "/>", "<a", "\"", "'", "&#x110000;", "&#0;", "../../../", "99999999999999999999", "-1", "1e999", "NaN", "{",
      "[[[[[[[[[[[[[[[[", "\u{feff}", "\\ud800", "PK\u{05}\u{06}", "PK\u{01}\u{02}", "PK\u{06}\u{06}", "%s%n",
    ].map { Array($0.utf8) } + [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0xC0, 0x80], [0x80]]

  init(seed: UInt64) { generator = SeededGenerator(seed) }

  mutating func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

  /// - Parameter keepsSize: so that sizes promised elsewhere still hold.
  mutating func mutate(_ bytes: [UInt8], keepsSize: Bool) -> [UInt8] {
    var bytes = bytes
    for _ in 0...pick(0..<4) where !bytes.isEmpty {
      let place = pick(0..<bytes.count)
      switch pick(0..<(keepsSize ? 4 : 7)) {
      case 0: bytes[place] ^= 1 << UInt8(pick(0..<8))
      case 1: bytes[place] = UInt8(pick(0..<256))
      case 2:
        let piece = Self.pieces[pick(0..<Self.pieces.count)]
        for (offset, byte) in piece.enumerated() where place + offset < bytes.count { bytes[place + offset] = byte }
      case 3:
        let from = pick(0..<bytes.count)
        let count = min(pick(1..<65), bytes.count - max(from, place))
        for offset in 0..<count { bytes[place + offset] = bytes[from + offset] }
      case 4: bytes.removeLast(bytes.count - place)
      case 5: bytes.insert(contentsOf: Self.pieces[pick(0..<Self.pieces.count)], at: place)
      default: bytes.removeSubrange(place..<min(bytes.count, place + pick(1..<65)))
      }
    }
    return bytes
  }
}
