internal import Ledger
internal import Watching

/// A product whose files are not the ones that were verified.
struct ChangedProduct: Sendable {
  var row: ProductRow
  var isThere: Bool

  /// Looks at its files: nil where they are as they were.
  init?(_ row: ProductRow) {
    let sighting = DropScan.look(at: row.location)
    guard sighting?.signature != row.signature else { return nil }
    (self.row, isThere) = (row, sighting != nil)
  }
}

extension Supervisor {
  func lookAgain(_ changed: [ChangedProduct]) async throws {
    try await lookAgain(changed.map(\.row), missing: Set(changed.filter { !$0.isThere }.map(\.row.location)))
  }
}
