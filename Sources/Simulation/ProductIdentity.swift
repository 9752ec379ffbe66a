internal import Foundation
internal import Geometry
internal import Product

/// Names and times of one product; every other spelling of them follows (facts of the compact naming convention).
struct ProductIdentity: Sendable {
  var mission: String
  var tile: MGRSTile
  var baseline: ProcessingBaseline
  var relativeOrbit: Int
  var datatakeStart: Date
  /// Tells the parts of a split tile apart, and is part of the granule folder's name.
  var datastripStart: Date
  var sensingTime: Date
  var generationTime: Date
  /// Where the data came down, `2APS`.
  var station: String

  /// - Parameter part: 0, or 1 for the second datastrip of a split tile.
  init(_ revisit: Revisit, tile: MGRSTile, relativeOrbit: Int, part: Int = 0) {
    mission = revisit.mission
    self.tile = tile
    baseline = revisit.baseline
    self.relativeOrbit = relativeOrbit
    datatakeStart = revisit.datatakeStart
    datastripStart = revisit.datatakeStart.addingTimeInterval(part == 0 ? -4 : 13)
    sensingTime = revisit.datatakeStart.addingTimeInterval(158 + Double(revisit.number % 10) * 0.37)
    generationTime = revisit.datatakeStart.addingTimeInterval(4.6 * 3_600 + Double(part) * 5_520 - 0.024)
    let letter = String(revisit.mission.suffix(1))
    station = part == 0 ? "2\(letter)PS" : "MTI_"
  }

  /// The product name without `.SAFE`.
  var name: String {
    "\(mission)_MSIL2A_\(UTCTime.compact(datatakeStart))_N\(digits)_R\(padded(relativeOrbit, 3))_T\(tile.name)_"
      + UTCTime.compact(generationTime)
  }
  var uri: String { name + ".SAFE" }

  var datatakeIdentifier: String { "G\(mission)_\(UTCTime.compact(datatakeStart))_\(orbitText)_N\(baseline)" }
  var granuleFolder: String { "L2A_T\(tile.name)_A\(orbitText)_\(UTCTime.compact(datastripStart))" }
  var datastripFolder: String {
    "DS_\(station)_\(UTCTime.compact(generationTime))_S\(UTCTime.compact(datastripStart))"
  }
  var datastripIdentifier: String {
    "\(mission)_OPER_MSI_L2A_\(datastripFolder)_N\(baseline)"
  }
  var granuleIdentifier: String {
    "\(mission)_OPER_MSI_L2A_TL_\(station)_\(UTCTime.compact(generationTime))_A\(orbitText)_T\(tile.name)_N\(baseline)"
  }

  /// Path inside the product without the ending, `GRANULE/.../R10m/T31TCJ_20240503T105031_B04_10m`.
  func image(_ content: String, resolution: Int) -> String {
    "GRANULE/\(granuleFolder)/IMG_DATA/R\(resolution)m/"
      + "T\(tile.name)_\(UTCTime.compact(datatakeStart))_\(content)_\(resolution)m"
  }

  /// Counted since launch. Relative orbits repeat every 143: R = (A + 2) mod 143 + 1 for S2A, (A - 27) mod 143 + 1
  /// for S2B (the others follow S2B here).
  var absoluteOrbit: Int {
    let days = datatakeStart.timeIntervalSince1970 / 86_400
    // Orbit 38058 of S2A began on 2022-10-05, orbit 20270 of S2B on 2021-01-22; 14.3 orbits a day.
    let (anchor, anchorDay, phase) = mission == "S2A" ? (38_058, 19_270.0, 2) : (20_270, 18_649.0, -27)
    let near = anchor + Int(((days - anchorDay) * 14.3).rounded())
    let difference = ((relativeOrbit - 1 - near - phase) % 143 + 143) % 143
    return max(near + difference - (difference > 71 ? 143 : 0), 1)
  }

  var orbitText: String { padded(absoluteOrbit, 6) }
  var spacecraft: String { "Sentinel-\(mission.dropFirst())" }
  private var digits: String { String(baseline.description.filter { $0 != "." }) }

  private func padded(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}

/// What a baseline changed in the format.
extension ProcessingBaseline {
  /// Added to reflectance x 10000 in the images; BOA_ADD_OFFSET is its negative, and absent before 04.00.
  var countOffset: Int { self >= ProcessingBaseline(4, 0) ? 1_000 : 0 }
  /// Manifests changed from MD5 to SHA3-256 with 03.01.
  var usesSHA3: Bool { self >= ProcessingBaseline(3, 1) }
  /// Version of the product specification in the namespaces.
  var specification: String { self >= ProcessingBaseline(5, 11) ? "psd-15" : "psd-14" }

  /// ESA's baselines of the compact Level-2A format.
  private static let known = [(2, 14), (3, 1), (4, 0), (5, 0), (5, 9), (5, 10), (5, 11), (5, 12)]
  /// The next one after this.
  var successor: ProcessingBaseline {
    Self.known.map { ProcessingBaseline($0.0, $0.1) }.first { $0 > self } ?? ProcessingBaseline(major, minor + 1)
  }
}
