package import Foundation
package import Geometry

/// The fields of a compact Sentinel-2 product name
/// `MMM_MSIL2A_YYYYMMDDTHHMMSS_Nxxyy_ROOO_Txxxxx_<discriminator>.SAFE` (in use since 2016-12-06).
package struct ProductName: Sendable, Hashable {
  /// `S2A`, `S2B`, ...
  package let mission: String
  /// `L1C` or `L2A`.
  package let level: String
  /// Start of the datatake (not of the tile).
  package let datatakeStart: Date
  package let baseline: ProcessingBaseline
  /// Relative orbit, 1 to 143.
  package let relativeOrbit: Int
  package let tile: MGRSTile
  /// Generation time since baseline 02.06, datastrip start before.
  package let discriminator: String
  /// The name without `.SAFE` and `.zip`.
  package let stem: String

  /// - Parameter text: a product name with or without `.SAFE`, `.zip`, `.SAFE.zip`.
  package init?(_ text: String) {
    var stem = text
    for suffix in [".zip", ".SAFE"] where stem.hasSuffix(suffix) { stem.removeLast(suffix.count) }
    let fields = stem.split(separator: "_", omittingEmptySubsequences: false)
    guard fields.count == 7,
      fields[0].count == 3, fields[0].hasPrefix("S2"), let letter = fields[0].last, ("A"..."Z").contains(letter),
      fields[1] == "MSIL2A" || fields[1] == "MSIL1C",
      let start = UTCTime.parseCompact(String(fields[2])),
      fields[3].hasPrefix("N"), let baseline = ProcessingBaseline(digits: fields[3].dropFirst()),
      fields[4].count == 4, fields[4].hasPrefix("R"), fields[4].dropFirst().allSatisfy({ ("0"..."9").contains($0) }),
      let orbit = Int(fields[4].dropFirst()),
      (1...143).contains(orbit),
      fields[5].hasPrefix("T"), let tile = MGRSTile(fields[5]),
      UTCTime.parseCompact(String(fields[6])) != nil
    else { return nil }
    mission = String(fields[0])
    level = String(fields[1].suffix(3))
    datatakeStart = start
    self.baseline = baseline
    relativeOrbit = orbit
    self.tile = tile
    discriminator = String(fields[6])
    self.stem = stem
  }
}
