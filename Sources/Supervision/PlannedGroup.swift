internal import Pipeline

/// A group in its present plan.
struct PlannedGroup {
  /// Nil where all has been worked on: of years of groups few have work to be done.
  var group: RunPlan.Group?
  var facts: GroupFacts

  var viewLocations: [String] { group?.viewLocations ?? [] }
}
