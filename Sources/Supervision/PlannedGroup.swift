internal import Grouping
internal import Pipeline
internal import Product

/// A group in its present plan.
struct PlannedGroup {
  /// Nil where all has been worked on: of years of groups few have work to be done.
  var group: RunPlan.Group?
  var facts: GroupFacts

  /// Of all its products.
  var locations: [String] { group?.group.revisits.flatMap { $0.parts.map(\.location) } ?? [] }

  var viewLocations: [String] { group?.viewLocations ?? [] }
}
