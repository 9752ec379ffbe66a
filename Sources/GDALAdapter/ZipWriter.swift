internal import CGDAL

/// Writes a zip archive without directory entries, members stored as they are (JP2 does not shrink further).
package enum ZipWriter {
  /// - Parameters:
  ///   - path: archive to write; replaced where it exists.
  ///   - members: names inside the archive and the files they come from, in the order of the archive.
  /// - Throws: `GDALError`.
  package static func write(_ path: String, members: [(name: String, file: String)]) throws(GDALError) {
    GDALRuntime.start()
    CPLErrorReset()
    guard let archive = CPLCreateZip(path, nil) else {
      throw GDALError(writing: "create zip", path: path)
    }
    var failure: GDALError?
    for (name, file) in members {
      do throws(GDALError) { try add(file, as: name, to: archive, path: path) } catch {
        failure = error
        break
      }
    }
    let isClosed = CPLCloseZip(archive) == CE_None
    if let failure { throw failure }
    if !isClosed { throw GDALError(writing: "close zip", path: path) }
  }

  private static func add(_ file: String, as name: String, to archive: UnsafeMutableRawPointer, path: String)
    throws(GDALError)
  {
    let created = StringList.with(["COMPRESSED=NO"]) { CPLCreateFileInZip(archive, name, $0) }
    guard created == CE_None else {
      throw GDALError(writing: "add \(name)", path: path)
    }
    var isWritten = true
    try VirtualFile.forEachChunk(of: file, limit: .max) { chunk in
      if isWritten { isWritten = CPLWriteFileInZip(archive, chunk.baseAddress, Int32(chunk.count)) == CE_None }
    }
    guard CPLCloseFileInZip(archive) == CE_None, isWritten else {
      throw GDALError(writing: "write \(name)", path: path)
    }
  }
}
