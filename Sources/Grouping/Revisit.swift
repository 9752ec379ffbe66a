package import Foundation
package import Geometry
package import Product

/// One pass of a satellite over a tile: the datatake, whatever number of products it was delivered in.
///
/// Key: mission, start of the datatake, relative orbit. Two orbits on one day are two revisits.
package struct Revisit: Sendable, Codable, Hashable {
  package struct Key: Sendable, Codable, Hashable, Comparable, CustomStringConvertible {
    package var tile: MGRSTile
    package var datatakeStart: Date
    package var mission: String
    package var relativeOrbit: Int

    package init(_ product: Product) {
      tile = product.tile
      // Names have whole seconds, and so do some versions of what others have to the millisecond.
      datatakeStart = Date(timeIntervalSince1970: product.datatakeStart.timeIntervalSince1970.rounded(.down))
      mission = product.mission
      relativeOrbit = product.relativeOrbit
    }

    package static func < (a: Key, b: Key) -> Bool {
      (a.tile, a.datatakeStart, a.mission, a.relativeOrbit) < (b.tile, b.datatakeStart, b.mission, b.relativeOrbit)
    }

    /// `S2A_20240612T105031_R051`.
    package var description: String {
      let orbit = String(relativeOrbit)
      return "\(mission)_\(UTCTime.compact(datatakeStart))_R\(String(repeating: "0", count: 3 - orbit.count))\(orbit)"
    }
  }

  package var key: Key
  /// One product a datastrip, mosaicked when stacked; ordered by sensing time, then name.
  package var parts: [Product]

  /// When the tile was seen: the earliest part's sensing time.
  package var sensingTime: Date { parts.map(\.sensingTime).min() ?? key.datatakeStart }

  /// Whether the tile was seen on a day, UTC, or the datatake began on it, which may be the day before.
  package func isOf(day: String) -> Bool { [sensingTime, key.datatakeStart].contains { UTCTime.day($0) == day } }
}

/// Why a product does not take part.
package enum Exclusion: Sendable, Codable, Hashable {
  /// Another version of the same part is newer: its name.
  case superseded(by: String)
  /// Another baseline than that of the revisit's parts, which are ESA's own or see more of the tile: the name of one.
  case notMixed(with: String)
  /// The same product was handed in twice: the other location.
  case duplicate(of: String)
  /// Another copy under its name holds other content, and was generated later or sees more: the other location.
  case corrected(by: String)
  /// Its grid or bands differ from the rest of the revisit.
  case mismatch(String)

  package var reason: String {
    switch self {
    case .superseded(let name): "superseded by \(name)"
    case .notMixed(let name):
      "baselines are not mixed in a revisit; that of \(name) is chosen, ESA's own before others, then what has parts for "
        + "more of the tile"
    case .duplicate(let location): "the same product as \(location)"
    case .corrected(let location):
      "\(location) is the same product with other content, generated later or seeing more"
    case .mismatch(let text): text
    }
  }
}

/// What became of the products of one tile.
package struct RevisitSorting: Sendable {
  package var revisits: [Revisit]
  package var excluded: [(product: Product, exclusion: Exclusion)]
}
