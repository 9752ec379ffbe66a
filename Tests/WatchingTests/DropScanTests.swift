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
  try DropScan.scan(folder).sightings.map { String($0.location.dropFirst(folder.count + 1)) }
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

/// Names that are equal as text and not as files, as macOS and Linux write them: one is a product, the other is told of.
@Test func ofTwinsOneIsAProduct() throws {
  let folder = try TemporaryFolder()
  for name in ["Orl\u{e9}ans/a.zip", "Orle\u{301}ans/a.zip", "copie\u{301}e.zip", "copi\u{e9}e.zip"] {
    try write("x", "\(folder.path)/\(name)")
  }
  let found = try DropScan.scan(folder.path)
  #expect(found.sightings.count == 4 && Set(found.sightings.map(\.location)).count == 2)
  func spellings(_ survey: DropSurvey) -> [[UInt8]] { survey.sightings.map { Array($0.location.utf8) } }
  let survey = found.withoutTwins(known: [])
  let again = try DropScan.scan(folder.path).withoutTwins(known: [])
  #expect(survey.sightings.count == 2 && spellings(survey) == spellings(again))
  #expect(survey.passedOver.count == 2 && survey.passedOver.allSatisfy { $0.reason.contains("has the same name") })
  // What is known stays, whichever it is.
  for known in found.sightings.map(\.location) {
    let kept = found.withoutTwins(known: [known])
    #expect(kept.sightings.count == 2 && spellings(kept).contains(Array(known.utf8)))
  }
}

/// What somebody may take for a product is not passed over in silence, and nothing else is talked about.
@Test func whatIsPassedOverIsNamed() throws {
  let folder = try TemporaryFolder()
  let stem = "S2A_MSIL2A_20240503T105621_N0510_R094_T31TCJ_20240503T150000"
  for path in [
    "one/two/three/four/f.zip", "one/two/three/four/five/g.zip", "\(stem).tar.gz", "\(stem).zip.md5", "notes.tar",
    "\(stem)/MTD_MSIL2A.xml", "good.SAFE/MTD_MSIL2A.xml", ".\(stem).tar", "\(stem).tar.part",
  ] { try write("x", "\(folder.path)/\(path)") }
  #expect(symlink(folder.path, folder.path + "/round") == 0)
  #expect(symlink(folder.path + "/none", folder.path + "/dead") == 0)
  let latin: [CChar] = Array((folder.path + "/caf").utf8CString.dropLast()) + [CChar(bitPattern: 0xe9)]
  #expect(mkdir(latin + [0], 0o755) == 0)
  #expect(mkdir(latin + Array(".SAFE".utf8CString), 0o755) == 0)
  #expect(open(latin + Array(".txt".utf8CString), O_CREAT | O_WRONLY, 0o644) >= 0)
  let survey = try DropScan.scan(folder.path)
  #expect(survey.sightings.map(\.location) == [folder.path + "/good.SAFE"])
  let found = survey.passedOver.map { "\($0)".dropFirst(folder.path.utf8.count + 1) }.sorted()
  let expected = [
    "\(stem): passed over: a product whose folder is not named .SAFE; rename it",
    "\(stem).tar.gz: passed over: neither a .SAFE folder nor a zip archive; unpack it elsewhere and move the .SAFE "
      + "folder here",
    "caf\u{fffd}: passed over: its name is not UTF-8; rename it",
    "caf\u{fffd}.SAFE: passed over: its name is not UTF-8; rename it",
    "one/two/three/four/f.zip: passed over: it lies more than 3 folders below the drop folder; move it up",
    "round: passed over: a link to a folder is not followed; give the folder, or a link to each product",
  ]
  #expect(found.map(String.init) == expected.sorted())
  #expect(!survey.isHidden(folder.path + "/round/a.SAFE"))
}

/// A folder that cannot be listed, or not be entered, is named; what was known to lie there is not known to be gone.
@Test(.enabled(if: geteuid() == 0, "another user's rights can be tried by root alone"), arguments: [0o300, 0o400])
func whatCannotBeLookedIntoHidesItsProducts(mode: mode_t) throws {
  let folder = try TemporaryFolder()
  for path in ["batch/a.SAFE/x", "batch/plain/c.zip", "b.SAFE/x"] { try write("x", "\(folder.path)/\(path)") }
  #expect(chmod(folder.path, 0o755) == 0)
  #expect(chmod(folder.path + "/batch", mode) == 0)
  defer { chmod(folder.path + "/batch", 0o755) }
  // The rights of this thread alone, for files; Swift does not see this function of the C library.
  typealias SetUser = @convention(c) (uid_t) -> CInt
  let setUser = unsafeBitCast(try #require(dlsym(nil, "setfsuid")), to: SetUser.self)
  _ = setUser(65_534)
  defer { _ = setUser(0) }
  let survey = try DropScan.scan(folder.path)
  #expect(survey.sightings.map(\.location) == [folder.path + "/b.SAFE"])
  #expect(survey.isHidden(folder.path + "/batch/a.SAFE") && survey.isHidden(folder.path + "/batch/plain/c.zip"))
  #expect(!survey.isHidden(folder.path + "/b.SAFE") && !survey.isHidden(folder.path + "/batch2/a.SAFE"))
  let first = try #require(survey.passedOver.first)
  #expect("\(first)".contains("Permission denied") && "\(first)".contains("readable for the daemon"), "\(first)")
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
