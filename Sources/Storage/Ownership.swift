internal import Glibc

/// What root makes in somebody's folder is that somebody's: an operator who runs a command as root, as `sudo` does, must not
/// lock a daemon out of its own store.
package enum Ownership {
  /// Gives a new file or folder to the owner of another, where this process is root. Where even root may not, as on some
  /// servers, it stays as it is.
  package static func give(_ path: String, toOwnerOf other: String) {
    var status = stat()
    guard geteuid() == 0, stat(other, &status) == 0, status.st_uid != 0 else { return }
    _ = lchown(path, status.st_uid, status.st_gid)
  }

  /// The same, to the owner of the folder that it lies in.
  package static func giveToParent(_ path: String) { give(path, toOwnerOf: Folder.parent(of: path)) }
}
