internal import Foundation
internal import Product

/// Rules for choosing the views of a group.
package struct SelectionRules: Sendable, Codable, Hashable {
  /// Most views used; 1 to 16.
  package var maxViews: Int
  /// A view is usable if less than this share of it is masked, 0 to 1.
  package var usableBelow: Double
  /// The anchor is the newest view at least this clear, 0 to 1.
  package var anchorClear: Double
  /// The operator's choice of anchor: a UTC day, `2024-06-12`.
  package var anchorDay: String?

  package init(maxViews: Int = 8, usableBelow: Double = 0.5, anchorClear: Double = 0.95, anchorDay: String? = nil) {
    self.maxViews = maxViews
    self.usableBelow = usableBelow
    self.anchorClear = anchorClear
    self.anchorDay = anchorDay
  }
}

/// A revisit with the share of it that is masked, 0 to 1, counted in its scene classification.
package struct AssessedRevisit: Sendable, Codable {
  package var revisit: Revisit
  package var maskedShare: Double

  package init(revisit: Revisit, maskedShare: Double) {
    self.revisit = revisit
    self.maskedShare = maskedShare
  }
}

/// What a revisit is used for, and why.
package struct ViewDecision: Sendable, Codable {
  package enum Role: String, Sendable, Codable {
    case anchor
    case view
    /// Usable, but there are clearer ones enough.
    case surplus
    /// Too much of it is masked.
    case unusable
  }
  package var revisit: Revisit
  package var maskedShare: Double
  package var role: Role
  package var reason: String
}

/// The views of a group: the anchor first, then the clearest; and a decision on every revisit.
package struct ViewSelection: Sendable, Codable {
  package var views: [AssessedRevisit]
  /// Those that are surplus, the clearest first: they take the places of views that turn out to be of no use.
  package var reserves: [AssessedRevisit]
  /// One a revisit, in order of time.
  package var decisions: [ViewDecision]

  package var anchor: AssessedRevisit? { views.first }
}

/// Why no selection can be made: a sentence for the operator.
package struct SelectionError: Error, Sendable, CustomStringConvertible {
  package let description: String
}

extension ViewSelection {
  /// Nothing of a group can be used.
  /// - Parameter reason: why.
  package init(noneOf revisits: [AssessedRevisit], _ reason: String) {
    self.init(
      views: [], reserves: [],
      decisions: revisits.sorted { $0.revisit.key < $1.revisit.key }.map {
        ViewDecision(revisit: $0.revisit, maskedShare: $0.maskedShare, role: .unusable, reason: reason)
      })
  }
}

/// Chooses views and anchor.
/// - Throws: `SelectionError` where the operator's anchor day has no usable revisit.
package func selectViews(_ revisits: [AssessedRevisit], rules: SelectionRules) throws(SelectionError) -> ViewSelection {
  let usable = revisits.filter { $0.maskedShare < rules.usableBelow }
    .sorted { ($0.maskedShare, $1.revisit.key) < ($1.maskedShare, $0.revisit.key) }  // clearest, then newest
  let anchor = try chooseAnchor(usable, all: revisits, rules: rules)
  var views: [AssessedRevisit] = []
  var reserves: [AssessedRevisit] = []
  if let anchor {
    let others = usable.filter { $0.revisit.key != anchor.view.revisit.key }
    views = [anchor.view] + others.prefix(rules.maxViews - 1)
    reserves = Array(others.dropFirst(rules.maxViews - 1))
  }
  let chosen = Set(views.map(\.revisit.key))
  let decisions = revisits.sorted { $0.revisit.key < $1.revisit.key }.map { candidate -> ViewDecision in
    let share = percent(candidate.maskedShare)
    func decision(_ role: ViewDecision.Role, _ reason: String) -> ViewDecision {
      ViewDecision(revisit: candidate.revisit, maskedShare: candidate.maskedShare, role: role, reason: reason)
    }
    if let anchor, candidate.revisit.key == anchor.view.revisit.key {
      return decision(.anchor, "\(anchor.reason); \(share) masked")
    }
    if candidate.maskedShare >= rules.usableBelow {
      return decision(.unusable, "\(share) masked; a view is usable under \(percent(rules.usableBelow))")
    }
    if chosen.contains(candidate.revisit.key) { return decision(.view, "\(share) masked") }
    let others = rules.maxViews - 1
    let enough =
      switch others {
      case 0: "the anchor alone is enough"
      case 1: "the anchor and 1 clearer view are enough, unless that is left out"
      default: "the anchor and \(others) clearer views are enough, unless one of them is left out"
      }
    return decision(.surplus, "\(share) masked; \(enough)")
  }
  return ViewSelection(views: views, reserves: reserves, decisions: decisions)
}

private func chooseAnchor(
  _ usable: [AssessedRevisit], all: [AssessedRevisit], rules: SelectionRules
) throws(SelectionError) -> (view: AssessedRevisit, reason: String)? {
  if let day = rules.anchorDay {
    let onDay = usable.filter { $0.revisit.isOf(day: day) }
    if let choice = onDay.first { return (choice, "the operator's choice") }
    let days = usable.map { UTCTime.day($0.revisit.sensingTime) }.sorted()
    let usableDays = days.isEmpty ? "no day is usable" : "usable days: \(days.joined(separator: ", "))"
    let tile = all.first.map { "\($0.revisit.key.tile): " } ?? ""
    let masked = all.contains { $0.revisit.isOf(day: day) }
    throw SelectionError(
      description: masked
        ? "\(tile)the revisit of \(day) asked for as anchor is masked too much; \(usableDays)"
        : "\(tile)no revisit on \(day), asked for as anchor; \(usableDays)")
  }
  let clear = usable.filter { 1 - $0.maskedShare >= rules.anchorClear }
  if let newest = clear.max(by: { $0.revisit.key < $1.revisit.key }) {
    return (newest, "the newest view at least \(percent(rules.anchorClear)) clear")
  }
  return usable.first.map { ($0, "the clearest view; none is \(percent(rules.anchorClear)) clear") }
}

private func percent(_ share: Double) -> String {
  let tenths = (share * 1000).rounded() / 10
  return tenths == tenths.rounded() ? "\(Int(tenths)) %" : "\(tenths) %"
}
