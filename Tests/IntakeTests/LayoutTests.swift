import Foundation
import Intake
import Testing

@Suite struct LayoutTests {
  let folder = TestFolder()

  private func outcome(_ files: [String], in name: String = "x") -> IntakeOutcome {
    for file in files { folder.write(Array("<a/>".utf8), to: "\(folder.path)/\(name)/\(file)") }
    return intake("\(folder.path)/\(name)")
  }

  @Test func level1CIsNamed() {
    expectRefused(outcome(["MTD_MSIL1C.xml", "manifest.safe"]), "x", "Level-1C")
    let name = "S2A_MSIL1C_20200101T000000_N0208_R001_T31TCJ_20200101T010000.SAFE"
    expectRefused(outcome(["manifest.safe"], in: name), name, "Level-1C")
  }

  @Test func awsAndOldFormatsAreNamed() {
    expectRefused(outcome(["metadata.xml", "tileInfo.json"]), "x", "AWS")
    expectRefused(outcome(["metadata.xml", "product_metadata.xml"], in: "y"), "y", "AWS")
    expectRefused(outcome(["S2A_OPER_MTD_SAFL2A_PDMC_2016.xml"], in: "z"), "z", "before December 2016")
  }

  @Test func aManifestAloneIsNamed() {
    let name = SampleProduct().stem + ".SAFE"
    expectRefused(outcome(["manifest.safe"], in: name), name, "manifest.safe alone")
  }

  /// Nothing will come that makes it a product.
  @Test func aFolderThatHoldsAnArchiveIsNamed() {
    let name = SampleProduct().stem + ".SAFE"
    expectRefused(outcome(["\(SampleProduct().stem).zip"], in: name), name, "give the archive itself")
  }

  @Test func otherFoldersAreRefused() {
    expectRefused(outcome(["holiday.jpg"]), "x", "other files")
    expectRefused(intake(folder.makeFolder("empty")), "empty", "other files")
    expectRefused(intake(folder.path + "/nothing"), "nothing", "nothing at this path")
  }

  @Test func severalProductsAreNotOne() {
    let sample = SampleProduct()
    _ = sample.write(in: folder, as: "both/a.SAFE")
    _ = sample.write(in: folder, as: "both/b.SAFE")
    expectRefused(intake(folder.path + "/both"), "both", "2 products")
  }

  @Test func oneFileOfAProductIsNotTheProduct() {
    let path = SampleProduct().write(in: folder)
    expectRefused(intake(path + "/MTD_MSIL2A.xml"), "MTD_MSIL2A.xml", "give the .SAFE folder")
  }

  @Test func pilotProductsAreNamed() {
    var sample = SampleProduct()
    sample.edit(SampleProduct.metadata, ">S2MSI2A<", ">S2MSI2Ap<")
    expectRefused(intake(sample.write(in: folder)), "PRODUCT_TYPE", "pilot")
    sample = SampleProduct()
    sample.edit(SampleProduct.metadata, "Product_Info>", "L2A_Product_Info>")
    expectRefused(intake(sample.write(in: folder, as: "b.SAFE")), "PRODUCT_TYPE", "pilot")
  }
}
