internal import Glibc

/// Where scratch folders of this user lie in a parent folder: `<parent>/.supertile-scratch-<user>`.
enum ScratchPlace {
  /// Makes the place and holds its gate: one process at a time makes or sweeps, so that a folder is never seen without
  /// its lock.
  /// - Throws: `StorageError`, also where the place belongs to another user.
  static func enter(_ parent: String) throws(StorageError) -> (path: String, gate: FileLock) {
    try Folder.make(parent)
    let place = path(in: parent)
    if mkdir(place, 0o700) != 0, errno != EEXIST { throw StorageError("make folder", place) }
    var status = stat()
    guard lstat(place, &status) == 0 else { throw StorageError("look at", place) }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
      throw StorageError("use as scratch", place, reason: "it is no folder of this user; remove it or choose another")
    }
    return (place, try FileLock.acquire(place + "/.gate"))
  }

  /// Whether anything was ever made there.
  static func exists(in parent: String) -> Bool { Folder.exists(path(in: parent)) }

  private static func path(in parent: String) -> String { "\(parent)/.supertile-scratch-\(geteuid())" }

  /// Removes the folders of `place` that `isAbandoned` names and whose process is gone. Nothing else is touched.
  static func sweep(_ place: String, where isAbandoned: (String) -> Bool) throws(StorageError) {
    for name in Folder.list(place) where isAbandoned(name) {
      let folder = "\(place)/\(name)"
      // Its owner may be removing it at this moment.
      guard Folder.isFolder(folder), (try? FileLock.tryAcquire(folder + "/.lock")) != nil else { continue }
      try? Folder.remove(folder)
    }
  }
}
