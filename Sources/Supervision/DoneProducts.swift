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
  static func freePlace(_ path: String) -> String { free(path, exists: Folder.exists) }

  private static func free(_ path: String, exists: (String) -> Bool) -> String {
    let ending = [".SAFE.zip", ".SAFE", ".zip"].first { path.lowercased().hasSuffix($0.lowercased()) } ?? ""
    let stem = path.dropLast(ending.count)
    let names = sequence(first: 2) { $0 + 1 }.lazy.map { "\(stem).\($0)\(path.suffix(ending.count))" }
    return exists(path) ? names.first { !exists($0) } ?? path : path
  }

  /// What is moved to where it comes from, by a link, would be found there and moved again.
  /// - Throws: `StorageError`.
  static func check(_ doneFolder: String, isOutside folder: DropFolder) throws(StorageError) {
    let (done, drop) = (Folder.resolved(doneFolder) + "/", Folder.resolved(folder.path) + "/")
    guard done.hasPrefix(drop) else { return }
    throw StorageError(
      "move to", doneFolder, reason: "it lies in the drop folder \(folder.path) by a link; choose another")
  }

  /// What lies in another drop folder, too, whose path leads to the same folder or to one around it, as by a link or a bind
  /// mount, is not to go for the sake of this one.
  /// - Parameter others: locations of products of its name in other drop folders.
  /// - Throws: `StorageError`.
  static func check(_ location: String, isNone others: [String]) throws(StorageError) {
    // Not the products themselves: each of two links to one archive may go.
    let place = Folder.parent(of: location)
    guard let other = others.first(where: { Folder.areSame(Folder.parent(of: $0), place) }) else { return }
    throw StorageError(
      "take away", location, reason: "it is \(other), too, of another drop folder; give them separate folders")
  }

  /// Moves a product to `target`, on the same file system.
  /// - Throws: `StorageError`.
  static func move(_ location: String, to target: String) throws(StorageError) {
    try Folder.make(Folder.parent(of: target))
    do { try DurableFile.publish(folder: location, as: target) } catch  where error.code == EXDEV {
      throw StorageError(
        "move to", target,
        reason:
          "it is on another file system, or on another mount of the same; choose a done_folder beside the drop folder, "
          + "on one mount")
    }
  }

  /// Takes a product away from its place, to be removed where nobody sees it. Who drops products may put a link where they
  /// go, to lead the daemon to what only it may remove: none is followed.
  /// - Throws: `StorageError`.
  static func takeAway(_ location: String, from folder: DropFolder) throws(StorageError) {
    do { try throwAway(location, from: folder) } catch {
      switch error.code {
      // On a file system of its own below the drop folder.
      case EXDEV: try OpenFolder.open(Folder.parent(of: location), followsLink: true)?.remove(.init(name(of: location)))
      // The folder went away, as it was empty.
      case ENOENT where Folder.exists(location): try throwAway(location, from: folder)
      default: throw error
      }
    }
  }

  private static func throwAway(_ location: String, from folder: DropFolder) throws(StorageError) {
    let place = deleted(folder)
    try Folder.make(place)
    guard let bin = try OpenFolder.open(place) else { throw StorageError("open", place, code: ENOENT) }
    try bin.take(location, as: free(name(of: location), exists: bin.exists))
  }

  private static func name(of location: String) -> String { (location as NSString).lastPathComponent }
}
