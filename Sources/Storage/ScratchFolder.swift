internal import Glibc

/// A private folder for files that live as long as one job. It is locked while its process lives, so that the next
/// run can tell what a killed one left behind and removes it.
package final class ScratchFolder: Sendable {
  package let path: String
  private let lock: FileLock

  /// Makes `<parent>/<purpose>-XXXXXX` and removes abandoned folders of the same purpose.
  /// - Throws: `StorageError`.
  package init(in parent: String, purpose: String) throws(StorageError) {
    try Folder.make(parent)
    // One process at a time makes or sweeps, so that a folder is never seen without its lock.
    let gate = try FileLock.acquire(parent + "/.\(purpose).gate")
    defer { withExtendedLifetime(gate) {} }
    try Self.sweep(parent, purpose: purpose)
    var template = Array((parent + "/\(purpose)-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw StorageError("make scratch folder", parent) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    lock = try FileLock.acquire(path + "/.lock")
  }

  deinit { try? Folder.remove(path) }

  /// Removes the folder now, with errors reported.
  package func remove() throws(StorageError) { try Folder.remove(path) }

  private static func sweep(_ parent: String, purpose: String) throws(StorageError) {
    for name in Folder.list(parent) where name.hasPrefix("\(purpose)-") {
      let folder = "\(parent)/\(name)"
      guard Folder.isFolder(folder), try FileLock.tryAcquire(folder + "/.lock") != nil else { continue }
      try Folder.remove(folder)
    }
  }
}
