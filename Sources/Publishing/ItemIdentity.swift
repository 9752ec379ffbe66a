package import Foundation
package import Geometry
private import Product

/// What decides where an item belongs: its tile, its anchor, its group of views, and a fingerprint of everything that
/// determines its content. Known before the work starts.
package struct ItemIdentity: Sendable, Hashable {
  package var tile: MGRSTile
  /// Mission of the anchor, `S2B`.
  package var mission: String
  /// Relative orbit of the anchor, 1 to 143.
  package var relativeOrbit: Int
  /// DATATAKE_SENSING_START of the anchor.
  package var anchorDatatakeStart: Date
  /// When the anchor saw this tile; decides year and month of the item's folder.
  package var anchorSensingTime: Date
  /// Name of the group of views; items of one group are revisions of each other.
  package var group: String
  /// Digest of inputs, model and parameters: the same fingerprint means the same item.
  package var fingerprint: String

  package init(
    tile: MGRSTile, mission: String, relativeOrbit: Int, anchorDatatakeStart: Date, anchorSensingTime: Date,
    group: String, fingerprint: String
  ) {
    self.tile = tile
    self.mission = mission
    self.relativeOrbit = relativeOrbit
    self.anchorDatatakeStart = anchorDatatakeStart
    self.anchorSensingTime = anchorSensingTime
    self.group = group
    self.fingerprint = fingerprint
  }

  /// The item's id without its revision, `S2B_31TCJ_20240612T105031_R051_SR`. It names the anchor.
  package var stem: String {
    "\(mission)_\(tile)_\(UTCTime.compact(anchorDatatakeStart))_R\(Self.padded(relativeOrbit, 3))_SR"
  }

  /// The item's id, `S2B_31TCJ_20240612T105031_R051_SR_r01`.
  package func id(revision: Int) -> String { "\(stem)_\(Self.revisionName(revision))" }

  /// Nobody publishes more; larger numbers are damage.
  static let mostRevisions = 1_000_000_000

  /// `r01`.
  static func revisionName(_ revision: Int) -> String { "r" + padded(revision, 2) }

  /// Stem and revision of an id; nil where the text is not one.
  static func parse(id: String) -> (stem: String, revision: Int)? {
    guard let underscore = id.lastIndex(of: "_") else { return nil }
    let suffix = id[id.index(after: underscore)...]
    guard suffix.first == "r", suffix.count >= 3, suffix.dropFirst().allSatisfy({ ("0"..."9").contains($0) }),
      let revision = Int(suffix.dropFirst()), (1...mostRevisions).contains(revision)
    else { return nil }
    return (String(id[..<underscore]), revision)
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
