internal import Glibc

/// What is left of a file system. When a write fails for want of space GDAL says only that it failed.
package enum FreeSpace {
  private static let little = 64 << 20

  /// What to add to the message of a failed write, empty where there is space enough.
  /// - Parameter bytes: bytes free, nil where that is not known.
  package static func remark(_ bytes: Int?) -> String {
    guard let bytes, bytes < little else { return "" }
    return "; only \(bytes) bytes are free on this file system"
  }

  /// Bytes free for this user where the file `path` is or would be; nil where that means nothing.
  package static func bytes(forFile path: String) -> Int? {
    guard !path.isEmpty else { return nil }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    var status = statvfs()
    // A file system without blocks (/proc, GDAL's own ones) has no notion of space.
    guard statvfs(folder, &status) == 0, status.f_blocks > 0 else { return nil }
    let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
      by: Int(clamping: status.f_frsize))
    return overflow ? nil : bytes
  }
}
