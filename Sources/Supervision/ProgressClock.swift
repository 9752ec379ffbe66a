private import Synchronization

/// When supervisor and workers last got something done. The watchdog is fed by this alone: a process that merely
/// exists is not alive.
package final class ProgressClock: Sendable {
  private struct Times {
    var supervisor = ContinuousClock.now
    var workers = ContinuousClock.now
    /// Pieces of work under way.
    var tasks = 0
  }
  private let times = Mutex(Times())

  package init() {}

  /// The supervisor went round once.
  package func supervisorWentRound() { times.withLock { $0.supervisor = .now } }

  /// A worker finished something.
  package func workerFinished() { times.withLock { $0.workers = .now } }

  package func workBegan() {
    times.withLock {
      $0.tasks += 1
      $0.workers = .now
    }
  }

  package func workEnded() {
    times.withLock {
      $0.tasks -= 1
      $0.workers = .now
    }
  }

  /// Why the watchdog must not be fed, nil where all is well.
  package func stagnation(rules: ProgressRules, now: ContinuousClock.Instant = .now) -> Stagnation? {
    let times = times.withLock { $0 }
    return judge(
      supervisorAge: now - times.supervisor, workersAge: times.tasks > 0 ? now - times.workers : nil, rules: rules)
  }
}

/// How long nothing may happen.
package struct ProgressRules: Sendable, Equatable {
  package var supervisor: Duration
  package var workers: Duration

  package init(supervisor: Duration = .seconds(120), workers: Duration) {
    self.supervisor = supervisor
    self.workers = workers
  }
}

/// Who got stuck.
package enum Stagnation: Sendable, Equatable { case supervisor, workers }

/// - Parameter workersAge: since the workers finished something; nil where they have nothing to do.
package func judge(supervisorAge: Duration, workersAge: Duration?, rules: ProgressRules) -> Stagnation? {
  if supervisorAge > rules.supervisor { return .supervisor }
  if let workersAge, workersAge > rules.workers { return .workers }
  return nil
}
