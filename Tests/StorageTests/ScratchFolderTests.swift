import Foundation
import Storage
import TestSupport
import Testing

/// Folders that only look like scratch are never removed, abandoned scratch is.
@Test func onlyItsOwnAbandonedFoldersAreRemoved() throws {
  let folder = try TemporaryFolder()
  let precious = ["supertile-results", "job-abc123", ".supertile", "supertile-AbCdEf"].map { folder.path + "/" + $0 }
  for path in precious {
    try Folder.make(path)
    #expect(FileManager.default.createFile(atPath: path + "/a.txt", contents: Data("precious".utf8)))
  }
  var first: ScratchFolder? = try ScratchFolder(in: folder.path)
  let firstPath = try #require(first).path
  // A second job beside a living one leaves it alone.
  let second = try ScratchFolder(in: folder.path)
  #expect(Folder.isFolder(firstPath) && firstPath != second.path)
  first = nil
  #expect(!Folder.exists(firstPath))
  // What a killed job left: a folder whose lock nobody holds.
  let parent = try #require(URL(fileURLWithPath: second.path).deletingLastPathComponent().path as String?)
  let abandoned = parent + "/job-XYZ123"
  try Folder.make(abandoned)
  #expect(FileManager.default.createFile(atPath: abandoned + "/mosaic.f32", contents: Data(count: 10)))
  try ScratchFolder.sweep(in: folder.path + "/nowhere")
  #expect(!Folder.exists(folder.path + "/nowhere"), "nothing is made to be swept")
  try ScratchFolder.sweep(in: folder.path)
  #expect(!Folder.exists(abandoned) && Folder.isFolder(second.path))
  try Folder.make(abandoned)
  let third = try ScratchFolder(in: folder.path)
  #expect(!Folder.exists(abandoned) && Folder.isFolder(second.path))
  for path in precious { #expect(Folder.exists(path + "/a.txt")) }
  withExtendedLifetime((second, third)) {}
}

@Test func aPlaceThatIsNoFolderIsRefused() throws {
  let folder = try TemporaryFolder()
  let place = folder.path + "/.supertile-scratch-\(geteuid())"
  #expect(FileManager.default.createFile(atPath: place, contents: Data()))
  #expect(throws: StorageError.self) { try ScratchFolder(in: folder.path) }
}
