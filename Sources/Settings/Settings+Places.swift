private import Foundation
private import Glibc
package import Pipeline
private import Storage

extension Settings {
  /// Whether what is configured can work with what is there now, which may be another matter tomorrow: a daemon says so and
  /// goes on.
  /// - Parameter path: of the configuration, named in errors.
  /// - Throws: `ConfigurationError`.
  package func checkPlaces(_ path: String) throws(ConfigurationError) {
    if let hook = hookCommand {
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(atPath: hook, isDirectory: &isFolder)
      guard isThere, !isFolder.boolValue, FileManager.default.isExecutableFile(atPath: hook) else {
        throw ConfigurationError(path, "daemon.hook_command is \(hook), which is no program that can be run here")
      }
    }
    for folder in dropFolders where folder.whenDone == .move {
      guard let done = folder.doneFolder, let there = Self.device(of: done), let here = Self.device(of: folder.path),
        there != here
      else { continue }
      throw ConfigurationError(
        path,
        "the done_folder \(done) lies on another file system than its drop folder \(folder.path), so that products cannot be "
          + "moved there at once; expected the same one")
    }
  }

  /// Whether folders are what they should be, and separate also by where links lead now. Waits for disks that do not
  /// answer.
  /// - Throws: `ConfigurationError`.
  package func checkFolders(_ path: String) throws(ConfigurationError) {
    let folders =
      dropFolders.map { ("the drop folder", $0.path) }
      + dropFolders.compactMap { folder in
        folder.doneFolder.map { ("the done_folder", $0) }
      }
    for (name, place) in folders + [("the store", store), ("the state", state)] {
      guard let kind = FileStatus.of(place)?.kind, kind != .folder, kind != .unreachable else { continue }
      throw ConfigurationError(path, "\(name) \(place) is a \(kind.rawValue), expected a folder")
    }
    if FileStatus.of(socket)?.kind == .folder {
      throw ConfigurationError(path, "the socket \(socket) is a folder, expected a path where a socket can be made")
    }
    for (index, folder) in dropFolders.enumerated() {
      for other in dropFolders[..<index] where Folder.areSame(folder.path, other.path) {
        throw ConfigurationError(
          path, "the drop folders \(other.path) and \(folder.path) are one, by two names; expected separate folders")
      }
    }
    var places = self
    for index in places.dropFolders.indices {
      places.dropFolders[index].path = Folder.resolved(dropFolders[index].path)
      places.dropFolders[index].doneFolder = dropFolders[index].doneFolder.map(Folder.resolved)
    }
    (places.store, places.state) = (Folder.resolved(store), Folder.resolved(state))
    (places.hookLinks, places.run.scratch) = (hookLinks.map(Folder.resolved), run.scratch.map(Folder.resolved))
    try places.check(path)
  }

  /// Of the path, or of what of it is there; nil where nothing is.
  private static func device(of path: String) -> UInt64? {
    var (path, status) = (path, stat())
    while stat(path, &status) != 0 {
      guard errno == ENOENT, path != "/" else { return nil }
      path = (path as NSString).deletingLastPathComponent
    }
    return UInt64(status.st_dev)
  }
}
