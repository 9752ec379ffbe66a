internal import Glibc
private import Synchronization

/// A private folder that outlives a process that is killed, so that the next job with the same key goes on where that one
/// was cut off: `<parent>/.supertile-scratch-<user>/kept-<owner>-<key>`.
///
/// It is removed when the job ends, whatever its end, unless `keep` was called. What is left of killed jobs is removed
/// by the next one of the same owner with another key, and by anyone after two weeks.
package final class CheckpointFolder: Sendable {
  package let path: String
  private let lock: FileLock
  private let isKept = Atomic(false)

  private static let prefix = "kept-"
  private static let longestWait = 14 * 86_400

  /// - Parameters:
  ///   - owner: whose work it is; one job of an owner runs at a time.
  ///   - key: what the work depends on.
  /// - Throws: `StorageError`, also where another process works with the same owner and key.
  package init(in parent: String, owner: String, key: String) throws(StorageError) {
    precondition((owner + key).utf8.allSatisfy { $0 > 32 && $0 != UInt8(ascii: "/") }, "a name of a folder")
    let (place, gate) = try ScratchPlace.enter(parent)
    defer { withExtendedLifetime(gate) {} }
    let name = "\(Self.prefix)\(owner)-\(key)"
    let mine = "\(Self.prefix)\(owner)-"
    let oldest = time(nil) - Self.longestWait
    try ScratchPlace.sweep(place) {
      $0 != name && $0.hasPrefix(Self.prefix) && ($0.hasPrefix(mine) || Self.changed("\(place)/\($0)") < oldest)
    }
    path = "\(place)/\(name)"
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw StorageError("make folder", path) }
    guard let lock = try FileLock.tryAcquire(path + "/.lock") else {
      throw StorageError(
        "use as scratch", path, reason: "another process works there; wait for it, or choose another scratch")
    }
    self.lock = lock
  }

  /// Removes what killed jobs of an owner left: there is nothing to resume.
  /// - Throws: `StorageError`.
  package static func discard(in parent: String, owner: String) throws(StorageError) {
    guard ScratchPlace.exists(in: parent) else { return }
    let (place, gate) = try ScratchPlace.enter(parent)
    defer { withExtendedLifetime(gate) {} }
    try ScratchPlace.sweep(place) { $0.hasPrefix("\(prefix)\(owner)-") }
  }

  /// The job was stopped and is to be resumed: the folder stays.
  package func keep() { isKept.store(true, ordering: .relaxed) }

  deinit { if !isKept.load(ordering: .relaxed) { try? Folder.remove(path) } }

  private static func changed(_ path: String) -> Int {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mtim.tv_sec : .max
  }
}
