/// A folder that products are dropped into.
package struct DropFolder: Sendable, Equatable {
  /// What becomes of a product once its group is published and its window has passed.
  package enum WhenDone: String, Sendable, CaseIterable {
    /// The folder is never written to.
    case keep
    /// Into `doneFolder`, on the same file system.
    case move
    case delete
  }

  /// Unique; shown in listings.
  package var name: String
  /// Absolute.
  package var path: String
  /// A product that did not change for so long is looked at, seconds.
  package var settleSeconds = 10
  /// No events, scans alone: for network file systems, which report none.
  package var isPolled = false
  /// Time between scans that no event asked for, seconds.
  package var rescanSeconds = 300
  /// A product that is still incomplete after so long holds up nobody else's work, hours.
  package var incompleteAfterHours = 24.0
  package var whenDone = WhenDone.keep
  /// Where `move` moves to.
  package var doneFolder: String?

  package init(name: String, path: String) {
    self.name = name
    self.path = path
  }
}
