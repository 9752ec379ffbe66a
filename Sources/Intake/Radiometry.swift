internal import GDALAdapter

/// How counts become reflectance (Product_Image_Characteristics of MTD_MSIL2A.xml).
///
/// Whether there is an offset is decided by the presence of BOA_ADD_OFFSET_VALUES_LIST, not by the baseline: a
/// product processed by a user's Sen2Cor says 99.99 with or without it.
struct Radiometry {
  let quantification: Double
  /// BOA_ADD_OFFSET by band_id; nil where the product has no list, and every offset is 0.
  private let offsets: [Int: Double]?
  private let bandNumbers: [String: Int]

  /// - Throws: `IntakeProblem`.
  init(_ document: Document) throws(IntakeProblem) {
    let start = "General_Info/Product_Image_Characteristics/"
    quantification = try document.plainNumber(
      start + "QUANTIFICATION_VALUES_LIST/BOA_QUANTIFICATION_VALUE", in: 100...1_000_000)
    let list = document.element(start + "BOA_ADD_OFFSET_VALUES_LIST")
    offsets = if let list { try Self.readOffsets(list, document) } else { nil }
    bandNumbers = try Self.readBandNumbers(document.element(start + "Spectral_Information_List"), document)
  }

  /// BOA_ADD_OFFSET of a band such as `B04`, counts.
  func offset(ofBand band: String, _ document: Document) throws(IntakeProblem) -> Double {
    guard let offsets else { return 0 }
    guard let number = bandNumbers[band] else {
      throw document.problem("Spectral_Information_List", found: "no band \(band)", expected: "its bandId")
    }
    guard let offset = offsets[number] else {
      throw document.problem(
        "BOA_ADD_OFFSET_VALUES_LIST", found: "no offset with band_id \(number)", expected: "the offset of \(band)")
    }
    return offset
  }

  private static func readOffsets(_ list: XMLElement, _ document: Document) throws(IntakeProblem) -> [Int: Double] {
    var offsets: [Int: Double] = [:]
    for element in list.all("BOA_ADD_OFFSET") {
      let text = element.attributes["band_id"] ?? element.attributes["bandId"] ?? ""
      let number = try document.integer(text, field: "BOA_ADD_OFFSET/@band_id", in: 0...12)
      let value = try document.number(
        element.text, field: "BOA_ADD_OFFSET of band_id \(number)", in: -20_000...20_000)
      if let other = offsets.updateValue(value, forKey: number), other != value {
        throw document.problem(
          "BOA_ADD_OFFSET of band_id \(number)", found: "\(other) and \(value)", expected: "one value")
      }
    }
    return offsets
  }

  /// band_id by band name, from the product where it lists its bands, else as in every product so far.
  private static func readBandNumbers(_ list: XMLElement?, _ document: Document) throws(IntakeProblem)
    -> [String: Int]
  {
    var numbers: [String: Int] = [:]
    for element in list?.all("Spectral_Information") ?? [] {
      guard let band = element.attributes["physicalBand"], let text = element.attributes["bandId"] else { continue }
      let number = try document.integer(text, field: "Spectral_Information/@bandId", in: 0...12)
      if let other = numbers.updateValue(number, forKey: twoDigits(band)), other != number {
        throw document.problem("Spectral_Information of \(band)", found: "two bandIds", expected: "one")
      }
    }
    return numbers.isEmpty ? standardNumbers : numbers
  }

  /// `B4` as `B04`.
  private static func twoDigits(_ band: String) -> String {
    band.count == 2 && band.hasPrefix("B") ? "B0" + band.dropFirst() : band
  }

  private static let standardNumbers = [
    "B01": 0, "B02": 1, "B03": 2, "B04": 3, "B05": 4, "B06": 5, "B07": 6, "B08": 7, "B8A": 8, "B09": 9, "B10": 10,
    "B11": 11, "B12": 12,
  ]
}
