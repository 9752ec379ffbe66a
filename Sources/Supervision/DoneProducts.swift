internal import Foundation
internal import Settings
internal import Storage
internal import Watching

/// Where products go that are done with, and how: as a whole or not at all.
enum DoneProducts {
  /// Where what is deleted is put first: no scan looks there. A removal that ends half way must not leave a part of a
  /// product in its place.
  static func deleted(_ folder: DropFolder) -> String { folder.path + "/.supertile-deleted" }

  /// In a done folder.
  static func place(of location: String, in doneFolder: String) -> String {
    "\(doneFolder)/\((location as NSString).lastPathComponent)"
  }

  /// The path itself, or where something lies there, the same with a number before `.SAFE` or `.zip`.
  static func freePlace(_ path: String) -> String {
    let ending = [".SAFE.zip", ".SAFE", ".zip"].first { path.lowercased().hasSuffix($0.lowercased()) } ?? ""
    let stem = path.dropLast(ending.count)
    let names = sequence(first: 2) { $0 + 1 }.lazy.map { "\(stem).\($0)\(path.suffix(ending.count))" }
    return Folder.exists(path) ? names.first { !Folder.exists($0) } ?? path : path
  }

  /// What is moved to where it comes from, by a link, would be found there and moved again.
  /// - Throws: `StorageError`.
  static func check(_ doneFolder: String, isOutside folder: DropFolder) throws(StorageError) {
    let (done, drop) = (Folder.resolved(doneFolder) + "/", Folder.resolved(folder.path) + "/")
    guard done.hasPrefix(drop) else { return }
    throw StorageError(
      "move to", doneFolder, reason: "it lies in the drop folder \(folder.path) by a link; choose another")
  }

  /// Moves a product to `target`, on the same file system.
  /// - Throws: `StorageError`.
  static func move(_ location: String, to target: String) throws(StorageError) {
    try Folder.make(Folder.parent(of: target))
    try DurableFile.publish(folder: location, as: target)
  }

  /// Takes a product away from its place, to be removed where nobody sees it.
  /// - Throws: `StorageError`.
  static func takeAway(_ location: String, from folder: DropFolder) throws(StorageError) {
    let place = place(of: location, in: deleted(folder))
    do { try move(location, to: freePlace(place)) } catch {
      switch error.code {
      // On a file system of its own below the drop folder.
      case EXDEV: try Folder.remove(location)
      // The folder went away, as it was empty.
      case ENOENT where Folder.exists(location): try move(location, to: freePlace(place))
      default: throw error
      }
    }
  }
}
