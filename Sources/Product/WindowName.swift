package import Foundation
package import Geometry

/// The name of a tile's time window, by the day on which it opens and its length: `31TCJ-20240503-60d`.
package struct WindowName: Sendable, Hashable, CustomStringConvertible {
  package let tile: MGRSTile
  /// The first moment of the day on which it opens, UTC.
  package let start: Date
  /// Its length, days.
  package let days: Int

  /// - Parameter opening: any moment of the day on which it opens.
  package init(tile: MGRSTile, opening: Date, days: Int) {
    self.tile = tile
    start = Self.day(of: opening)
    self.days = days
  }

  /// Nil for what is no such name.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let tile = MGRSTile(String(parts[0])), parts[2].hasSuffix("d"),
      let days = Int(parts[2].dropLast()), days > 0, let start = UTCTime.parseCompact("\(parts[1])T000000")
    else { return nil }
    self.init(tile: tile, opening: start, days: days)
  }

  package var description: String { "\(tile)-\(UTCTime.compact(start).prefix(8))-\(days)d" }

  /// The last second of the day that is `days` after the first: the orbit that opens a window passes again on that day, some
  /// seconds earlier or later.
  package var end: Date { start.addingTimeInterval((Double(days) + 1) * 86_400 - 1) }

  private static func day(of time: Date) -> Date {
    Date(timeIntervalSince1970: (time.timeIntervalSince1970 / 86_400).rounded(.down) * 86_400)
  }
}
