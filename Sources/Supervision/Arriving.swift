package import Foundation
private import Product

/// A product that is not there yet. Groups that it may change wait for it.
package struct Arriving: Sendable {
  package var tile: String
  package var name: String
  /// It is waited for until then.
  var until: ContinuousClock.Instant
  /// The same, as it is told.
  var time: Date
  /// When this process saw it first, by a clock that nobody sets; nil where an earlier one did.
  var since: ContinuousClock.Instant?
  /// Start of its datatake, as its name says; nil where that says none.
  private let start: Date?

  package init(tile: String, name: String, until: ContinuousClock.Instant, time: Date) {
    self.tile = tile
    self.name = name
    self.until = until
    self.time = time
    start = ProductName(name)?.datatakeStart
  }

  /// Whether it may become part of a group of its tile, or move the group's window. What was seen after a window, by more
  /// than a datatake takes, does neither: windows follow from the revisits before.
  package func mayChange(windowEndingAt end: Date) -> Bool {
    start.map { $0 <= end.addingTimeInterval(86_400) } ?? true
  }
}
