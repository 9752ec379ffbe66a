internal import GDALAdapter

/// The central directory of a zip archive: what it holds, without touching the members.
///
/// GDAL reads the members; this only tells a finished archive from one that is still arriving, and finds names and
/// sizes that no honest archive has. Format: PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16.
struct ZipDirectory {
  struct Member {
    let size: Int
    let compressedSize: Int
    /// 0 stored, 8 deflated.
    let method: Int
    let isEncrypted: Bool
  }

  /// Why there is no directory.
  enum Failure: Error {
    /// The archive ends before its directory.
    case stillArriving(String)
    case unusable(found: String, expected: String, advice: String = Advice.downloadAgain)
  }

  /// Files by name, `/` between folders, without a leading `./`.
  private(set) var members: [String: Member] = [:]
  /// Names of files and folders in each folder, empty for the top.
  private(set) var children: [String: Set<String>] = [:]
  /// Names that occur more than once.
  private(set) var repeated: Set<String> = []
  /// Names that would lie outside the folder an archive is unpacked to.
  private(set) var escaping: [String] = []

  static let largestDirectory = 64 << 20
  private static let mostMembers = 100_000
  /// Levels of folders that are looked at: a product has 5.
  private static let deepest = 64

  /// - Parameter fileSize: size of the archive, bytes.
  static func read(_ path: String, fileSize: Int) throws(Failure) -> ZipDirectory {
    do {
      return try readUntyped(path, fileSize: fileSize)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw .unusable(found: "a file that cannot be read (\(error))", expected: "a readable zip archive")
    }
  }

  private static func readUntyped(_ path: String, fileSize: Int) throws -> ZipDirectory {
    try FileSignature.requireZip(try VirtualFile.read(path, from: 0, count: 512))
    let end = try EndOfDirectory.find(path, fileSize: fileSize)
    guard end.size <= largestDirectory, end.entries <= mostMembers else {
      throw Failure.unusable(
        found: "a central directory of \(end.entries) members in \(end.size) bytes",
        expected: "at most \(mostMembers) members")
    }
    let bytes = ByteView(try VirtualFile.read(path, from: end.offset, count: end.size))
    var directory = ZipDirectory()
    var position = 0
    for _ in 0..<end.entries {
      guard let next = directory.add(bytes, at: position, dataEnd: end.offset) else {
        throw Failure.unusable(
          found: "a damaged central directory (member \(directory.members.count + 1) at byte \(position))",
          expected: "\(end.entries) whole entries")
      }
      position = next
    }
    return directory
  }

  /// Takes in the entry at `position`; nil where it is damaged.
  /// - Returns: position of the next entry.
  private mutating func add(_ bytes: ByteView, at position: Int, dataEnd: Int) -> Int? {
    guard bytes.u32(position) == 0x0201_4b50, let flags = bytes.u16(position + 8),
      let method = bytes.u16(position + 10), var compressed = bytes.u32(position + 20),
      var size = bytes.u32(position + 24), let nameLength = bytes.u16(position + 28),
      let extraLength = bytes.u16(position + 30), let commentLength = bytes.u16(position + 32),
      var offset = bytes.u32(position + 42), let rawName = bytes.slice(position + 46, nameLength),
      bytes.slice(position + 46 + nameLength, extraLength + commentLength) != nil
    else { return nil }
    // Zip64: the fields that do not fit are repeated, in this order, in extra field 1.
    if size == 0xffff_ffff || compressed == 0xffff_ffff || offset == 0xffff_ffff {
      guard var field = bytes.extraField(1, from: position + 46 + nameLength, count: extraLength) else { return nil }
      for keyPath in [0, 1, 2] {
        let value = [size, compressed, offset][keyPath]
        guard value == 0xffff_ffff else { continue }
        guard let wide = bytes.u64(field) else { return nil }
        if keyPath == 0 { size = wide } else if keyPath == 1 { compressed = wide } else { offset = wide }
        field += 8
      }
    }
    let (dataLast, overflow) = offset.addingReportingOverflow(compressed)
    guard !overflow, dataLast <= dataEnd else { return nil }
    let member = Member(size: size, compressedSize: compressed, method: method, isEncrypted: flags & 1 != 0)
    register(String(decoding: rawName, as: UTF8.self), member)
    return position + 46 + nameLength + extraLength + commentLength
  }

  private mutating func register(_ rawName: String, _ member: Member) {
    var name = String(rawName.map { $0 == "\\" ? "/" : $0 })
    while name.hasPrefix("./") { name.removeFirst(2) }
    if !MemberPath.isHarmless(name.hasSuffix("/") ? String(name.dropLast()) : name), !name.isEmpty {
      escaping.append(rawName)
    }
    guard !name.hasSuffix("/"), !name.isEmpty else { return }
    if members.updateValue(member, forKey: name) != nil { repeated.insert(name) }
    enter(name)
  }

  /// Enters a name in its folder, and new folders in theirs; empty parts of a path are none.
  private mutating func enter(_ name: String) {
    let parts = name.split(separator: "/")
    guard parts.count <= Self.deepest else { return }
    for count in stride(from: parts.count, to: 0, by: -1) {
      let folder = parts.prefix(count - 1).joined(separator: "/")
      let isKnown = children[folder] != nil
      children[folder, default: []].insert(String(parts[count - 1]))
      if isKnown { return }
    }
  }
}
