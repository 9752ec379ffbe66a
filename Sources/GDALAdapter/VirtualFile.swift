internal import CGDAL
internal import Glibc

/// Files through GDAL's virtual file system: the same calls for a plain path and for a member of a zip archive
/// (`/vsizip/{archive.zip}/member`).
package enum VirtualFile {
  package struct Status: Sendable {
    package let size: Int
    package let isDirectory: Bool
  }

  /// Path of a member inside a zip archive. Braces let the archive have any name but one with braces; without them
  /// GDAL knows the archive by its suffix.
  package static func member(_ member: String, ofZip archive: String) -> String {
    hasBraces(archive) ? "/vsizip/\(archive)/\(member)" : "/vsizip/{\(archive)}/\(member)"
  }

  /// Whether `member` gives paths that GDAL understands.
  /// - Parameter archive: absolute path.
  package static func canReachMembers(ofZip archive: String) -> Bool {
    !hasBraces(archive) || archive.lowercased().hasSuffix(".zip")
  }

  /// The file on disk that holds what lies at a path: the archive of a member that `member` named, else the path itself.
  package static func container(of path: String) -> String {
    let start = "/vsizip/"
    guard path.hasPrefix(start) else { return path }
    let archive = path.dropFirst(start.count)
    if archive.hasPrefix("{") { return archive.firstIndex(of: "}").map { String(archive[..<$0].dropFirst()) } ?? path }
    // An archive that has braces in its name itself.
    return archive.firstRange(of: /\.zip\//.ignoresCase()).map { String(archive[..<$0.upperBound].dropLast()) } ?? path
  }

  private static func hasBraces(_ path: String) -> Bool {
    path.utf8.contains { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }
  }

  /// Size and kind, nil where there is no such file.
  package static func status(_ path: String) -> Status? {
    GDALRuntime.start()
    var status = stat()
    guard VSIStatL(path, &status) == 0 else { return nil }
    return Status(size: status.st_size, isDirectory: status.st_mode & S_IFMT == S_IFDIR)
  }

  /// Reads a whole file.
  /// - Parameter limit: largest size accepted, bytes.
  /// - Throws: `GDALError` where it is missing, larger than `limit`, or damaged.
  package static func read(_ path: String, limit: Int) throws(GDALError) -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachChunk(of: path, limit: limit) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// Hands a file's bytes to `body`, a megabyte at a time.
  /// - Parameter limit: stops with an error as soon as more bytes than this have come: a declared size is a promise.
  /// - Returns: number of bytes read.
  /// - Throws: `GDALError` where it is missing, too large, or damaged (a wrong CRC inside a zip archive).
  @discardableResult
  package static func forEachChunk(of path: String, limit: Int, _ body: (UnsafeRawBufferPointer) -> Void)
    throws(GDALError) -> Int
  {
    GDALRuntime.start()
    CPLErrorReset()
    guard let file = VSIFOpenL(path, "rb") else {
      throw GDALError(call: "open", path: path, message: GDALRuntime.lastMessage)
    }
    defer { _ = VSIFCloseL(file) }
    let capacity = 1 << 20
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    defer { chunk.deallocate() }
    var total = 0
    while true {
      let count = VSIFReadL(chunk.baseAddress, 1, capacity, file)
      total += count
      if CPLGetLastErrorType().rawValue >= CE_Failure.rawValue {
        throw GDALError(call: "read", path: path, message: GDALRuntime.lastMessage)
      }
      if total > limit {
        throw GDALError(call: "read", path: path, message: "longer than the \(limit) bytes it may have")
      }
      if count > 0 { body(UnsafeRawBufferPointer(rebasing: chunk[0..<count])) }
      if count < capacity { return total }
    }
  }

  /// Copies a file, member of an archive or not, to a plain path.
  /// - Parameter limit: largest size accepted, bytes.
  /// - Returns: number of bytes copied.
  /// - Throws: `GDALError`; what was written is removed.
  @discardableResult
  package static func copy(_ path: String, to target: String, limit: Int) throws(GDALError) -> Int {
    GDALRuntime.start()
    guard let output = VSIFOpenL(target, "wb") else {
      throw GDALError(writing: "create", path: target)
    }
    var isWritten = true
    let count: Int
    do throws(GDALError) {
      count = try forEachChunk(of: path, limit: limit) { chunk in
        isWritten = isWritten && VSIFWriteL(chunk.baseAddress, 1, chunk.count, output) == chunk.count
      }
    } catch {
      _ = VSIFCloseL(output)
      _ = VSIUnlink(target)
      throw error
    }
    guard VSIFCloseL(output) == 0, isWritten else {
      _ = VSIUnlink(target)
      throw GDALError(writing: "write", path: target, message: "the copy is incomplete")
    }
    return count
  }

  /// Removes a file, such as one in memory (`/vsimem/`); does nothing where there is none.
  package static func remove(_ path: String) {
    GDALRuntime.start()
    _ = VSIUnlink(path)
  }

  /// Reads up to `count` bytes from `offset` on; fewer where the file ends before.
  /// - Throws: `GDALError` where it is missing or damaged.
  package static func read(_ path: String, from offset: Int, count: Int) throws(GDALError) -> [UInt8] {
    GDALRuntime.start()
    CPLErrorReset()
    guard let file = VSIFOpenL(path, "rb") else {
      throw GDALError(call: "open", path: path, message: GDALRuntime.lastMessage)
    }
    defer { _ = VSIFCloseL(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    guard VSIFSeekL(file, vsi_l_offset(offset), SEEK_SET) == 0 else {
      throw GDALError(call: "seek", path: path, message: GDALRuntime.lastMessage)
    }
    let read = bytes.withUnsafeMutableBytes { VSIFReadL($0.baseAddress, 1, count, file) }
    if CPLGetLastErrorType().rawValue >= CE_Failure.rawValue {
      throw GDALError(call: "read", path: path, message: GDALRuntime.lastMessage)
    }
    bytes.removeLast(count - read)
    return bytes
  }
}
