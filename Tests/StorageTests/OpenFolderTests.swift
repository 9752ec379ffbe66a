import Foundation
import Storage
import TestSupport
import Testing

@Test func noLinkIsFollowedInAnOpenFolder() throws {
  let folder = try TemporaryFolder()
  let (files, bin, other) = (FileManager.default, folder.path + "/bin", folder.path + "/other")
  for path in ["\(bin)/X.SAFE/GRANULE/L2A", other] {
    try files.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  try Data("kept".utf8).write(to: URL(fileURLWithPath: other + "/kept"))
  // Links inside what is removed, to a folder and to nowhere.
  try files.createSymbolicLink(atPath: bin + "/X.SAFE/GRANULE/link", withDestinationPath: other)
  try files.createSymbolicLink(atPath: bin + "/X.SAFE/none", withDestinationPath: folder.path + "/none")
  let open = try #require(try OpenFolder.open(bin))
  // A name that is not UTF-8, of a folder that holds something.
  let odd: [CChar] = Array((bin + "/X.SAFE/GRANULE/odd").utf8CString.dropLast()) + [-1, -2, 0]
  #expect(mkdir(odd, 0o755) == 0 && mkdir(odd.dropLast() + Array("/inner".utf8CString), 0o755) == 0)
  #expect(try open.names().map(\.text) == ["X.SAFE"] && open.exists("X.SAFE") && !open.exists("Y.SAFE"))
  try open.remove(.init("X.SAFE"))
  try open.remove(.init("Y.SAFE"))
  #expect(try open.names().isEmpty && open.names().isEmpty)
  #expect(try String(contentsOfFile: other + "/kept", encoding: .utf8) == "kept")
  // A link in its place is no folder, and one that is put there later does not count.
  try Data("product".utf8).write(to: URL(fileURLWithPath: folder.path + "/p.zip"))
  try files.moveItem(atPath: bin, toPath: bin + "-away")
  try files.createSymbolicLink(atPath: bin, withDestinationPath: other)
  let error = #expect(throws: StorageError.self) { try OpenFolder.open(bin) }
  #expect(error?.description.contains("not followed") == true)
  #expect(try OpenFolder.open(bin, followsLink: true)?.names().map(\.text) == ["kept"])
  #expect(try OpenFolder.open(folder.path + "/nothing") == nil)
  try open.take(folder.path + "/p.zip", as: "p.zip")
  #expect(try files.contentsOfDirectory(atPath: bin + "-away") == ["p.zip"])
  try Data("again".utf8).write(to: URL(fileURLWithPath: folder.path + "/p.zip"))
  #expect(throws: StorageError.self) { try open.take(folder.path + "/p.zip", as: "p.zip") }
  #expect(try String(contentsOfFile: bin + "-away/p.zip", encoding: .utf8) == "product")
  #expect(try files.contentsOfDirectory(atPath: other) == ["kept"])
}

/// However deep folders lie in each other, and however few a process may have open.
@Test func deepTreesAreRemoved() throws {
  let folder = try TemporaryFolder()
  var path = folder.path + "/bin"
  for depth in 0..<150 {
    path += "/d\(depth)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for file in ["a", "z"] { try Data().write(to: URL(fileURLWithPath: "\(path)/\(file)")) }
  }
  let open = try #require(try OpenFolder.open(folder.path + "/bin"))
  try open.remove(.init("d0"))
  #expect(try open.names().isEmpty)
}
