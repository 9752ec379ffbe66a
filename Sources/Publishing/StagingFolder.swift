private import Storage

/// A folder in which an item is put together, on the file system of the store. A lock file beside it is held while
/// its process lives, so that a later run can tell what a killed one left behind.
final class StagingFolder: Sendable {
  let path: String
  private let lock: FileLock

  /// Makes `<staging>/<name>-xxxxxx`, and removes abandoned ones of whatever name.
  /// - Throws: `StorageError`.
  init(in staging: String, name: String) throws {
    let gate = try Self.gate(staging)
    defer { withExtendedLifetime(gate) {} }
    try Self.sweepLocked(staging)
    var candidate: String
    repeat {
      let suffix = (0..<6).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement() ?? "0" }
      candidate = "\(staging)/\(name)-\(String(suffix))"
    } while Folder.exists(candidate) || Folder.exists(candidate + ".lock")
    lock = try FileLock.acquire(candidate + ".lock")
    path = candidate
    try Folder.make(candidate)
  }

  deinit {
    try? Folder.remove(path)
    try? Folder.remove(lock.path)
  }

  /// Removes what killed runs left: folders and locks that nobody holds.
  /// - Throws: `StorageError`.
  static func sweep(_ staging: String) throws {
    let gate = try gate(staging)
    defer { withExtendedLifetime(gate) {} }
    try sweepLocked(staging)
  }

  /// One process at a time makes or sweeps, so that a folder is never seen without its lock.
  private static func gate(_ staging: String) throws -> FileLock {
    try Folder.make(staging)
    return try FileLock.acquire(staging + "/.gate")
  }

  private static func sweepLocked(_ staging: String) throws {
    for name in Folder.list(staging) where !name.hasPrefix(".") {
      let path = "\(staging)/\(name)"
      if name.hasSuffix(".lock") {
        let folder = String(path.dropLast(".lock".count))
        // What cannot be removed, as what a file server keeps for its readers, harms nobody: another time.
        guard let lock = try? FileLock.tryAcquire(path) else { continue }
        do {
          try Folder.remove(folder)
          try Folder.remove(lock.path)
        } catch { continue }
      } else if Folder.isFolder(path), !Folder.exists(path + ".lock") {
        try? Folder.remove(path)
      }
    }
  }
}
