internal import Glibc

/// A folder that is open, and that is no link. What is done in it is done there, whatever others put in its place
/// meanwhile: where many may write, the path alone could lead elsewhere by the time it is used.
package final class OpenFolder: Sendable {
  private let descriptor: Int32
  package let path: String

  /// Folders inside each other that are removed; no product has a tenth of that.
  private static let deepest = 200

  private init(_ descriptor: Int32, _ path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { close(descriptor) }

  /// - Parameter followsLink: whether the path itself may be a link to a folder.
  /// - Returns: nil where there is nothing.
  /// - Throws: `StorageError`, also where something else lies there.
  package static func open(_ path: String, followsLink: Bool = false) throws(StorageError) -> OpenFolder? {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (followsLink ? 0 : O_NOFOLLOW)
    let descriptor = Glibc.open(path, flags)
    guard descriptor < 0 else { return OpenFolder(descriptor, path) }
    switch errno {
    case ENOENT: return nil
    case ELOOP, ENOTDIR:
      throw StorageError("use", path, reason: "it is no folder, but a link or a file, which is not followed; remove it")
    default: throw StorageError("open", path)
    }
  }

  /// A name as its bytes are: not every one is UTF-8.
  package struct Name: Sendable {
    fileprivate let bytes: [CChar]

    package init(_ text: String) { bytes = Array(text.utf8CString) }

    fileprivate init(_ start: UnsafePointer<CChar>) {
      bytes = Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
    }

    /// For messages.
    package var text: String { bytes.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" } }
  }

  /// What lies in it.
  package func names() throws(StorageError) -> [Name] { try Self.names(descriptor, path) }

  /// Whether anything lies there, a link that leads nowhere too.
  package func exists(_ name: String) -> Bool {
    var status = stat()
    return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
  }

  /// Moves what lies at a path into this folder, for good. Nothing of that name may lie in it.
  /// - Throws: `StorageError`.
  package func take(_ other: String, as name: String) throws(StorageError) {
    guard !exists(name) else { throw StorageError("move \(other) to", "\(path)/\(name)", code: EEXIST) }
    guard renameat(AT_FDCWD, other, descriptor, name) == 0 else {
      throw StorageError("move \(other) to", "\(path)/\(name)")
    }
    guard fsync(descriptor) == 0 else { throw StorageError("fsync", path) }
    try DurableFile.syncFolder(Folder.parent(of: other))
  }

  /// Removes a file, a link or a folder with all it holds; nothing happens where there is none. No link is followed, also
  /// none that somebody puts in while it goes on.
  /// - Throws: `StorageError` that names what cannot be removed.
  package func remove(_ name: Name) throws(StorageError) {
    try Self.remove(name, in: descriptor, path, depth: 0)
  }

  private static func remove(_ name: Name, in folder: Int32, _ path: String, depth: Int) throws(StorageError) {
    let place = "\(path)/\(name.text)"
    if unlinkat(folder, name.bytes, 0) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else { throw StorageError("remove", place) }
    guard depth < deepest else { throw StorageError("remove", place, reason: "it lies in \(deepest) folders") }
    let inner = openat(folder, name.bytes, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard inner >= 0 else {
      if errno == ENOENT { return }
      throw StorageError("remove", place)
    }
    defer { close(inner) }
    for entry in try names(inner, place) { try remove(entry, in: inner, place, depth: depth + 1) }
    guard unlinkat(folder, name.bytes, AT_REMOVEDIR) == 0 || errno == ENOENT else {
      throw StorageError("remove", place)
    }
  }

  private static func names(_ descriptor: Int32, _ path: String) throws(StorageError) -> [Name] {
    // Of its own, since the stream closes it, and begins where others have read to.
    let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard own >= 0, let stream = fdopendir(own) else {
      let error = StorageError("list", path)
      if own >= 0 { close(own) }
      throw error
    }
    defer { closedir(stream) }
    var names: [Name] = []
    try Folder.forEachEntry(of: stream, path) { name, _ in names.append(Name(name)) }
    return names
  }
}
