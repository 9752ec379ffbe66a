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
  /// When a window begins that was published before: this one ends there.
  package var nextWindow: Date?

  /// The window opens with the first revisit.
  package var windowStart: Date { revisits[0].key.datatakeStart }
  /// The last second of the day that is `windowDays` after the first, UTC: the orbit that opens a window passes again on
  /// that day, some seconds earlier or later.
  package var windowEnd: Date {
    let day = (windowStart.timeIntervalSince1970 / 86_400).rounded(.down)
    let whole = Date(timeIntervalSince1970: (day + Double(windowDays) + 1) * 86_400 - 1)
    return nextWindow.map { min($0.addingTimeInterval(-1), whole) } ?? whole
  }

  /// `31TCJ-20240503-60d`: the same for every run over the same first revisit.
  package var identifier: String {
    "\(tile)-\(UTCTime.compact(windowStart).prefix(8))-\(windowDays)d"
  }
}

/// Cuts the revisits of each tile into windows: a window opens with the first revisit that belongs to none and takes
/// every revisit up to `windowDays` days later, that day included.
///
/// A revisit whose window was published opens it again, whatever came in before it since: else one early revisit that comes
/// late would cut all later windows anew, and what was published would stand beside what is made of the same views. Where
/// published windows cover each other, as when their first revisit was held for a while, what was published first counts.
/// - Parameters:
///   - windowDays: 1 or more; the paper's two months are 60.
///   - published: when each group was published first, by its identifier.
package func groupRevisits(
  _ revisits: [Revisit], windowDays: Int, published: [String: Date] = [:]
) -> [RevisitGroup] {
  var groups: [RevisitGroup] = []
  for (tile, members) in Dictionary(grouping: revisits, by: \.key.tile).sorted(by: { $0.key < $1.key }) {
    let openers = publishedOpeners(members, tile, windowDays: windowDays, published: published)
    for revisit in members.sorted(by: { $0.key < $1.key }) {
      if let last = groups.last, last.tile == tile, revisit.key.datatakeStart <= last.windowEnd,
        !openers.contains(revisit.key)
      {
        groups[groups.count - 1].revisits.append(revisit)
      } else {
        if let last = groups.last, last.tile == tile { groups[groups.count - 1].nextWindow = revisit.key.datatakeStart }
        groups.append(RevisitGroup(tile: tile, revisits: [revisit], windowDays: windowDays))
      }
    }
  }
  return groups
}

/// Whether a window opens inside another one. Both may have been published where it opens on the last day.
private func isInside(_ window: RevisitGroup, _ other: RevisitGroup) -> Bool {
  window.windowStart <= other.windowStart && other.windowStart <= window.windowEnd.addingTimeInterval(-86_400)
}

/// The revisits that open windows that were published.
private func publishedOpeners(
  _ revisits: [Revisit], _ tile: MGRSTile, windowDays: Int, published: [String: Date]
) -> Set<Revisit.Key> {
  guard !published.isEmpty else { return [] }
  // The first of a day opens it.
  var firsts: [String: RevisitGroup] = [:]
  for revisit in revisits.sorted(by: { $0.key < $1.key }) {
    let group = RevisitGroup(tile: tile, revisits: [revisit], windowDays: windowDays)
    if published[group.identifier] != nil, firsts[group.identifier] == nil { firsts[group.identifier] = group }
  }
  var kept: [RevisitGroup] = []
  for (_, group) in firsts.sorted(by: {
    (published[$0.key] ?? .distantFuture, $0.key) < (published[$1.key] ?? .distantFuture, $1.key)
  }) where !kept.contains(where: { isInside($0, group) }) {
    kept.append(group)
  }
  return Set(kept.map(\.revisits[0].key))
}
