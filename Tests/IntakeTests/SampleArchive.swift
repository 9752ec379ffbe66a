/// Writes zip archives, honest ones and others. Deflated members use stored blocks (RFC 1951, 3.2.4).
struct SampleArchive {
  /// What the headers say about a member.
  struct Lies {
    var size: Int?
    var compressedSize: Int?
    var method: Int?
    var flags = 0
    var crc: UInt32?
  }

  private var data: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0
  var comment: [UInt8] = []

  mutating func add(_ name: String, _ content: [UInt8], deflated: Bool = false, lies: Lies = Lies()) {
    let packed = deflated ? Self.deflate(content) : content
    let offset = data.count
    var header: [UInt8] = []
    header += le(20, 2) + le(lies.flags, 2) + le(lies.method ?? (deflated ? 8 : 0), 2) + le(0, 4)
    header += le(Int(lies.crc ?? Self.crc32(content)), 4)
    header += le(lies.compressedSize ?? packed.count, 4) + le(lies.size ?? content.count, 4)
    header += le(name.utf8.count, 2) + le(0, 2)
    data += [0x50, 0x4b, 3, 4] + header + Array(name.utf8) + packed
    directory += [0x50, 0x4b, 1, 2] + le(20, 2) + header + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 4) + le(offset, 4)
    directory += Array(name.utf8)
    count += 1
  }

  var bytes: [UInt8] {
    data + directory + [0x50, 0x4b, 5, 6] + le(0, 4) + le(count, 2) + le(count, 2) + le(directory.count, 4)
      + le(data.count, 4) + le(comment.count, 2) + comment
  }

  private func le(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func deflate(_ content: [UInt8]) -> [UInt8] {
    var packed: [UInt8] = []
    var start = 0
    repeat {
      let length = min(65535, content.count - start)
      let isLast: UInt8 = start + length == content.count ? 1 : 0
      let (low, high) = (UInt8(length & 255), UInt8(length >> 8))
      packed += [isLast, low, high, ~low, ~high] + content[start..<(start + length)]
      start += length
    } while start < content.count
    return packed
  }

  private static let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 != 0 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
  }

  static func crc32(_ content: [UInt8]) -> UInt32 {
    ~content.reduce(UInt32.max) { crcTable[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
  }
}
