internal import GDALAdapter
internal import Storage

/// The files of a product, in a folder or in an archive; nothing is ever unpacked.
struct ProductTree {
  enum Entry: Equatable {
    case missing
    case file(size: Int)
    /// What is in the file's place.
    case obstacle(Obstacle)
  }

  /// Absolute path of what was handed in.
  let location: String
  /// Nil for a folder.
  let archive: ZipDirectory?
  /// Where the product begins: empty, or one folder name with a trailing slash.
  var prefix = ""

  var isArchive: Bool { archive != nil }
  /// Name of the folder that holds the product, or of the archive.
  var folderName: String { prefix.isEmpty ? MemberPath.fileName(location) : String(prefix.dropLast()) }

  /// Path that GDAL opens.
  func path(_ member: String) -> String {
    isArchive ? VirtualFile.member(prefix + member, ofZip: location) : "\(location)/\(prefix)\(member)"
  }

  func entry(_ member: String) -> Entry {
    guard let archive else { return Self.entry(atPath: path(member)) }
    if let found = archive.members[prefix + member] {
      return archive.repeated.contains(prefix + member)
        ? .obstacle(.repeatedMember) : .file(size: found.size)
    }
    return archive.children[prefix + member] != nil ? .obstacle(.folderInArchive) : .missing
  }

  /// Names of files and folders in `folder` (empty for the top), sorted.
  func names(in folder: String = "") -> [String] {
    guard let archive else { return Folder.list(folder.isEmpty ? location : "\(location)/\(folder)") }
    return (archive.children[folder] ?? []).sorted()
  }

  /// Why a folder cannot be listed, nil where it can or where it is none.
  func objection(toFolder folder: String) -> Obstacle? {
    guard !isArchive, let status = FileStatus.of("\(location)/\(folder)"), !status.isReadable,
      status.kind == .folder || status.kind == .unreachable
    else { return nil }
    return Obstacle(status)
  }

  /// Why an archive's member must not be read, and what to do about it; nil where it may.
  func archiveObjection(_ member: String) -> (found: String, advice: String)? {
    guard let found = archive?.members[prefix + member] else { return nil }
    let pack = "make the archive again, stored or deflated and without a password, or give the .SAFE folder"
    if found.isEncrypted { return ("an encrypted member", pack) }
    if found.method != 0 && found.method != 8 { return ("a member with compression method \(found.method)", pack) }
    if found.method == 0 && found.size != found.compressedSize {
      return ("a stored member of two sizes", Advice.notGenuine)
    }
    // Deflate cannot exceed 1032:1; honest metadata stays below 30:1.
    if found.size > 4 << 20, found.size / 200 > found.compressedSize {
      return ("\(found.compressedSize) bytes that claim to unpack to \(found.size)", Advice.notGenuine)
    }
    return nil
  }

  private static func entry(atPath path: String) -> Entry {
    guard let status = FileStatus.of(path) else { return .missing }
    return status.kind == .file && status.isReadable ? .file(size: status.size) : .obstacle(Obstacle(status))
  }
}

extension ProductTree {
  /// Opens what was handed in, without looking for a product in it yet.
  static func open(_ location: String, findings: inout Findings) -> ProductTree? {
    let name = MemberPath.fileName(location)
    guard let status = FileStatus.of(location) else {
      findings.refuse(name, found: "nothing at this path", expected: "a product", advice: "check the path")
      return nil
    }
    switch status.kind {
    case .folder where status.isReadable: return ProductTree(location: location, archive: nil)
    case .file where status.isReadable:
      return openArchive(location, name: name, fileSize: status.size, findings: &findings)
    case .file, .folder, .unreachable:
      let obstacle = Obstacle(status)
      findings.refuse(name, found: obstacle.found, expected: "a readable product", advice: obstacle.advice)
    case .deadLink, .pipe, .socket, .device, .other:
      findings.refuse(
        name, found: "a \(status.kind.rawValue)", expected: "a .SAFE folder or a zip archive", advice: "check the path")
    }
    return nil
  }

  private static func openArchive(_ location: String, name: String, fileSize: Int, findings: inout Findings)
    -> ProductTree?
  {
    if name.lowercased().hasSuffix(".xml") || name.lowercased() == "manifest.safe" {
      findings.refuse(
        name, found: "one file of a product", expected: "a product", advice: "give the .SAFE folder that holds it")
      return nil
    }
    guard VirtualFile.canReachMembers(ofZip: location) else {
      findings.refuse(
        name, found: "a path with braces", expected: "a path without, or a name that ends in .zip",
        advice: "rename the archive or its folder")
      return nil
    }
    do throws(ZipDirectory.Failure) {
      let archive = try ZipDirectory.read(location, fileSize: fileSize)
      if let escaping = archive.escaping.first {
        findings.refuse(
          name, found: "a member named \"\(escaping)\", outside the product",
          expected: "members inside the product", advice: Advice.notGenuine)
        return nil
      }
      findings.isFinished = true
      return ProductTree(location: location, archive: archive)
    } catch {
      // The directory lies at the end, and no more was read: the whole may be terabytes.
      if findings.blamesMachine(
        for: location, name, expected: "a whole zip archive", ends: 2 * ZipDirectory.largestDirectory)
      {
        return nil
      }
      switch error {
      case .stillArriving(let found):
        findings.lacks(name, found: found, expected: "a whole zip archive")
      case .unusable(let found, let expected, let advice):
        findings.refuse(name, found: found, expected: expected, advice: advice)
      }
      return nil
    }
  }
}
