import Foundation
import Intake
import Product
import Testing

@Suite struct ArchiveTests {
  let folder = TestFolder()

  /// Names are UTF-8, as Info-ZIP writes them, without saying so.
  @Test(arguments: [nil, "", "./", "Scène 31TCJ/"] as [String?], [false, true])
  func bothLayoutsStoredOrDeflated(prefix: String?, deflated: Bool) throws {
    let sample = SampleProduct()
    let path = sample.zip(
      in: folder, as: deflated ? nil : sample.stem + ".SAFE.zip", prefix: prefix, deflated: deflated)
    let product = try accepted(intake(path))
    #expect(product.location == path)
    #expect(
      product.notes.isEmpty || prefix == "Scène 31TCJ/" && product.notes.count == 1, "the folder has another name")
    #expect(product.bands.allSatisfy { $0.file.path.hasPrefix("/vsizip/{\(path)}/") })
    #expect(FileManager.default.subpaths(atPath: folder.path)?.count == 1)
  }

  @Test func anArchiveWithACommentIsRead() throws {
    var archive = SampleArchive()
    let sample = SampleProduct()
    for (member, bytes) in sample.everything { archive.add(member, bytes) }
    archive.comment = Array("Sentinel".utf8)
    folder.write(archive.bytes, to: folder.path + "/a.zip")
    _ = try accepted(intake(folder.path + "/a.zip"))
  }

  /// A finished archive lacks what it lacks.
  @Test func missingMembersAreRefused() {
    var sample = SampleProduct()
    sample.files[sample.image("B03")] = nil
    expectRefused(intake(sample.zip(in: folder)), "B03_10m.jp2", "no such file")
    sample = SampleProduct()
    sample.manifest = nil
    expectRefused(intake(sample.zip(in: folder, as: "b.zip")), "manifest.safe", "no such file")
  }

  @Test(arguments: [
    "../x", "a/../../x", "/etc/cron.d/x", "..\\x", "C:\\x", "a/./b", "a//b", "..", "..\u{338}/x", "../\u{338}x", "a\nb",
    "S2A.SAFE/MTD_MSIL2A.xml:Zone.Identifier",
  ])
  func namesOutsideTheProductAreRefused(name: String) {
    // A slash with a combining mark is one character, but two on the way to the file system.
    // A colon that is not a drive's is a name's, as of streams that a copy of Windows' files leaves.
    let isInside = name == "..\u{338}/x" || name.hasSuffix(":Zone.Identifier")
    var archive = SampleArchive()
    for (member, bytes) in SampleProduct().everything { archive.add(member, bytes) }
    archive.add(name, [1])
    folder.write(archive.bytes, to: folder.path + "/a.zip")
    let outcome = intake(folder.path + "/a.zip")
    if isInside { #expect(outcome.product != nil) } else { expectRefused(outcome, "a.zip", "outside the product") }
  }

  @Test func lyingMembersAreRefused() {
    let sample = SampleProduct()
    let cases: [(String, SampleArchive.Lies, Bool, String)] = [
      ("B02_10m.jp2", .init(size: 3 << 30), true, "unpack"),
      ("MTD_MSIL2A.xml", .init(size: 100 << 20), true, "unpack"),
      ("MTD_TL.xml", .init(size: 5), true, ""),
      ("SCL_20m.jp2", .init(flags: 1), false, "encrypted"),
      ("B03_10m.jp2", .init(method: 93), false, "method 93"),
      ("B04_10m.jp2", .init(size: 1 << 20), false, "two sizes"),
      ("B04_10m.jp2", .init(crc: 1), true, ""),
    ]
    for (index, (ending, lies, deflated, words)) in cases.enumerated() {
      var archive = SampleArchive()
      for (member, bytes) in sample.everything.sorted(by: { $0.key < $1.key }) {
        let isLiar = member.hasSuffix(ending)
        archive.add(member, bytes, deflated: isLiar && deflated, lies: isLiar ? lies : .init())
      }
      let path = folder.path + "/\(index).zip"
      folder.write(archive.bytes, to: path)
      expectRefused(intake(path), ending, words)
    }
  }

  @Test func aMemberThatOccursTwiceIsRefused() {
    let sample = SampleProduct()
    var archive = SampleArchive()
    for (member, bytes) in sample.everything { archive.add(member, bytes) }
    archive.add(sample.image("B02"), [1, 2, 3])
    folder.write(archive.bytes, to: folder.path + "/a.zip")
    expectRefused(intake(folder.path + "/a.zip"), "B02_10m.jp2", "two members")
    expectRefused(intake(folder.path + "/a.zip"), "B02_10m.jp2", "make the archive again")
  }

  /// What takes a look at every name for every name takes an hour.
  @Test(.timeLimit(.minutes(2))) func anArchiveOfManyNamesIsLookedAtOnce() {
    var archive = SampleArchive()
    for index in 0..<60_000 { archive.add("\(index).txt", []) }
    folder.write(archive.bytes, to: folder.path + "/a.zip")
    expectRefused(intake(folder.path + "/a.zip"), "a.zip", "an archive of other files")
  }

  @Test func damagedDirectoriesNeverCrash() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: SampleProduct().zip(in: folder))))
    var random = SeededRandom(7)
    for index in 0..<60 {
      var damaged = bytes
      // The directory is at the end; extremes find unchecked arithmetic.
      let position = bytes.count - 1 - random.next(900)
      for offset in 0..<(1 + random.next(8)) where position + offset < bytes.count {
        damaged[position + offset] = [0, 0xff, 0x7f, UInt8(random.next(256))][random.next(4)]
      }
      let path = folder.path + "/damaged\(index).zip"
      folder.write(damaged, to: path)
      _ = intake(path)
    }
  }

  @Test(arguments: [
    ("<!DOCTYPE html><html>", "web page"), ("{\"detail\": \"Unauthorized\"}", "JSON"), ("<?xml version='1.0'?>", "XML"),
    ("\u{1f}\u{8b}\u{8}", "begins with bytes"), ("II*\0xxxx", "TIFF"), ("hello", "begins with bytes"),
    ("abc", "not a zip archive"), ("PKx", "not a zip archive"), ("\n", "not a zip archive"),
  ])
  func otherFilesAreNamed(text: String, words: String) {
    folder.write(Array(text.utf8), to: folder.path + "/a.SAFE.zip")
    expectRefused(intake(folder.path + "/a.SAFE.zip"), "a.SAFE.zip", words)
  }

  @Test(arguments: ["a}b.zip", "{a}.zip", "a{.ZIP", "x{y}.zip/b.zip"])
  func bracesInThePathAreNoObstacle(name: String) throws {
    let product = try accepted(intake(SampleProduct().zip(in: folder, as: name)))
    #expect(product.bands.count == 3)
  }

  @Test func bracesWithoutSuffixAreRefused() {
    expectRefused(intake(SampleProduct().zip(in: folder, as: "a}b")), "a}b", "a name that ends in .zip")
  }
}
