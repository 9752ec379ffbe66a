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
  /// The last second of the window, or of what the next one leaves of it.
  package var windowEnd: Date {
    let whole = name.end
    return nextWindow.map { min($0.addingTimeInterval(-1), whole) } ?? whole
  }

  /// `31TCJ-20240503-60d`: the same for every run over the same first revisit.
  package var identifier: String { "\(name)" }

  private var name: WindowName { WindowName(tile: tile, opening: windowStart, days: windowDays) }
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
    let windows = publishedWindows(tile, windowDays: windowDays, published)
    // Of the tile, and open at the moment.
    var current: RevisitGroup?
    for revisit in members.sorted(by: { $0.key < $1.key }) {
      let time = revisit.key.datatakeStart
      // The window that was opened last, of those that were published.
      let own = windows.last { $0.start <= time && time <= $0.end }?.start
      if current.map({ $0.published == own && time <= $0.windowEnd }) == true {
        current?.revisits.append(revisit)
      } else {
        if let current { groups.append(current) }
        current = RevisitGroup(
          tile: tile, revisits: [revisit], windowDays: windowDays, published: own,
          nextWindow: windows.first { $0.start > time }?.start)
      }
    }
    if let current { groups.append(current) }
  }
  return groups
}

/// The windows of a tile that were published, in order. One that opens inside another that was published before does not
/// count; both do where it opens on the last day.
private func publishedWindows(_ tile: MGRSTile, windowDays: Int, _ published: [String: Date]) -> [WindowName] {
  var kept: [WindowName] = []
  for (identifier, _) in published.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
    guard let window = WindowName(identifier), window.tile == tile, window.days == windowDays else { continue }
    let isInside = kept.contains {
      $0.start <= window.start && window.start <= $0.end.addingTimeInterval(-86_400)
    }
    if !isInside { kept.append(window) }
  }
  return kept.sorted { $0.start < $1.start }
}
