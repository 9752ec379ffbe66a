internal import Glibc

/// What root makes in somebody's folder is that somebody's: an operator who runs a command as root, as `sudo` does, must not
/// lock a daemon out of its own store.
package enum Ownership {
  /// Gives a new file or folder to the owner of another, where this process is root. Where even root may not, as on some
  /// servers, it stays as it is.
  ///
  /// That owner may have put something else in its place meanwhile, to be given it: links, and files that have another
  /// name too, stay root's.
  package static func give(_ path: String, toOwnerOf other: String) {
    var (owner, own) = (stat(), stat())
    guard geteuid() == 0, stat(other, &owner) == 0, owner.st_uid != 0 else { return }
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard fstat(descriptor, &own) == 0, own.st_uid == 0 else { return }
    let kind = own.st_mode & S_IFMT
    guard kind == S_IFDIR || kind == S_IFREG && own.st_nlink == 1 else { return }
    _ = fchown(descriptor, owner.st_uid, owner.st_gid)
  }

  /// The same, to the owner of the folder that it lies in.
  package static func giveToParent(_ path: String) { give(path, toOwnerOf: Folder.parent(of: path)) }
}
