internal import Foundation
internal import Ledger
internal import Pipeline
private import Synchronization

/// The job that is being worked on.
struct RunningJob {
  var job: JobRow
  var attempt: AttemptRow
  var task: Task<Void, Never>
  var step: JobStep
  /// Of products that it may take views from.
  var locations: Set<String>
  /// Why it is given up before its end; nil for a stop, and where it goes on.
  var reason: String?
}

/// Where a job is: written by the workers, read by whoever asks.
final class JobStep: Sendable {
  private struct State {
    var name = "beginning"
    var share = 0.0
    var estimate: JobEstimate
  }
  private let state: Mutex<State>

  /// - Parameter buildings: whether buildings are looked for.
  init(buildings: Bool) { state = Mutex(State(estimate: JobEstimate(buildings: buildings))) }

  func set(_ name: String, _ share: Double) {
    state.withLock {
      ($0.name, $0.share) = (name, share)
      $0.estimate.note(name, share)
    }
  }

  /// Until the job is done; nil while that cannot be told.
  var secondsLeft: Double? { state.withLock { $0.estimate.secondsLeft() } }

  var name: String { state.withLock { $0.name } }
  /// Share of the step that is done, 0 to 1.
  var share: Double { state.withLock { $0.share } }
}
