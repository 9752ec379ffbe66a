internal import Glibc

/// A folder that is open, and that is no link. What is done in it is done there, whatever others put in its place
/// meanwhile: where many may write, the path alone could lead elsewhere by the time it is used.
package final class OpenFolder: Sendable {
  private let descriptor: Int32
  package let path: String

  /// Folders inside each other that are removed as they lie; no product has as many.
  private static let deepest = 32

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
  /// none that somebody puts in while it goes on. What cannot be removed keeps nothing else.
  /// - Throws: `StorageError` that names the first that cannot be removed.
  package func remove(_ name: Name) throws(StorageError) {
    var (left, failure) = ([name], StorageError?.none)
    while let next = left.popLast() {
      let removal = Removal(top: descriptor, path: path, deepest: Self.deepest)
      removal.remove(next, in: descriptor, path, depth: 0)
      left += removal.deeper
      failure = failure ?? removal.failure
    }
    if let failure { throw failure }
  }

  fileprivate static func names(_ descriptor: Int32, _ path: String) throws(StorageError) -> [Name] {
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

/// The removal of one tree. What lies deeper than a process may have folders open is moved up, and is then a tree of its own.
private final class Removal {
  private let top: Int32
  private let path: String
  private let deepest: Int
  private(set) var deeper: [OpenFolder.Name] = []
  private(set) var failure: StorageError?

  init(top: Int32, path: String, deepest: Int) {
    self.top = top
    self.path = path
    self.deepest = deepest
  }

  /// - Returns: whether it is gone.
  @discardableResult
  func remove(_ name: OpenFolder.Name, in folder: Int32, _ path: String, depth: Int) -> Bool {
    let place = "\(path)/\(name.text)"
    if unlinkat(folder, name.bytes, 0) == 0 || errno == ENOENT { return true }
    // Of a folder one or the other is said, of a file that may not be removed the second.
    let refusal = StorageError("remove", place)
    guard refusal.code == EISDIR || refusal.code == EPERM else { return fail(refusal) }
    if depth == deepest { return moveUp(name, from: folder, place) }
    let inner = openat(folder, name.bytes, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard inner >= 0 else {
      let isFile = errno == ENOTDIR || errno == ELOOP
      return errno == ENOENT || fail(isFile ? refusal : StorageError("remove", place))
    }
    defer { close(inner) }
    do throws(StorageError) {
      var isEmpty = true
      for entry in try OpenFolder.names(inner, place) {
        if !remove(entry, in: inner, place, depth: depth + 1) { isEmpty = false }
      }
      guard isEmpty else { return false }
    } catch { return fail(error) }
    return unlinkat(folder, name.bytes, AT_REMOVEDIR) == 0 || errno == ENOENT || fail(StorageError("remove", place))
  }

  private func moveUp(_ name: OpenFolder.Name, from folder: Int32, _ place: String) -> Bool {
    var status = stat()
    for number in 1... {
      let free = OpenFolder.Name("deeper-\(number)")
      if fstatat(top, free.bytes, &status, AT_SYMLINK_NOFOLLOW) == 0 { continue }
      guard renameat(folder, name.bytes, top, free.bytes) == 0 else { break }
      deeper.append(free)
      return true
    }
    return fail(StorageError("remove", place))
  }

  private func fail(_ error: StorageError) -> Bool {
    failure = failure ?? error
    return false
  }
}
