import Foundation
import Storage
import TestSupport
import Testing

@Test func foldersAreListedOrSaidNotToBe() throws {
  let folder = try TemporaryFolder()
  for name in ["b", "a", ".c", "\u{e4}"] { try Data().write(to: URL(fileURLWithPath: "\(folder.path)/\(name)")) }
  #expect(try Folder.entries(folder.path) == [".c", "a", "b", "\u{e4}"])
  #expect(try Folder.namesIfAny(folder.path + "/none") == [] && Folder.namesIfAny(folder.path + "/a") == [])
  #expect(throws: StorageError.self) { try Folder.entries(folder.path + "/none") }
  // A link to itself cannot be listed, whoever asks.
  try FileManager.default.createSymbolicLink(atPath: folder.path + "/l", withDestinationPath: folder.path + "/l")
  let error = #expect(throws: StorageError.self) { try Folder.namesIfAny(folder.path + "/l") }
  #expect(error?.code == ELOOP && error?.path == folder.path + "/l")
}

@Test func removalTakesLinksAndSaysWhatItCannotRemove() throws {
  let folder = try TemporaryFolder()
  let link = folder.path + "/dangling"
  try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path + "/none")
  try Folder.remove(link)
  #expect(try Folder.entries(folder.path) == [])
  try Folder.make(folder.path + "/a/b")
  Folder.removeIfEmpty(folder.path + "/a")
  #expect(Folder.isFolder(folder.path + "/a/b"))
  Folder.removeIfEmpty(folder.path + "/a/b")
  #expect(!Folder.exists(folder.path + "/a/b"))
  // Nobody may remove what the system itself shows.
  let error = #expect(throws: StorageError.self) { try Folder.remove("/proc/self/status") }
  #expect(error?.path == "/proc/self/status" && [EPERM, EACCES].contains(error?.code ?? 0), "\(error as Any)")
}
