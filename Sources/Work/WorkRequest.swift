package import Pipeline
package import Product

/// What a worker process is asked to do.
package enum WorkRequest: Sendable, Codable {
  /// Load the models that these choices need.
  case loadModels(RunOptions)
  /// Look at what lies at `path`: the intake.
  case examine(path: String, bands: [String], verifyChecksums: Bool)
  /// Count the scene classes of a revisit in several parts.
  case countClasses([Product])
  /// The pipeline, on one group.
  case run(JobOrder)
}

/// A group to publish.
package struct JobOrder: Sendable, Codable {
  package var group: RunPlan.Group
  package var options: RunOptions
  /// Path of the store.
  package var store: String
  package var linksPredecessors: Bool

  package init(group: RunPlan.Group, options: RunOptions, store: String, linksPredecessors: Bool) {
    self.group = group
    self.options = options
    self.store = store
    self.linksPredecessors = linksPredecessors
  }
}

/// A line from the daemon to a worker process.
struct WorkOrder: Sendable, Codable {
  enum Word: Sendable, Codable {
    case begin(WorkRequest)
    /// Give up in good order.
    case cancel
  }
  /// Of the request that it is about.
  var number: Int
  var word: Word
}
