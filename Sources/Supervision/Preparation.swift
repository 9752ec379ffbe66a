internal import Ledger
internal import Publishing
private import Synchronization

/// A look at whether a job can begin, beside the supervisor's rounds.
final class Preparation: Sendable {
  struct Findings: Sendable {
    /// Products of the job's views that changed.
    var changed: [ChangedProduct]
    /// What keeps it and all others from starting: too little space, or no store.
    var shortage: String?
    /// What keeps it alone from starting: another process at work on the tile.
    var occupation: String?
    /// What the store has of the tile.
    var published: [PublishedItem] = []
  }

  private struct State {
    var turned = ContinuousClock.now
    var isAtStore = false
    var findings: Result<Findings, any Error>?
  }

  let job: Int64
  /// Of its products.
  let locations: [String]
  private let state = Mutex(State())

  init(job: Int64, locations: [String]) { (self.job, self.locations) = (job, locations) }

  /// The products were looked at.
  func turnToStore() { state.withLock { $0 = State(isAtStore: true) } }

  func end(_ findings: Result<Findings, any Error>) { state.withLock { $0.findings = findings } }

  /// When that began which goes on.
  var turned: ContinuousClock.Instant { state.withLock { $0.turned } }
  var isAtStore: Bool { state.withLock { $0.isAtStore } }
  /// nil while the look goes on.
  var findings: Result<Findings, any Error>? { state.withLock { $0.findings } }
}
