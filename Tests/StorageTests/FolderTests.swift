import Glibc
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

/// Where the process is may have no name that can be used: relative paths are no paths of the root for that.
@Test func relativePathsStayRelativeToWhereTheProcessIs() async throws {
  let folder = try TemporaryFolder().path
  await #expect(processExitsWith: .success) { [folder = folder as String] in
    try FileManager.default.createDirectory(atPath: folder + "/away", withIntermediateDirectories: true)
    precondition(chdir(folder + "/away") == 0 && rmdir(folder + "/away") == 0)
    precondition(Folder.absolute("x") == "/proc/self/cwd/x")
    // Longer than a path may be, one folder after the other.
    precondition(chdir(folder) == 0)
    for _ in 0..<22 {
      let name = String(repeating: "n", count: 200)
      precondition(mkdir(name, 0o755) == 0 && chdir(name) == 0)
    }
    precondition(mkdir("store", 0o755) == 0 && Folder.isFolder(Folder.absolute("store")))
  }
}

@Test func linksAreFollowedAsFarAsThereIsSomething() throws {
  let folder = try TemporaryFolder()
  let real = Folder.resolved(folder.path)
  try FileManager.default.createDirectory(atPath: folder.path + "/a/b", withIntermediateDirectories: true)
  try FileManager.default.createSymbolicLink(atPath: folder.path + "/l", withDestinationPath: folder.path + "/a")
  #expect(Folder.resolved(folder.path + "/l/b/none/at/all") == real + "/a/b/none/at/all")
  #expect(Folder.resolved("/none/at/all") == "/none/at/all")
}
