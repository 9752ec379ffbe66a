import Foundation
import GDALAdapter
import Geometry
import Glibc
import Intake
import Product
import Testing

@Suite struct DamageTests {
  let folder = TestFolder()

  @Test func aFlippedBitIsFoundByDigest() {
    let sample = SampleProduct()
    for member in sample.usedFiles {
      var damaged = sample
      damaged.files[member]?[200] ^= 1
      expectRefused(intake(damaged.write(in: folder)), member)
    }
  }

  @Test func longerFilesAreRefused() {
    var sample = SampleProduct()
    sample.files[sample.image("B02")]?.append(0)
    expectRefused(intake(sample.write(in: folder)), "B02_10m.jp2", "as in manifest.safe")
  }

  @Test(arguments: ["folder", "link", "pipe"]) func whatIsNoFileIsNotOpened(kind: String) {
    let sample = SampleProduct()
    for (index, member) in (sample.usedFiles + ["manifest.safe"]).enumerated() {
      let path = sample.write(in: folder, as: "\(index).SAFE")
      let file = path + "/" + member
      folder.remove(file)
      switch kind {
      case "folder": try? FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
      case "link": try? FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "/nowhere")
      default: mkfifo(file, 0o600)
      }
      expectRefused(intake(path), member, kind)
    }
  }

  @Test func devicesAndPipesAreNoProducts() {
    expectRefused(intake("/dev/zero"), "zero", "device")
    mkfifo(folder.path + "/a.zip", 0o600)
    expectRefused(intake(folder.path + "/a.zip"), "a.zip", "pipe")
  }

  /// Images that fit the manifest but not the metadata.
  @Test func imagesOfOtherKindsAreRefused() {
    let small = RasterSize(rows: 118, columns: 120)
    let bytes = [UInt8](repeating: 4, count: 14_400)
    let cases: [(String, [UInt8], String)] = [
      (
        "B04",
        SampleImages.encode(
          [UInt16](repeating: 9, count: 118 * 120), size: small, type: .uint16, name: "a", suffix: ".jp2"), "118 x 120"
      ),
      ("B04", SampleImages.encode(bytes, size: SampleImages.size, type: .uint8, name: "b", suffix: ".jp2"), "uint8"),
      ("SCL", SampleImages.classification(suffix: ".jp2", side: 62), "62 x 62"),
      ("SCL", SampleImages.classification([4, 12], suffix: ".jp2"), "class 12"),
      ("B04", SampleImages.tif["B04"] ?? [], "signature"), ("B04", Array("text".utf8), "signature"),
      ("B04", [], "signature"),
      ("B03", Array((SampleImages.jp2["B03"] ?? []).dropLast(2)), "codestream"),
      ("B03", (SampleImages.jp2["B03"] ?? []) + [0], "codestream"),
      ("B03", (SampleImages.jp2["B03"] ?? []).dropLast(2) + [0, 0], "EOC"),
    ]
    for (index, (band, image, words)) in cases.enumerated() {
      var sample = SampleProduct()
      sample.files[sample.image(band)] = image
      sample.remakeManifest()
      expectRefused(intake(sample.write(in: folder, as: "\(index).SAFE")), "_\(band)_", words)
    }
  }

  @Test func aStubManifestDoesNotHideDamage() throws {
    for isTIFF in [false, true] {
      var sample = SampleProduct { $0.isTIFF = isTIFF }
      let band = sample.image("B02")
      var bytes = try #require(sample.files[band])
      // The deflate blocks of a TIFF have checksums. The code blocks of a JP2 have none: only its frame tells, here
      // the start of its first tile-part.
      let isStart = { (index: Int) in bytes[index] == 0xff && bytes[index + 1] == 0x90 }
      let start = isTIFF ? bytes.count / 2 : try #require(bytes.indices.dropLast().first(where: isStart))
      for index in start..<(start + 12) { bytes[index] ^= 0xff }
      sample.files[band] = bytes
      sample.makeStubManifest()
      expectRefused(intake(sample.write(in: folder, as: "\(isTIFF).SAFE")), "B02_10m", "cannot be")
    }
  }

  @Test func impossibleBandsAreRefused() {
    let path = SampleProduct().write(in: folder)
    for bands in [[], ["B05"], ["B02", "B02"], ["../B02"]] {
      expectRefused(intake(path, options: IntakeOptions(bands: bands)), "bands")
    }
    expectRefused(intake(path, options: IntakeOptions(bands: ["B08"])), "IMAGE_FILE")
    expectRefused(intake(path, options: IntakeOptions(maxTileSize: 118)), "NROWS at 10 m")
  }

  @Test func problemsAreFitForATerminal() {
    var sample = SampleProduct()
    sample.edit(SampleProduct.metadata, ">05.11<", ">\u{1b}[31m\u{202e}red" + String(repeating: "x", count: 9000) + "<")
    for problem in intake(sample.write(in: folder)).refused {
      #expect(problem.description.count < 1000)
      #expect(!problem.description.unicodeScalars.contains { $0.value < 32 || $0.value == 0x202e })
    }
  }

  /// Single damaged bytes and cuts anywhere in any file that is used: never a crash, never accepted with other
  /// content than the original's.
  @Test func randomDamageIsNeverAccepted() throws {
    let sample = SampleProduct()
    let path = sample.write(in: folder)
    var original = try accepted(intake(path))
    original.notes = []
    var random = SeededRandom(20_240_612)
    let members = sample.usedFiles + ["manifest.safe"]
    for _ in 0..<200 {
      let member = members[random.next(members.count)]
      let bytes = try #require(sample.everything[member])
      var damaged = bytes
      let position = random.next(bytes.count)
      let isCut = random.next(4) == 0
      if isCut { damaged.removeLast(bytes.count - position) } else { damaged[position] ^= UInt8(1 << random.next(8)) }
      folder.write(damaged, to: path + "/" + member)
      let outcome = intake(path)
      if var product = outcome.product {
        product.notes = []
        #expect(member == "manifest.safe", "\(member), byte \(position)")
        #expect(product == original)
      }
      folder.write(bytes, to: path + "/" + member)
    }
  }

  /// The same without digests to lean on: images are decoded, whatever is in them.
  @Test func randomDamageBehindAStubManifestNeverCrashes() throws {
    var sample = SampleProduct()
    sample.makeStubManifest()
    let path = sample.write(in: folder)
    var random = SeededRandom(11)
    for _ in 0..<100 {
      let member = sample.usedFiles[random.next(sample.usedFiles.count)]
      var damaged = try #require(sample.files[member])
      let original = damaged
      for _ in 0...random.next(4) { damaged[random.next(damaged.count)] = UInt8(random.next(256)) }
      folder.write(damaged, to: path + "/" + member)
      _ = intake(path)
      folder.write(original, to: path + "/" + member)
    }
  }
}
