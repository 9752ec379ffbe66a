internal import GDALAdapter
internal import Storage

/// Compares files with what manifest.safe promises.
struct FileChecker {
  enum Kind {
    case metadata
    case image

    /// Largest size read, bytes. Real metadata has under 1 MB, a 10 m band 135 MB.
    var limit: Int { self == .metadata ? 8 << 20 : 1 << 30 }
  }

  /// A file that holds what it should, with the bytes later checks need.
  struct Content {
    let file: CheckedFile
    /// All of a metadata file, the first megabyte of an image.
    let head: [UInt8]
    /// The last two bytes.
    let tail: [UInt8]
  }

  let tree: ProductTree
  let manifest: Manifest?
  let verifyChecksums: Bool
  let progress: (IntakeProgress) -> Void

  /// - Returns: nil where `findings` say what is wrong.
  func check(_ member: String, _ kind: Kind, findings: inout Findings) -> Content? {
    let item = manifest?[member]
    let listed = manifest?.isStub == true ? nil : item
    guard let size = presentSize(member, kind, declared: listed?.size, findings: &findings) else { return nil }
    guard let manifest else { return read(member, size: size, kind, algorithm: nil, findings: &findings) }
    if manifest.isStub { return checkAgainstNothing(member, size: size, kind, findings: &findings) }
    guard let item else {
      findings.refuse(
        member, found: "no entry in manifest.safe", expected: "its size and digest there", advice: Advice.notGenuine)
      return nil
    }
    guard let algorithm = DigestAlgorithm(manifestName: item.algorithmName) else {
      findings.refuse(
        "manifest.safe, checksum of \(member)", found: "algorithm \"\(item.algorithmName)\"",
        expected: DigestAlgorithm.allCases.map(\.rawValue).joined(separator: ", "), advice: Advice.notGenuine)
      return nil
    }
    guard verifyChecksums else {
      guard var content = read(member, size: size, kind, algorithm: nil, findings: &findings) else { return nil }
      content = content.described(digest: item.digest, verification: "size only")
      return content
    }
    guard let content = read(member, size: size, kind, algorithm: algorithm, findings: &findings) else { return nil }
    guard content.file.digest == item.digest else {
      findings.refuse(
        member, found: "\(algorithm.rawValue) \(content.file.digest)", expected: "\(item.digest) as in manifest.safe",
        advice: Advice.downloadAgain)
      return nil
    }
    return content.described(digest: item.digest, verification: "\(algorithm.rawValue) of manifest.safe")
  }

  /// A stub manifest says nothing about the file; its digest is computed to tell it from others later.
  private func checkAgainstNothing(_ member: String, size: Int, _ kind: Kind, findings: inout Findings) -> Content? {
    let content = read(member, size: size, kind, algorithm: .sha256, findings: &findings)
    return content?.described(
      digest: content?.file.digest ?? "", verification: kind == .image && verifyChecksums ? "decoded" : "not verified")
  }

  private func presentSize(_ member: String, _ kind: Kind, declared: Int?, findings: inout Findings) -> Int? {
    let expected = declared.map { "\($0) bytes as in manifest.safe" } ?? "a file"
    switch tree.entry(member) {
    case .missing:
      findings.lacks(member, found: "no such file", expected: expected)
      return nil
    case .obstacle(let obstacle):
      findings.refuse(member, found: obstacle.found, expected: expected, advice: obstacle.advice)
      return nil
    case .file(let size):
      if let objection = tree.archiveObjection(member) {
        findings.refuse(member, found: objection.found, expected: expected, advice: objection.advice)
      } else if let declared, size < declared {
        findings.lacks(member, found: "\(size) bytes", expected: expected)
      } else if let declared, size > declared {
        findings.refuse(member, found: "\(size) bytes", expected: expected, advice: Advice.downloadAgain)
      } else if size > kind.limit {
        findings.refuse(
          member, found: "\(size) bytes", expected: "at most \(kind.limit) bytes", advice: Advice.notGenuine)
      } else {
        return size
      }
      return nil
    }
  }

  /// Reads a file once: digest, head and tail.
  private func read(_ member: String, size: Int, _ kind: Kind, algorithm: DigestAlgorithm?, findings: inout Findings)
    -> Content?
  {
    let path = tree.path(member)
    let headSize = kind == .metadata ? size : Codestream.headSize
    do throws(GDALError) {
      var head: [UInt8] = []
      var tail: [UInt8] = []
      var count = 0
      var digester = algorithm.map { Digester($0) }
      if digester == nil {
        head = try VirtualFile.read(path, from: 0, count: min(headSize, size))
        tail = try VirtualFile.read(path, from: max(0, size - 2), count: min(2, size))
        count = head.count < headSize ? head.count : size
      } else {
        try VirtualFile.forEachChunk(of: path, limit: size) { chunk in
          digester?.update(chunk)
          if head.count < headSize { head.append(contentsOf: chunk.prefix(headSize - head.count)) }
          tail = Array((tail + chunk.suffix(2)).suffix(2))
          count += chunk.count
          progress(IntakeProgress(member: member, bytesDone: count, bytesTotal: size))
        }
      }
      guard count == size else {
        if findings.blamesMachine(for: VirtualFile.container(of: path), member, expected: "\(size) bytes") {
          return nil
        }
        findings.lacks(member, found: "\(count) readable bytes", expected: "\(size) bytes")
        return nil
      }
      let file = CheckedFile(
        member: member, path: path, size: size, digest: digester?.hexadecimal() ?? "", verification: "not verified")
      return Content(file: file, head: head, tail: tail)
    } catch {
      if findings.blamesMachine(for: VirtualFile.container(of: path), member, expected: "\(size) bytes") { return nil }
      findings.refuse(
        member, found: "a file that cannot be read (\(error.message))", expected: "\(size) readable bytes",
        advice: Advice.downloadAgain)
      return nil
    }
  }
}

extension FileChecker.Content {
  func described(digest: String, verification: String) -> FileChecker.Content {
    var file = file
    file.digest = digest
    file.verification = verification
    return FileChecker.Content(file: file, head: head, tail: tail)
  }
}
