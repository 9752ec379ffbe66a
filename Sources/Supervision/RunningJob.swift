internal import Foundation
internal import Ledger
private import Synchronization

/// The job that is being worked on.
struct RunningJob {
  var job: JobRow
  var attempt: AttemptRow
  var task: Task<Void, Never>
  var step: JobStep
}

/// Where a job is: written by the workers, read by whoever asks.
final class JobStep: Sendable {
  private let state = Mutex((name: "beginning", share: 0.0))

  func set(_ name: String, _ share: Double) { state.withLock { $0 = (name, share) } }

  var name: String { state.withLock { $0.name } }
  /// Share of the step that is done, 0 to 1.
  var share: Double { state.withLock { $0.share } }
}
