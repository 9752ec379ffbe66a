package import Foundation
package import Grouping
package import Intake
package import Product

/// What a run is going to do with the products it was given, and why.
package struct RunPlan: Sendable {
  package struct Group: Sendable, Codable {
    package var group: RevisitGroup
    package var selection: ViewSelection
    /// When it was published first, as far as that is known; its items may be gone since.
    package var began: Date?
  }

  /// Intake's word on each path, in the order given.
  package var reports: [IntakeReport]
  /// Products that another one replaces.
  package var excluded: [(product: Product, exclusion: Exclusion)]
  package var groups: [Group]

  /// Also what is whole by itself, and does not fit the rest of its tile.
  package var hasRefused: Bool {
    reports.contains { if case .refused = $0.outcome { true } else { false } }
      || excluded.contains { if case .mismatch = $0.exclusion { true } else { false } }
  }
  package var hasIncomplete: Bool {
    reports.contains { if case .incomplete = $0.outcome { true } else { false } }
  }
}
