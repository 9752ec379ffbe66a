/// Numbers at positions of untrusted bytes; nil wherever they would lie outside.
struct ByteView {
  private let bytes: [UInt8]
  var count: Int { bytes.count }

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func slice(_ position: Int, _ count: Int) -> ArraySlice<UInt8>? {
    guard position >= 0, count >= 0, position <= bytes.count, count <= bytes.count - position else { return nil }
    return bytes[position..<(position + count)]
  }

  /// Little-endian, as in zip archives.
  func u16(_ position: Int) -> Int? { little(position, 2) }
  func u32(_ position: Int) -> Int? { little(position, 4) }
  /// Nil also where the value does not fit.
  func u64(_ position: Int) -> Int? { little(position, 8) }

  /// Big-endian, as in JPEG 2000.
  func big(_ position: Int, _ count: Int) -> Int? {
    slice(position, count).flatMap { Int(exactly: $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
  }

  private func little(_ position: Int, _ count: Int) -> Int? {
    slice(position, count).flatMap { Int(exactly: $0.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
  }

  /// Position of the content of a zip extra field.
  func extraField(_ identifier: Int, from start: Int, count: Int) -> Int? {
    var position = start
    while position + 4 <= start + count {
      guard let found = u16(position), let length = u16(position + 2) else { return nil }
      if found == identifier { return position + 4 }
      position += 4 + length
    }
    return nil
  }
}

/// Paths inside a product.
enum MemberPath {
  /// Whether `path` stays inside the product, whatever wrote it. Looks at bytes, as the system does: a combining
  /// mark after a slash would hide the slash from a search by characters.
  static func isInside(_ path: String) -> Bool {
    let bytes = Array(path.utf8)
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return !bytes.contains { $0 < 32 || $0 == 127 || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: ":") }
      && parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
  }

  /// Whether a member of an archive of this name stays inside, whoever unpacks it where. A colon that is not a drive's does
  /// no harm: archives made on Windows hold `FILE:Zone.Identifier`.
  static func isHarmless(_ path: String) -> Bool {
    let bytes = Array(path.utf8)
    return !bytes.dropFirst().starts(with: ":".utf8) && isInside(String(path.map { $0 == ":" ? "_" : $0 }))
  }

  static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
