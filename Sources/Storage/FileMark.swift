internal import Glibc

/// Which file lies at a path, and when it was written to last: another mark tells that its content may be another.
package struct FileMark: Sendable, Equatable {
  package let device: UInt
  package let inode: UInt
  package let size: Int
  package let modifiedSeconds: Int
  package let modifiedNanoseconds: Int

  /// - Returns: nil where there is no file.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, inode, size) = (status.st_dev, status.st_ino, status.st_size)
    (modifiedSeconds, modifiedNanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }

  /// Whether it is the same file, written to in the meantime. A file put in its place is none: who has the old one open
  /// goes on reading that.
  package func isRewritten(as later: FileMark) -> Bool {
    device == later.device && inode == later.inode && self != later
  }
}
