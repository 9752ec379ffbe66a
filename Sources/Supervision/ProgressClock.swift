private import Synchronization

/// When supervisor and workers last got something done. The watchdog is fed by this alone: a process that merely
/// exists is not alive.
package final class ProgressClock: Sendable {
  /// Who works in a process of its own.
  package enum Worker: Sendable, CaseIterable { case intake, classes, job }

  private struct Times {
    var supervisor = ContinuousClock.now
    /// Of those who have something to do.
    var workers: [Worker: ContinuousClock.Instant] = [:]
  }
  private let times = Mutex(Times())

  package init() {}

  /// The supervisor, which goes round every 15 s, did so for so long no more: all stood still, as a machine that was
  /// suspended, and the workers with it.
  private static let standstill = Duration.seconds(60)

  /// The supervisor went round once.
  package func supervisorWentRound(now: ContinuousClock.Instant = .now) {
    times.withLock { times in
      if now - times.supervisor > Self.standstill { times.workers = times.workers.mapValues { _ in now } }
      times.supervisor = now
    }
  }

  package func workBegan(_ worker: Worker) { times.withLock { $0.workers[worker] = .now } }

  /// A worker finished something.
  package func workWentOn(_ worker: Worker) {
    times.withLock { if $0.workers[worker] != nil { $0.workers[worker] = .now } }
  }

  package func workEnded(_ worker: Worker) { times.withLock { $0.workers[worker] = nil } }

  /// Since a worker finished something; nil where it has nothing to do.
  package func age(of worker: Worker, now: ContinuousClock.Instant = .now) -> Duration? {
    times.withLock { $0.workers[worker]?.duration(to: now) }
  }

  /// Why the watchdog must not be fed, nil where all is well.
  package func stagnation(rules: ProgressRules, now: ContinuousClock.Instant = .now) -> Stagnation? {
    let supervisor = times.withLock { $0.supervisor }
    return judge(
      supervisorAge: now - supervisor, workersAge: Worker.allCases.compactMap { age(of: $0, now: now) }.max(),
      rules: rules)
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
