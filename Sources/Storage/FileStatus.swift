internal import Glibc

/// What lies at a path, asked without opening it: opening a pipe or a device can hang.
package struct FileStatus: Sendable, Equatable {
  package enum Kind: String, Sendable {
    case file
    case folder
    case pipe = "named pipe"
    case socket
    case device
    case deadLink = "link that leads nowhere"
    case other = "thing that is neither file nor folder"
  }
  package let kind: Kind
  /// Bytes, for a file.
  package let size: Int
  /// Whether this process may read it.
  package let isReadable: Bool

  /// Links are followed. Nil where there is nothing at `path`.
  package static func of(_ path: String) -> FileStatus? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard lstat(path, &status) == 0 else { return nil }
      return FileStatus(kind: .deadLink, size: 0, isReadable: false)
    }
    let kind: Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      case S_IFCHR, S_IFBLK: .device
      default: .other
      }
    return FileStatus(kind: kind, size: Int(status.st_size), isReadable: access(path, R_OK) == 0)
  }
}
