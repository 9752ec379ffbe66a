package import Intake
package import Networks
package import Publishing

/// What a worker process answers.
package enum WorkAnswer: Sendable, Codable {
  case model(ModelCard)
  /// signature: of the product's files, unchanged while they were looked at; nil where they changed or are gone.
  case examined(IntakeReport, signature: String?)
  case counted([Int])
  case ran(JobOutcome)
}

/// What became of a group.
package enum JobOutcome: Sendable, Codable {
  /// A new item lies in the store.
  /// - Parameters:
  ///   - brighterBy: than the other views the anchor is so much, reflectance, where that is a lot.
  ///   - standIns: names of views that took the places of those that were left out.
  case published(PublishedItem, isWithinLimits: Bool, brighterBy: Double?, leftOut: [LeftOutView], standIns: [String])
  /// The same inputs were published before, in the same way.
  case unchanged(PublishedItem)
  case nothingUsable

  package struct LeftOutView: Sendable, Codable {
    package var name: String
    package var reason: String
  }
}

/// A line from a worker process to the daemon.
struct WorkReport: Sendable, Codable {
  enum Word: Sendable, Codable {
    /// A worker of the process has turned to the request.
    case began
    /// Something was finished on the way: it lives.
    case progress
    /// A step of a job, and the share of it that is done.
    case step(String, Double)
    /// What somebody has to see to, and what the work goes on without.
    case complaint(String)
    /// What somebody should know, and what is over with the work.
    case remark(String)
    case done(WorkAnswer)
    case failed(WorkFailure)
  }
  var number: Int
  var word: Word
}
