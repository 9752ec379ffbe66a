internal import Glibc

/// Writing that survives a crash: temporary file beside the target, fsync, rename, fsync of the folder.
package enum DurableFile {
  /// Replaces `path` with `bytes` as a whole: a reader sees the old file or the new one, never a part.
  /// - Parameter folder: where the temporary file is made, on the file system of `path`; nil makes it beside `path`.
  /// - Throws: `StorageError`.
  package static func replace(
    _ path: String, with bytes: some Collection<UInt8>, temporaryIn folder: String? = nil
  ) throws(StorageError) {
    let temporary = folder.map { "\($0)/\(getpid()).tmp" } ?? "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw StorageError("create", temporary) }
    do throws(StorageError) {
      try write(Array(bytes), to: descriptor, path: temporary)
      guard fsync(descriptor) == 0 else { throw StorageError("fsync", temporary) }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0 else { throw StorageError("close", temporary) }
    guard rename(temporary, path) == 0 else {
      let error = StorageError("rename", temporary)
      unlink(temporary)
      throw error
    }
    try syncFolder(parent(of: path))
  }

  /// Replaces `path` with memory, part after part, as a whole.
  /// - Throws: `StorageError`.
  package static func replace(_ path: String, with parts: [UnsafeMutableRawBufferPointer]) throws(StorageError) {
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StorageError("create", temporary) }
    do throws(StorageError) {
      for part in parts { try write(UnsafeRawBufferPointer(part), to: descriptor, path: temporary) }
      guard fsync(descriptor) == 0 else { throw StorageError("fsync", temporary) }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0 else { throw StorageError("close", temporary) }
    guard rename(temporary, path) == 0 else { throw StorageError("rename", temporary) }
    try syncFolder(parent(of: path))
  }

  /// Reads a file into memory, part after part.
  /// - Throws: `StorageError`, also where the file is shorter.
  package static func read(_ path: String, into parts: [UnsafeMutableRawBufferPointer]) throws(StorageError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StorageError("open", path) }
    defer { close(descriptor) }
    for part in parts {
      var rest = part
      while let start = rest.baseAddress, !rest.isEmpty {
        let count = Glibc.read(descriptor, start, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw StorageError("read", path, code: count == 0 ? EIO : errno) }
        rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
      }
    }
  }

  /// Moves a finished file to its place on the same file system, replacing what is there, and makes both durable.
  /// - Throws: `StorageError`.
  package static func move(_ file: String, to target: String) throws(StorageError) {
    try sync(file)
    guard rename(file, target) == 0 else { throw StorageError("rename \(file) to", target) }
    try syncFolder(parent(of: target))
  }

  /// Renames a folder into place and makes the rename durable. `target` must not exist.
  /// - Throws: `StorageError`.
  package static func publish(folder: String, as target: String) throws(StorageError) {
    guard access(target, F_OK) != 0 else { throw StorageError("publish", target, code: EEXIST) }
    guard rename(folder, target) == 0 else { throw StorageError("rename \(folder) to", target) }
    try syncFolder(parent(of: target))
    try syncFolder(parent(of: folder))
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

  private static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(StorageError) {
    let result = bytes.withUnsafeBytes { (buffer) -> Result<Void, StorageError> in
      do throws(StorageError) { return .success(try write(buffer, to: descriptor, path: path)) } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(StorageError) {
    var rest = bytes
    while let start = rest.baseAddress, !rest.isEmpty {
      let count = Glibc.write(descriptor, start, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw StorageError("write", path)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
