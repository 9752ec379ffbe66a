internal import Glibc

/// Writing that survives a crash: temporary file beside the target, fsync, rename, fsync of the folder.
package enum DurableFile {
  /// Replaces `path` with `bytes` as a whole: a reader sees the old file or the new one, never a part. The new one has the
  /// owner, group and permissions of the old one as far as this process may give them; what would be root's belongs to the
  /// owner of its folder (`Ownership`).
  /// - Parameter folder: where the temporary file is made, on the file system of `path`; nil makes it beside `path`.
  /// - Throws: `StorageError`.
  package static func replace(
    _ path: String, with bytes: some Collection<UInt8>, temporaryIn folder: String? = nil
  ) throws(StorageError) {
    let temporary = folder.map { "\($0)/\(getpid()).tmp" } ?? "\(path).\(getpid()).tmp"
    // What an earlier process of this number left there, or somebody else put there for it.
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw StorageError("create", temporary) }
    do throws(StorageError) {
      takeAfter(path, descriptor)
      Ownership.give(temporary, toOwnerOf: Folder.parent(of: path))
      try write(Array(bytes), to: descriptor, path: temporary)
      guard fsync(descriptor) == 0 else { throw StorageError("fsync", temporary) }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0 else {
      let error = StorageError("close", temporary)
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let error = StorageError("rename", temporary)
      unlink(temporary)
      throw error
    }
    try syncFolder(Folder.parent(of: path))
  }

  /// Moves a finished file to its place on the same file system, replacing what is there, and makes content and move
  /// durable.
  /// - Throws: `StorageError`.
  package static func move(_ file: String, to target: String) throws(StorageError) {
    try sync(file)
    guard rename(file, target) == 0 else { throw StorageError("rename \(file) to", target) }
    try syncFolder(Folder.parent(of: target))
    try syncFolder(Folder.parent(of: file))
  }

  /// Renames a folder into place and makes the rename durable. `target` must not exist.
  /// - Throws: `StorageError`.
  package static func publish(folder: String, as target: String) throws(StorageError) {
    guard access(target, F_OK) != 0 else { throw StorageError("publish", target, code: EEXIST) }
    guard rename(folder, target) == 0 else { throw StorageError("rename \(folder) to", target) }
    try syncFolder(Folder.parent(of: target))
    try syncFolder(Folder.parent(of: folder))
  }

  /// Flushes a file's content to the disk.
  package static func sync(_ path: String) throws(StorageError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StorageError("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw StorageError("fsync", path) }
  }

  /// Flushes a folder's entries to the disk.
  package static func syncFolder(_ path: String) throws(StorageError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StorageError("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw StorageError("fsync", path) }
  }

  /// Gives a new file what the one has that it replaces, if there is one.
  private static func takeAfter(_ path: String, _ descriptor: Int32) {
    var (old, new) = (stat(), stat())
    guard lstat(path, &old) == 0, old.st_mode & S_IFMT == S_IFREG, fstat(descriptor, &new) == 0 else { return }
    // Whoever is not root may at most give it to another group that he is in.
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid), fchown(descriptor, old.st_uid, old.st_gid) != 0 {
      _ = fchown(descriptor, new.st_uid, old.st_gid)
    }
    _ = fchmod(descriptor, old.st_mode & 0o777)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(StorageError) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + offset, $0.count - offset) }
      if count < 0 {
        if errno == EINTR { continue }
        throw StorageError("write", path)
      }
      offset += count
    }
  }
}
