package import Geometry
package import Product

/// How products are named and packed.
package struct DeliveryOptions: Sendable {
  /// Easting and northing of the outer upper-left corner, metres.
  package struct Origin: Sendable, Equatable {
    package var x: Double
    package var y: Double

    package init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// nil: the tile the ground lies in, 31TCJ where the scene does not say.
  package var tile: MGRSTile?
  /// nil: the scene's own, or the tile's upper-left corner.
  package var origin: Origin?
  /// Taken in turn, `S2A`, `S2B`.
  package var missions = ["S2A", "S2B"]
  /// 1 to 143.
  package var relativeOrbit = 51
  /// Taken in turn.
  package var baselines = [ProcessingBaseline(5, 11)]
  /// Each product becomes a `.SAFE.zip` without directory entries.
  package var isZipped = false
  /// Leaves out what Supertile does not read; the manifest still lists it, as in a copy somebody thinned out.
  package var isPruned = false

  package init() {}

  func validate() throws {
    guard !missions.isEmpty, missions.allSatisfy({ ["S2A", "S2B", "S2C", "S2D"].contains($0) }) else {
      throw SimulationError(
        "--missions", found: missions.joined(separator: ","), expected: "S2A, S2B, S2C or S2D, separated by commas")
    }
    guard (1...143).contains(relativeOrbit) else {
      throw SimulationError("--orbit", found: "\(relativeOrbit)", expected: "a relative orbit, 1 to 143")
    }
    guard !baselines.isEmpty else { throw SimulationError("--baseline", found: "nothing", expected: "05.11") }
    for baseline in baselines { try Self.check(baseline, option: "--baseline") }
    if let origin {
      guard origin.x == origin.x.rounded(), origin.y == origin.y.rounded(), (100_000...900_000).contains(origin.x),
        (0...10_000_000).contains(origin.y)
      else {
        throw SimulationError(
          "--origin", found: "\(origin.x),\(origin.y)", expected: "whole UTM metres, easting,northing")
      }
    }
  }

  /// The compact format with S2MSI2A products starts at 02.07.
  static func check(_ baseline: ProcessingBaseline, option: String) throws {
    guard baseline >= ProcessingBaseline(2, 7) else {
      throw SimulationError(option, found: "\(baseline)", expected: "baseline 02.07 or later, such as 05.11")
    }
  }
}
