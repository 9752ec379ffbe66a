internal import GDALAdapter

/// The end-of-central-directory record of a zip archive, with its zip64 form.
struct EndOfDirectory {
  let entries: Int
  /// Bytes of the central directory.
  let size: Int
  /// Position of the central directory.
  let offset: Int

  /// - Throws: `ZipDirectory.Failure`, `GDALError`.
  static func find(_ path: String, fileSize: Int) throws -> EndOfDirectory {
    let tailSize = min(fileSize, 22 + 65535 + 20)
    let tail = ByteView(try VirtualFile.read(path, from: fileSize - tailSize, count: tailSize))
    guard let position = lastRecord(tail) else {
      throw ZipDirectory.Failure.stillArriving("an archive of \(fileSize) bytes that ends before its directory")
    }
    guard let disk = tail.u16(position + 4), var entries = tail.u16(position + 10), var size = tail.u32(position + 12),
      var offset = tail.u32(position + 16)
    else { throw ZipDirectory.Failure.stillArriving("an archive that ends inside its last record") }
    if entries == 0xffff || size == 0xffff_ffff || offset == 0xffff_ffff {
      let record = try wideRecord(path, tail: tail, endPosition: position)
      (entries, size, offset) = (record.entries, record.size, record.offset)
    }
    let (directoryEnd, overflow) = offset.addingReportingOverflow(size)
    guard disk == 0 || disk == 0xffff, !overflow, directoryEnd <= fileSize - tailSize + position else {
      throw ZipDirectory.Failure.unusable(
        found: "a directory of \(size) bytes at byte \(offset) of \(fileSize)",
        expected: "a directory inside the archive, all in one file")
    }
    return EndOfDirectory(entries: entries, size: size, offset: offset)
  }

  private static func lastRecord(_ tail: ByteView) -> Int? {
    var position = tail.count - 22
    while position >= 0 {
      if tail.u32(position) == 0x0605_4b50, let comment = tail.u16(position + 20),
        position + 22 + comment <= tail.count
      {
        return position
      }
      position -= 1
    }
    return nil
  }

  private static func wideRecord(_ path: String, tail: ByteView, endPosition: Int) throws -> EndOfDirectory {
    let damaged = ZipDirectory.Failure.unusable(found: "a damaged zip64 record", expected: "a whole zip archive")
    guard tail.u32(endPosition - 20) == 0x0706_4b50, let at = tail.u64(endPosition - 12) else { throw damaged }
    let record = ByteView(try VirtualFile.read(path, from: at, count: 56))
    guard record.u32(0) == 0x0606_4b50, let entries = record.u64(32), let size = record.u64(40),
      let offset = record.u64(48)
    else { throw damaged }
    return EndOfDirectory(entries: entries, size: size, offset: offset)
  }
}

/// What a file is by its first bytes.
enum FileSignature {
  private static let zip: [[UInt8]] = [[0x50, 0x4b, 3, 4], [0x50, 0x4b, 5, 6]]

  /// - Throws: `ZipDirectory.Failure` where it is no zip archive, or not yet.
  static func requireZip(_ head: [UInt8]) throws(ZipDirectory.Failure) {
    if zip.contains(where: { head.starts(with: $0) }) { return }
    if zip.contains(where: { $0.starts(with: head) }) { throw .stillArriving("a file of \(head.count) bytes") }
    if head.allSatisfy({ $0 == 0 }) { throw .stillArriving("a file that begins with zeros, as reserved by a download") }
    let (name, advice) = what(head)
    throw .unusable(
      found: name + ", not a zip archive", expected: "a zip archive or a .SAFE folder",
      advice: advice ?? Advice.downloadAgain)
  }

  /// - Returns: its name, and what to do with it; nil where it is not what was wanted at all.
  private static func what(_ head: [UInt8]) -> (name: String, advice: String?) {
    let (unpack, whole) = ("unpack it, and give the .SAFE folder", "give the .SAFE folder that it is of")
    let text = String(decoding: head, as: UTF8.self).lowercased()
    let start = text.drop { $0.isWhitespace }
    if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") {
      return ("a web page (an error message, most likely)", nil)
    }
    if start.hasPrefix("<?xml") || start.hasPrefix("<") { return ("an XML document", nil) }
    if start.hasPrefix("{") || start.hasPrefix("[") { return ("a JSON document (an error message, most likely)", nil) }
    if head.starts(with: [0x1f, 0x8b]) { return ("a gzip file", unpack) }
    if head.starts(with: [0xff, 0x4f, 0xff, 0x51]) || head.starts(with: [0, 0, 0, 12, 0x6a, 0x50]) {
      return ("a JPEG 2000 image", whole)
    }
    if head.starts(with: [0x49, 0x49, 0x2a, 0]) || head.starts(with: [0x4d, 0x4d, 0, 0x2a]) {
      return ("a TIFF image", whole)
    }
    if head.starts(with: [0x37, 0x7a, 0xbc, 0xaf]) { return ("a 7-Zip archive", unpack) }
    if head.count > 262, head[257..<262].elementsEqual("ustar".utf8) { return ("a tar archive", unpack) }
    let bytes = head.prefix(4).map { String($0, radix: 16) }.joined(separator: " ")
    return ("a file that begins with bytes \(bytes)", nil)
  }
}
