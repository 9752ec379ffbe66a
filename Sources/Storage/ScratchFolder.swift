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
    let (place, gate) = try ScratchPlace.enter(parent)
    defer { withExtendedLifetime(gate) {} }
    try ScratchPlace.sweep(place, where: Self.isOne)
    var template = Array("\(place)/\(Self.prefix)XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw StorageError("make scratch folder", place) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    lock = try FileLock.acquire(path + "/.lock")
  }

  /// Removes abandoned ones, for who makes none: they may be as large as a tile is.
  /// - Throws: `StorageError`.
  package static func sweep(in parent: String) throws(StorageError) {
    guard ScratchPlace.exists(in: parent) else { return }
    let (place, gate) = try ScratchPlace.enter(parent)
    defer { withExtendedLifetime(gate) {} }
    try ScratchPlace.sweep(place, where: isOne)
  }

  private static func isOne(_ name: String) -> Bool {
    name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 6
  }

  deinit { try? Folder.remove(path) }
}
