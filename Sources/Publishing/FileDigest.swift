private import GDALAdapter
private import Storage

/// Size and SHA-256 of a file on disk.
struct FileDigest: Sendable, Equatable {
  /// Bytes.
  let size: Int
  /// 64 hexadecimal digits.
  let sha256: String

  /// Reads the whole file.
  /// - Throws: `GDALError`, `PublishingError`.
  init(of path: String) throws {
    var digester = Digester(.sha256)
    size = try VirtualFile.forEachChunk(of: path, limit: .max) { digester.update($0) }
    // A disk that fails may look like the end of the file.
    if let expected = VirtualFile.status(path)?.size, expected != size {
      throw PublishingError(path, "ends after \(size) of \(expected) bytes as it is read")
    }
    sha256 = digester.hexadecimal()
  }

  /// The digest as a multihash: 0x12 (SHA-256), 0x20 (32 bytes), digest.
  var multihash: String { "1220" + sha256 }
}
