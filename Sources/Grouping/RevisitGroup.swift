package import Foundation
package import Geometry
internal import Product

/// Revisits of one tile inside one time window: what becomes one published item.
package struct RevisitGroup: Sendable, Codable {
  package var tile: MGRSTile
  /// In order of time; one at least.
  package var revisits: [Revisit]
  /// Length of the window, days.
  package var windowDays: Int
  /// The first moment of the day on which the window opened, where it was published before.
  package var published: Date?
  /// When a window begins that was published before: this one ends there.
  package var nextWindow: Date?

  /// The window opens with the first revisit. Where that was published and is not there, with its day.
  package var windowStart: Date {
    let first = revisits[0].key.datatakeStart
    return published.map { first < $0.addingTimeInterval(86_400) ? first : $0 } ?? first
  }
  /// The last second of the day that is `windowDays` after the first, UTC: the orbit that opens a window passes again on
  /// that day, some seconds earlier or later.
  package var windowEnd: Date {
    let whole = end(ofWindow: windowStart, days: windowDays)
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
/// Windows that were published stay, whatever came in before them since, and also where their first revisit is not there:
/// else one early revisit that comes late would cut all later windows anew, and what was published would stand beside what
/// is made of the same views. Where published windows cover each other, what was published first counts.
/// - Parameters:
///   - windowDays: 1 or more; the paper's two months are 60.
///   - published: when each group was published first, by its identifier. Windows of another length do not count.
package func groupRevisits(
  _ revisits: [Revisit], windowDays: Int, published: [String: Date] = [:]
) -> [RevisitGroup] {
  var groups: [RevisitGroup] = []
  for (tile, members) in Dictionary(grouping: revisits, by: \.key.tile).sorted(by: { $0.key < $1.key }) {
    let starts = publishedStarts(tile, windowDays: windowDays, published)
    // Of the tile, and open at the moment.
    var current: RevisitGroup?
    for revisit in members.sorted(by: { $0.key < $1.key }) {
      let time = revisit.key.datatakeStart
      // The window that was opened last, of those that were published.
      let own = starts.last { $0 <= time && time <= end(ofWindow: $0, days: windowDays) }
      if current.map({ $0.published == own && time <= $0.windowEnd }) == true {
        current?.revisits.append(revisit)
      } else {
        if let current { groups.append(current) }
        current = RevisitGroup(
          tile: tile, revisits: [revisit], windowDays: windowDays, published: own,
          nextWindow: starts.first { $0 > time })
      }
    }
    if let current { groups.append(current) }
  }
  return groups
}

private func end(ofWindow start: Date, days: Int) -> Date {
  let day = (start.timeIntervalSince1970 / 86_400).rounded(.down)
  return Date(timeIntervalSince1970: (day + Double(days) + 1) * 86_400 - 1)
}

/// The days on which windows of a tile opened that were published, in order. One that opens inside another that was
/// published before does not count; both do where it opens on the last day.
private func publishedStarts(_ tile: MGRSTile, windowDays: Int, _ published: [String: Date]) -> [Date] {
  var kept: [Date] = []
  for (identifier, _) in published.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
    let parts = identifier.split(separator: "-")
    guard parts.count == 3, parts[0] == tile.name, parts[2] == "\(windowDays)d",
      let start = UTCTime.parseCompact("\(parts[1])T000000")
    else { continue }
    let isInside = kept.contains {
      $0 <= start && start <= end(ofWindow: $0, days: windowDays).addingTimeInterval(-86_400)
    }
    if !isInside { kept.append(start) }
  }
  return kept.sorted()
}
