internal import Foundation
internal import Settings
internal import Storage
internal import Watching

/// Where products go that are done with, and how: as a whole or not at all.
enum DoneProducts {
  /// In a drop folder: what is deleted is put here first, where no scan looks, since a removal that ends half way must
  /// not leave a part of a product in its place.
  private static let deleted = ".supertile-deleted"

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

  /// Moves a product to `target`, on the same file system.
  /// - Throws: `StorageError`.
  static func move(_ location: String, to target: String) throws(StorageError) {
    try Folder.make(Folder.parent(of: target))
    try DurableFile.publish(folder: location, as: target)
  }

  /// Takes a product away from its place; `sweep` removes what it was.
  /// - Throws: `StorageError`.
  static func takeAway(_ location: String, from folder: DropFolder) throws(StorageError) {
    do {
      try move(location, to: freePlace(place(of: location, in: "\(folder.path)/\(deleted)")))
    } catch  where error.code == EXDEV {
      // On a file system of its own below the drop folder.
      try Folder.remove(location)
    }
  }

  /// Removes what was taken away, also what an earlier attempt left.
  /// - Throws: `StorageError` that names the first file that cannot be removed.
  static func sweep(_ folder: DropFolder) throws(StorageError) { try Folder.remove("\(folder.path)/\(deleted)") }
}
