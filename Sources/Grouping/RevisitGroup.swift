package import Foundation
package import Geometry
internal import Product

/// Revisits of one tile inside one time window: what becomes one published item.
package struct RevisitGroup: Sendable, Codable {
  package var tile: MGRSTile
  /// In order of time.
  package var revisits: [Revisit]
  /// Length of the window, days.
  package var windowDays: Int

  /// The window opens with the first revisit.
  package var windowStart: Date { revisits[0].key.datatakeStart }
  package var windowEnd: Date { windowStart.addingTimeInterval(Double(windowDays) * 86_400) }

  /// `31TCJ-20240503-60d`: the same for every run over the same first revisit.
  package var identifier: String {
    "\(tile)-\(UTCTime.compact(windowStart).prefix(8))-\(windowDays)d"
  }
}

/// Cuts the revisits of each tile into windows: a window opens with the first revisit that belongs to none and takes
/// every revisit up to `windowDays` days later, that day included.
/// - Parameter windowDays: 1 or more; the paper's two months are 60.
package func groupRevisits(_ revisits: [Revisit], windowDays: Int) -> [RevisitGroup] {
  var groups: [RevisitGroup] = []
  for (tile, members) in Dictionary(grouping: revisits, by: \.key.tile).sorted(by: { $0.key < $1.key }) {
    for revisit in members.sorted(by: { $0.key < $1.key }) {
      if let last = groups.last, last.tile == tile, revisit.key.datatakeStart <= last.windowEnd {
        groups[groups.count - 1].revisits.append(revisit)
      } else {
        groups.append(RevisitGroup(tile: tile, revisits: [revisit], windowDays: windowDays))
      }
    }
  }
  return groups
}
