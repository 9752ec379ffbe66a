import Foundation
import Intake
import Testing

@Suite struct ArrivingTests {
  let folder = TestFolder()

  @Test(arguments: ["MTD_MSIL2A.xml", "manifest.safe", "MTD_TL.xml", "B04_10m.jp2", "B02_10m.jp2", "SCL_20m.jp2"])
  func aNeededFileHasNotArrived(ending: String) {
    let sample = SampleProduct()
    let path = sample.write(in: folder)
    for member in sample.everything.keys where member.hasSuffix(ending) { folder.remove(path + "/" + member) }
    let report = examine(path)
    expectIncomplete(report.outcome, ending, "no such file")
    #expect(report.name == sample.stem)
  }

  @Test(arguments: ["MTD_MSIL2A.xml", "manifest.safe", "MTD_TL.xml", "B04_10m.jp2", "SCL_20m.jp2"], [0, 1, 200])
  func aNeededFileIsStillGrowing(ending: String, length: Int) {
    let sample = SampleProduct()
    let path = sample.write(in: folder)
    for (member, bytes) in sample.everything where member.hasSuffix(ending) {
      folder.write(Array(bytes.prefix(length)), to: path + "/" + member)
    }
    expectIncomplete(intake(path), ending)
  }

  @Test func everyMissingFileIsNamed() {
    let sample = SampleProduct()
    let path = sample.write(in: folder)
    for band in ["B02", "B03", "B04"] { folder.remove(path + "/" + sample.image(band)) }
    #expect(intake(path).incomplete.count == 3)
  }

  @Test func anEmptyProductFolderIsArriving() {
    let sample = SampleProduct()
    expectIncomplete(intake(folder.makeFolder(sample.stem + ".SAFE")), "MTD_MSIL2A.xml")
  }

  @Test func refusalOutweighsArrival() {
    var sample = SampleProduct()
    sample.edit(SampleProduct.metadata, ">10000<", ">nan<")
    let path = sample.write(in: folder)
    folder.remove(path + "/" + sample.image("B02"))
    expectRefused(intake(path), "BOA_QUANTIFICATION_VALUE")
  }

  /// Cut anywhere, an archive is never refused as long as it may still grow, and never accepted.
  @Test func aGrowingArchiveIsArriving() throws {
    let sample = SampleProduct()
    let path = sample.zip(in: folder)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for length in [0, 1, 2, 3, 4, 100, bytes.count / 2, bytes.count - 23, bytes.count - 1] {
      let part = folder.path + "/part\(length).zip"
      folder.write(Array(bytes.prefix(length)), to: part)
      expectIncomplete(intake(part), "part\(length).zip")
    }
  }

  @Test func aReservedDownloadIsArriving() {
    folder.write([UInt8](repeating: 0, count: 5000), to: folder.path + "/a.zip")
    expectIncomplete(intake(folder.path + "/a.zip"), "a.zip", "zeros")
  }
}
