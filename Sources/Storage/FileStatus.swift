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
    /// The system does not say what is there.
    case unreachable = "place that cannot be looked at"
    case other = "thing that is neither file nor folder"
  }
  package let kind: Kind
  /// Bytes, for a file.
  package let size: Int
  /// `errno` of what keeps this process from reading it, nil where it may.
  package let denial: Int32?

  package var isReadable: Bool { denial == nil }
  /// Whether it is there, but not for this user.
  package var isForbidden: Bool { denial == EACCES || denial == EPERM }
  /// What keeps this process from reading it, in the system's words; nil where it may.
  package var reason: String? { denial.map { String(cString: strerror($0)).lowercased() } }

  /// Whose permissions count.
  package static var userID: Int { Int(geteuid()) }

  /// Links are followed. Nil where there is nothing at `path`; whatever else keeps it from being looked at is a status.
  package static func of(_ path: String) -> FileStatus? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      let isMissing = code == ENOENT || code == ENOTDIR
      if isMissing || code == ELOOP, lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
        return FileStatus(kind: .deadLink, size: 0, denial: code)
      }
      return isMissing ? nil : FileStatus(kind: .unreachable, size: 0, denial: code)
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
    // A folder is of use only where what it holds can be reached, too.
    let mode = kind == .folder ? R_OK | X_OK : R_OK
    let isReadable = faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0
    return FileStatus(kind: kind, size: Int(status.st_size), denial: isReadable ? nil : errno)
  }
}
