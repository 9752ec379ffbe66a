internal import Product
internal import Storage
private import Synchronization

/// A file of a product in the making.
struct PackedFile: Sendable {
  /// Name in the manifest.
  let id: String
  let mimeType: String
  /// Path inside the product.
  let path: String
  /// nil where the file is there already.
  private let content: [UInt8]?

  init(_ id: String, _ mimeType: String, _ path: String, _ content: [UInt8]?) {
    self.id = id
    self.mimeType = mimeType
    self.path = path
    self.content = content
  }

  func write(below root: String) throws {
    guard let content else { return }
    if let slash = path.lastIndex(of: "/") { try Folder.make(root + "/" + path[..<slash]) }
    try DurableFile.replace(root + "/" + path, with: content)
  }

  /// What a delivered product holds beside what Supertile reads.
  static func extras(_ identity: ProductIdentity, datastrip: [UInt8]) -> [PackedFile] {
    var inspire = XMLText()
    inspire.element(
      "gmd:MD_Metadata",
      [("xmlns:gco", "http://www.isotc211.org/2005/gco"), ("xmlns:gmd", "http://www.isotc211.org/2005/gmd")]
    ) {
      $0.element("gmd:fileIdentifier") { $0.element("gco:CharacterString", [], identity.uri) }
    }
    let report = { (name: String) -> [UInt8] in
      var xml = XMLText()
      xml.element("Earth_Explorer_File", [("xmlns", "http://gs2.esa.int/DATA_STRUCTURE/olqcReport")]) {
        $0.element("Data_Block", [("type", "xml")]) {
          $0.element(
            "report", [("globalStatus", "PASSED"), ("date", UTCTime.milliseconds(identity.generationTime))], name)
        }
      }
      return xml.bytes
    }
    let page = Array("<html><head><title>\(identity.uri)</title></head><body>\(identity.uri)</body></html>\n".utf8)
    let strip = "DATASTRIP/\(identity.datastripFolder)"
    let quality = "GRANULE/\(identity.granuleFolder)/QI_DATA"
    return [
      PackedFile("INSPIRE_Metadata", "text/xml", "INSPIRE.xml", inspire.bytes),
      PackedFile("HTML_Presentation", "octet", "HTML/UserProduct_index.html", page),
      PackedFile("S2_Level-2A_Datastrip1_Metadata", "application/xml", strip + "/MTD_DS.xml", datastrip),
      PackedFile(
        "General_OLQC_Report_Datastrip1_InformationData", "application/xml", strip + "/QI_DATA/GENERAL_QUALITY.xml",
        report("GENERAL_QUALITY")),
      PackedFile(
        "General_OLQC_Report_Tile1_InformationData", "application/xml", quality + "/GENERAL_QUALITY.xml",
        report("GENERAL_QUALITY")),
      PackedFile(
        "Geometric_OLQC_Report_Tile1_InformationData", "application/xml", quality + "/GEOMETRIC_QUALITY.xml",
        report("GEOMETRIC_QUALITY")),
    ]
  }
}

/// Values gathered by the commit step of a worker pool.
final class Collected<Value: Sendable>: Sendable {
  private let storage = Mutex<[Value]>([])

  var values: [Value] { storage.withLock { $0 } }
  func append(_ value: Value) { storage.withLock { $0.append(value) } }
}
