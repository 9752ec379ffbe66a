import Foundation
import Storage
import TestSupport
import Testing

@Test func replacesAsAWhole() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/a"
  try DurableFile.replace(path, with: Array("one".utf8))
  try DurableFile.replace(path, with: Array("two".utf8))
  #expect(FileManager.default.contents(atPath: path) == Data("two".utf8))
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
  #expect(throws: StorageError.self) { try DurableFile.replace(folder.path + "/none/a", with: []) }
}

@Test func neverPublishesOverAnything() throws {
  let folder = try TemporaryFolder()
  try Folder.make(folder.path + "/new")
  try Folder.make(folder.path + "/old")
  #expect(throws: StorageError.self) {
    try DurableFile.publish(folder: folder.path + "/new", as: folder.path + "/old")
  }
  #expect(Folder.isFolder(folder.path + "/new"))
}

/// FIPS 202 and RFC 1321 test vectors.
@Test func digestsEqualTheirStandards() {
  #expect(Digester.hexadecimal(.md5, of: "abc".utf8) == "900150983cd24fb0d6963f7d28e17f72")
  #expect(
    Digester.hexadecimal(.sha3_256, of: "abc".utf8)
      == "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532")
  #expect(
    Digester.hexadecimal(.sha256, of: "abc".utf8)
      == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  #expect(DigestAlgorithm(manifestName: "sha3-256") == .sha3_256 && DigestAlgorithm(manifestName: "CRC") == nil)
}

@Test func aMappedFileKeepsWhatIsWritten() throws {
  let folder = try TemporaryFolder()
  let file = try MappedFile(creating: folder.path + "/m", count: 1000)
  #expect(file.bytes.allSatisfy { $0 == 0 })
  file.bytes[999] = 7
  #expect(FileManager.default.contents(atPath: folder.path + "/m")?.last == 7)
  #expect(throws: StorageError.self) { try MappedFile(creating: folder.path + "/m", count: 10) }
}
