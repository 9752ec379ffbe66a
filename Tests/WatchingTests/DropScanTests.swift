import Foundation
import Storage
import TestSupport
import Testing
import Watching

private func write(_ text: String, _ path: String) throws {
  try FileManager.default.createDirectory(
    atPath: Folder.parent(of: path), withIntermediateDirectories: true)
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
}

private func names(_ folder: String) throws -> [String] {
  try DropScan.scan(folder).map { String($0.location.dropFirst(folder.count + 1)) }
}

@Test(arguments: [
  ".hidden.SAFE", "a.zip.part", "a.SAFE.tmp", "a.zip~", "a.zip.filepart", "A.ZIP.PART", "notes.txt", "a.zip.crdownload",
])
func whatIsUnfinishedIsNoCandidate(name: String) throws {
  let folder = try TemporaryFolder()
  try write("x", "\(folder.path)/\(name)")
  #expect(try names(folder.path).isEmpty)
}

@Test func candidatesAreFoundThreeLevelsDeepAndInsideNoProduct() throws {
  let folder = try TemporaryFolder()
  for path in [
    "a.SAFE/GRANULE/b.zip", "c.zip", "one/d.ZIP", "one/two/three/e.SAFE/x", "one/two/three/four/f.zip", ".git/g.zip",
  ] { try write("x", "\(folder.path)/\(path)") }
  #expect(symlink(folder.path, folder.path + "/round") == 0)
  #expect(try names(folder.path) == ["a.SAFE", "c.zip", "one/d.ZIP", "one/two/three/e.SAFE"])
}

@Test func theSignatureFollowsEveryFile() throws {
  let folder = try TemporaryFolder()
  let product = folder.path + "/a.SAFE"
  try write("x", product + "/GRANULE/IMG/b.jp2")
  let first = try #require(DropScan.look(at: product))
  #expect(DropScan.look(at: product) == first)
  #expect(abs(first.lastChange.timeIntervalSinceNow) < 60)
  try write("xy", product + "/GRANULE/IMG/b.jp2")
  let second = try #require(DropScan.look(at: product))
  try write("", product + "/GRANULE/c")
  let third = try #require(DropScan.look(at: product))
  #expect(Set([first, second, third].map(\.signature)).count == 3)
  #expect(chmod(product + "/GRANULE/c", 0) == 0)
  #expect(DropScan.look(at: product)?.signature != third.signature, "a file that became readable is news, too")
  #expect(DropScan.look(at: folder.path + "/none.SAFE") == nil)
}

@Test func aFolderThatCannotBeListedIsAnErrorAndNotEmpty() throws {
  let folder = try TemporaryFolder()
  #expect(throws: StorageError.self) { try DropScan.scan(folder.path + "/missing") }
}
