import Foundation
import Intake
import Product
import Storage
import Testing

@Suite struct PathTests {
  let folder = TestFolder()

  @Test func twoDotsAreKept() {
    #expect(Folder.absolute("/a//b/./c/") == "/a/b/c")
    #expect(Folder.absolute("/a/../b") == "/a/../b")
    #expect(Folder.absolute("/") == "/")
    #expect(Folder.absolute("x/./y") == FileManager.default.currentDirectoryPath + "/x/y")
    #expect(Folder.absolute("/nowhere/at/..") == "/nowhere/at/..")
  }

  /// `jump/..` is where the link leads to, not where it lies.
  @Test func twoDotsAfterALinkLeadWhereTheSystemGoes() throws {
    let sample = SampleProduct()
    let product = sample.write(in: folder, as: "real/\(sample.stem).SAFE")
    _ = sample.zip(in: folder, as: "real/a.zip")
    _ = folder.makeFolder("real/deep")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/jump", withDestinationPath: folder.path + "/real/deep")
    #expect(try accepted(intake("\(folder.path)/jump/../\(sample.stem).SAFE")).notes.isEmpty)
    #expect(try accepted(intake("\(folder.path)/jump/.././a.zip")).notes.isEmpty)
    let inside = try accepted(intake(product + "/GRANULE/.."))
    #expect(inside.location == product)
    #expect(inside.notes.isEmpty)
  }

  @Test func anEmptyPathIsRefused() {
    expectRefused(intake(""), "path", "an empty path")
  }
}
