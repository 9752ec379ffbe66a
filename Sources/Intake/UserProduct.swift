internal import Foundation
internal import GDALAdapter
internal import Product

/// What MTD_MSIL2A.xml says: identity, files, radiometry.
struct UserProduct {
  let name: ProductName
  let baseline: ProcessingBaseline
  let datatakeStart: Date
  let generationTime: Date
  let radiometry: Radiometry
  /// `.jp2` or `.tif`.
  let imageSuffix: String
  /// IMAGE_FILE entries, without suffix.
  let imageFiles: [String]
  /// Per cent.
  let cloudPercent: Double?
  let noDataPercent: Double?

  private static let info = "General_Info/Product_Info/"

  /// PRODUCT_URI, for products that are not accepted too.
  static func statedName(_ document: Document) -> String? {
    ProductName((try? document.text(info + "PRODUCT_URI")) ?? "")?.stem
  }

  /// Reads everything and notes every problem.
  /// - Returns: nil where something needed is missing.
  static func read(_ document: Document, findings: inout Findings) -> UserProduct? {
    do throws(IntakeProblem) { try requireLevel2A(document) } catch {
      findings.refuse(error)
      return nil
    }
    let name = findings.attempt { () throws(IntakeProblem) in try readName(document) }
    let baseline = findings.attempt { () throws(IntakeProblem) in try readBaseline(document) }
    let start = findings.attempt { () throws(IntakeProblem) in
      try document.time(info + "Datatake/DATATAKE_SENSING_START")
    }
    let generation = findings.attempt { () throws(IntakeProblem) in try document.time(info + "GENERATION_TIME") }
    let radiometry = findings.attempt { () throws(IntakeProblem) in try Radiometry(document) }
    let images = findings.attempt { () throws(IntakeProblem) in try readImageFiles(document) }
    let quality = "Quality_Indicators_Info/"
    let cloud = percent(quality + "Cloud_Coverage_Assessment", document)
    let noData = percent(quality + "Image_Content_QI/NODATA_PIXEL_PERCENTAGE", document)
    guard let name, let baseline, let start, let generation, let radiometry, let images else {
      return nil
    }
    let product = UserProduct(
      name: name, baseline: baseline, datatakeStart: start, generationTime: generation, radiometry: radiometry,
      imageSuffix: images.suffix, imageFiles: images.files, cloudPercent: cloud, noDataPercent: noData)
    product.compareNameWithFields(document, findings: &findings)
    return product
  }

  /// The IMAGE_FILE whose name ends in `_<band>_<resolution>`, with suffix.
  func imageFile(_ band: String, resolution: String, _ document: Document) throws(IntakeProblem) -> String {
    let ending = "_\(band)_\(resolution)"
    let matches = imageFiles.filter { $0.hasSuffix(ending) }
    guard matches.count == 1, let file = matches.first else {
      throw document.problem(
        "IMAGE_FILE", found: "\(matches.count) entries ending in \(ending)", expected: "one")
    }
    guard MemberPath.isInside(file), file.hasPrefix("GRANULE/"), file.split(separator: "/").count >= 3 else {
      throw document.problem("IMAGE_FILE", found: "\"\(file)\"", expected: "a path below GRANULE")
    }
    guard MemberPath.fileName(file).hasPrefix("T\(name.tile)_") else {
      throw document.problem("IMAGE_FILE", found: "\"\(file)\"", expected: "a file of tile T\(name.tile)")
    }
    return file + imageSuffix
  }

  // MARK: Parts

  private static func requireLevel2A(_ document: Document) throws(IntakeProblem) {
    let isPilot = document.element("General_Info/L2A_Product_Info") != nil
    let type = try? document.text(info + "PRODUCT_TYPE")
    if isPilot || type == "S2MSI2Ap" {
      throw document.problem(
        "PRODUCT_TYPE", found: "the Level-2A pilot format (S2MSI2Ap, baselines 02.05 and 02.06)",
        expected: "S2MSI2A, baseline 02.07 or later", advice: "get the scene as reprocessed by ESA")
    }
    guard document.root.name == "Level-2A_User_Product" else {
      throw document.problem("root element", found: document.root.name, expected: "Level-2A_User_Product")
    }
    guard try document.text(info + "PRODUCT_TYPE") == "S2MSI2A" else {
      throw document.problem("PRODUCT_TYPE", found: type ?? "nothing", expected: "S2MSI2A")
    }
  }

  private static func readName(_ document: Document) throws(IntakeProblem) -> ProductName {
    let text = try document.text(info + "PRODUCT_URI")
    guard let name = ProductName(text), name.level == "L2A" else {
      throw document.problem("PRODUCT_URI", found: "\"\(text)\"", expected: "the name of a Level-2A product")
    }
    return name
  }

  private static func readBaseline(_ document: Document) throws(IntakeProblem) -> ProcessingBaseline {
    let text = try document.text(info + "PROCESSING_BASELINE")
    guard let baseline = ProcessingBaseline(text), baseline >= ProcessingBaseline(2, 7) else {
      throw document.problem(
        "PROCESSING_BASELINE", found: "\"\(text)\"", expected: "02.07 or later",
        advice: "get the scene as reprocessed by ESA")
    }
    return baseline
  }

  private static func readImageFiles(_ document: Document) throws(IntakeProblem) -> (files: [String], suffix: String) {
    let granules = (document.element(info + "Product_Organisation")?.all("Granule_List") ?? [])
      .flatMap { $0.all("Granule") }
    guard granules.count == 1, let granule = granules.first else {
      throw document.problem("Granule_List/Granule", found: "\(granules.count) tiles", expected: "one tile")
    }
    let format = granule.attributes["imageFormat"] ?? "nothing"
    guard let suffix = ["JPEG2000": ".jp2", "GeoTIFF": ".tif"][format] else {
      throw document.problem("Granule/@imageFormat", found: format, expected: "JPEG2000 or GeoTIFF")
    }
    let files = granule.all("IMAGE_FILE").map {
      $0.text.hasSuffix(suffix) ? String($0.text.dropLast(suffix.count)) : $0.text
    }
    return (files, suffix)
  }

  /// For information alone, since the scene classes are counted: what cannot be read, or is a sum that rounding took over
  /// 100, spoils no product.
  private static func percent(_ path: String, _ document: Document) -> Double? {
    (try? document.number(path, in: -1...101)).map { min(max($0, 0), 100) }
  }

  /// The name is made of these fields: where they contradict it, somebody has edited one of them.
  private func compareNameWithFields(_ document: Document, findings: inout Findings) {
    func compare(_ field: String, _ found: String, _ expected: String) {
      guard found != expected else { return }
      findings.refuse(document.problem(field, found: found, expected: "\(expected) as in PRODUCT_URI"))
    }
    compare("PROCESSING_BASELINE", baseline.description, name.baseline.description)
    if abs(datatakeStart.timeIntervalSince(name.datatakeStart)) >= 1.5 {
      compare("DATATAKE_SENSING_START", UTCTime.seconds(datatakeStart), UTCTime.seconds(name.datatakeStart))
    }
    let orbit = (try? document.text(Self.info + "Datatake/SENSING_ORBIT_NUMBER")) ?? "nothing"
    compare("SENSING_ORBIT_NUMBER", Int(orbit).map(String.init) ?? orbit, "\(name.relativeOrbit)")
    let spacecraft = (try? document.text(Self.info + "Datatake/SPACECRAFT_NAME")) ?? "nothing"
    compare("SPACECRAFT_NAME", spacecraft, "Sentinel-\(name.mission.dropFirst())")
  }
}
