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

/// Memory that was let go of is read again from the file, and is no longer the process's own.
@Test func aMappedFileKeepsWhatItLetsGoOf() async {
  // What other tests load would count too.
  await #expect(processExitsWith: .success) {
    func residentMappedBytes() throws -> Int {
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      let lines = status.split(separator: "\n").filter { $0.hasPrefix("RssFile:") || $0.hasPrefix("RssShmem:") }
      return 1024
        * lines.reduce(0) { $0 + ($1.split { " \t".contains($0) }.dropFirst().first.flatMap { Int($0) } ?? 0) }
    }
    let folder = try TemporaryFolder()
    let count = 64 << 20
    let file = try MappedFile(creating: folder.path + "/m", count: count)
    for index in stride(from: 0, to: count, by: 4096) { file.bytes[index] = UInt8(truncatingIfNeeded: index >> 12) }
    let before = try residentMappedBytes()
    file.release()
    #expect(try residentMappedBytes() < before - count / 2)
    let isKept = stride(from: 0, to: count, by: 4096).allSatisfy {
      file.bytes[$0] == UInt8(truncatingIfNeeded: $0 >> 12)
    }
    #expect(isKept)
  }
}

@Test func aMappedFileKeepsWhatIsWritten() throws {
  let folder = try TemporaryFolder()
  let file = try MappedFile(creating: folder.path + "/m", count: 1000)
  #expect(file.bytes.allSatisfy { $0 == 0 })
  file.bytes[999] = 7
  #expect(FileManager.default.contents(atPath: folder.path + "/m")?.last == 7)
  #expect(throws: StorageError.self) { try MappedFile(creating: folder.path + "/m", count: 10) }
}

@Test func whatIsWrittenToAMappedFileIsSeenInItAndOnTheDisk() throws {
  let folder = try TemporaryFolder()
  let file = try MappedFile(creating: folder.path + "/m", count: 10_000)
  file.bytes[4999] = 1
  try (0..<4000).map { UInt8($0 % 251) }.withUnsafeBytes { try file.write($0, at: 5000) }
  #expect(file.bytes[4999] == 1 && file.bytes[9000] == 0)
  #expect((0..<4000).allSatisfy { file.bytes[5000 + $0] == UInt8($0 % 251) })
  #expect(FileManager.default.contents(atPath: folder.path + "/m") == Data(file.bytes))
}
