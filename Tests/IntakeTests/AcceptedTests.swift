import Foundation
import Geometry
import Intake
import Product
import Testing

@Suite struct AcceptedTests {
  let folder = TestFolder()

  @Test func everyFieldComesFromTheMetadata() throws {
    let sample = SampleProduct()
    let path = sample.write(in: folder)
    let product = try accepted(intake(path))
    #expect(product.name == sample.stem)
    #expect(product.location == path)
    #expect(product.mission == "S2B")
    #expect(product.tile.name == "31TCJ")
    #expect(product.baseline == ProcessingBaseline(5, 11))
    #expect(product.relativeOrbit == 51)
    #expect(UTCTime.milliseconds(product.datatakeStart) == "2024-06-12T10:50:31.024Z")
    #expect(abs(product.sensingTime.timeIntervalSince(product.datatakeStart) - 92.557767) < 0.001)
    #expect(UTCTime.seconds(product.generationTime) == "2024-06-12T12:34:56Z")
    #expect(product.datastrip == "SGS__S20240612T105026")
    #expect(
      product.grid
        == GridGeometry(
          epsg: 32631, upperLeftX: 399_960, upperLeftY: 4_800_000, pixelWidth: 10, pixelHeight: 10,
          size: RasterSize(rows: 120, columns: 120)))
    #expect(product.bands.map(\.name) == ["B04", "B03", "B02"])
    for band in product.bands {
      #expect(band.file.member == sample.image(band.name))
      #expect(band.file.path == path + "/" + sample.image(band.name))
      #expect(band.file.size == sample.files[sample.image(band.name)]?.count)
      #expect(band.addOffset == -1000)
      #expect(band.quantification == 10000)
    }
    #expect(product.sceneClassification.member == sample.image("SCL"))
    #expect(product.sceneClassCounts == [900, 0, 0, 0, 900, 0, 900, 0, 0, 900, 0, 0])
    #expect(product.statedCloudPercent == 33.333333)
    #expect(product.statedNoDataPercent == 25)
    #expect(product.notes.isEmpty)
  }

  /// Offsets go by the list, not by the baseline; digests by their name, not by the date.
  @Test(
    arguments: [
      ("02.07", nil, "MD5"), ("02.14", nil, "md5"), ("03.01", nil, "SHA3-256"), ("04.00", -1000, "SHA3-256"),
      ("05.00", -1000, "SHA3-256"), ("05.11", -1000, "SHA3-256"), ("99.99", nil, "MD5"), ("99.99", -1000, "SHA-256"),
    ] as [(String, Int?, String)])
  func baselinesMix(baseline: String, offset: Int?, checksum: String) throws {
    let sample = SampleProduct {
      $0.baseline = baseline
      $0.offset = offset
      $0.checksumName = checksum
      $0.namespace = "psd-14"
      $0.dottedPaths = baseline < "05"
    }
    let product = try accepted(intake(sample.write(in: folder)))
    #expect(product.baseline.description == baseline)
    #expect(product.bands.allSatisfy { $0.addOffset == Double(offset ?? 0) })
  }

  @Test func offsetsBelongToBandIdentifiers() throws {
    var sample = SampleProduct()
    sample.edit(SampleProduct.metadata, "band_id=\"3\">-1000", "band_id=\"3\">-900.5")
    let product = try accepted(intake(sample.write(in: folder)))
    #expect(product.bands.map(\.addOffset) == [-900.5, -1000, -1000])
  }

  @Test func bandsComeInTheOrderAskedFor() throws {
    let path = SampleProduct().write(in: folder)
    let product = try accepted(intake(path, options: IntakeOptions(bands: ["B02", "B04"])))
    #expect(product.bands.map(\.name) == ["B02", "B04"])
  }

  @Test func capitalDigestsAndMetadataNamesCount() throws {
    var sample = SampleProduct()
    let text = String(decoding: sample.manifest ?? [], as: UTF8.self)
    sample.manifest = Array(
      text.replacing(try Regex("[0-9a-f]{64}")) { text[$0.range].uppercased() }.utf8)
    let path = sample.write(in: folder)
    try FileManager.default.moveItem(atPath: path + "/MTD_MSIL2A.xml", toPath: path + "/MTD_MSIL2a.xml")
    _ = try accepted(intake(path))
  }

  @Test func aPrunedProductIsCompleteWithANote() throws {
    var sample = SampleProduct()
    sample.files = sample.files.filter { sample.usedFiles.contains($0.key) }
    let product = try accepted(intake(sample.write(in: folder)))
    #expect(product.notes.count == 1)
    #expect(product.notes.first?.hasPrefix("2 files") == true)
    #expect(product.notes.first?.contains("MTD_DS.xml, INSPIRE.xml") == true)
  }

  @Test func aRenamedFolderIsNoted() throws {
    let sample = SampleProduct()
    let product = try accepted(intake(sample.write(in: folder, as: "holiday photos")))
    #expect(product.name == sample.stem)
    #expect(product.notes.first?.contains("holiday photos") == true)
  }

  @Test func aFolderAroundTheProductIsOpened() throws {
    let sample = SampleProduct()
    let path = sample.write(in: folder, as: "download/\(sample.stem).SAFE")
    let product = try accepted(intake((path as NSString).deletingLastPathComponent))
    #expect(product.bands.first?.file.path.hasPrefix(path + "/GRANULE") == true)
  }

  @Test func withoutVerificationTheDeclaredDigestStands() throws {
    let sample = SampleProduct()
    let path = sample.write(in: folder)
    let verified = try accepted(intake(path))
    let product = try accepted(intake(path, options: IntakeOptions(verifyChecksums: false)))
    #expect(product.bands == verified.bands)
    #expect(product.notes.count == 1)
  }

  @Test func planetaryComputerCopiesAreDecodedInstead() throws {
    var sample = SampleProduct { $0.isTIFF = true }
    sample.makeStubManifest()
    let report = examine(sample.write(in: folder))
    let product = try accepted(report.outcome)
    #expect(product.notes.first?.contains("stub") == true)
    #expect(product.bands.allSatisfy { $0.file.digest.count == 64 && $0.file.member.hasSuffix("_10m.tif") })
    #expect(report.files.map(\.verification).contains("decoded"))
  }

  @Test func linkedFilesAreFollowed() throws {
    let sample = SampleProduct()
    let path = sample.write(in: folder)
    let band = path + "/" + sample.image("B02")
    try FileManager.default.moveItem(atPath: band, toPath: folder.path + "/elsewhere")
    try FileManager.default.createSymbolicLink(atPath: band, withDestinationPath: folder.path + "/elsewhere")
    _ = try accepted(intake(path))
  }
}
