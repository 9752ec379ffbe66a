internal import Glibc

/// A private folder for files that live as long as one job: `<parent>/.supertile-scratch-<user>/job-XXXXXX`. It is locked
/// while its process lives, so that the next run can tell what a killed one left behind and removes it. Nothing else
/// in `parent` is ever touched.
package final class ScratchFolder: Sendable {
  package let path: String
  private let lock: FileLock

  private static let prefix = "job-"

  /// Makes a folder and removes abandoned ones.
  /// - Throws: `StorageError`, also where the place belongs to another user.
  package init(in parent: String) throws(StorageError) {
    try Folder.make(parent)
    let place = "\(parent)/.supertile-scratch-\(geteuid())"
    if mkdir(place, 0o700) != 0, errno != EEXIST { throw StorageError("make folder", place) }
    var status = stat()
    guard lstat(place, &status) == 0 else { throw StorageError("look at", place) }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
      throw StorageError("use as scratch", place, reason: "it is no folder of this user; remove it or choose another")
    }
    // One process at a time makes or sweeps, so that a folder is never seen without its lock.
    let gate = try FileLock.acquire(place + "/.gate")
    defer { withExtendedLifetime(gate) {} }
    try Self.sweep(place)
    var template = Array("\(place)/\(Self.prefix)XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw StorageError("make scratch folder", place) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    lock = try FileLock.acquire(path + "/.lock")
  }

  deinit { try? Folder.remove(path) }

  private static func sweep(_ place: String) throws(StorageError) {
    for name in Folder.list(place) where name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 6 {
      let folder = "\(place)/\(name)"
      guard Folder.isFolder(folder), try FileLock.tryAcquire(folder + "/.lock") != nil else { continue }
      try Folder.remove(folder)
    }
  }
}
