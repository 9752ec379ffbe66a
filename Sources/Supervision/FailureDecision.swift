package import Foundation
package import Work

/// How often and when work is tried again.
package struct RetryRules: Sendable, Equatable {
  /// Seconds.
  package var first: TimeInterval
  /// Seconds.
  package var longest: TimeInterval
  /// A job is stopped when the daemon has died so many times in a row while it worked on it.
  package var mostInterruptions: Int

  package init(first: TimeInterval, longest: TimeInterval, mostInterruptions: Int) {
    self.first = first
    self.longest = longest
    self.mostInterruptions = mostInterruptions
  }
}

/// What follows from a failure.
package enum FailureDecision: Sendable, Equatable {
  case retry(at: Date)
  /// Kept aside until its input changes.
  case quarantine
  /// Kept aside, with its evidence, until the operator says otherwise.
  case stop
}

/// - Parameter failures: in a row, this one included.
package func decide(
  failure kind: FailureKind, failures: Int, rules: RetryRules, now: Date
) -> FailureDecision {
  switch kind {
  case .environment: .retry(at: now.addingTimeInterval(backoff(failures: failures, rules: rules)))
  case .input: .quarantine
  case .defect: .stop
  }
}

/// Wait before the next attempt, seconds: doubles with each failure in a row up to the longest.
package func backoff(failures: Int, rules: RetryRules) -> TimeInterval {
  min(rules.first * pow(2, Double(min(max(failures, 1) - 1, 40))), rules.longest)
}

/// Whether a wait is over. A moment that lies further ahead than waits are long is that of a clock that has jumped back.
package func isOver(_ time: Date?, now: Date, longest: TimeInterval) -> Bool {
  guard let wait = time?.timeIntervalSince(now) else { return true }
  // What was just decided is not longer by what is rounded.
  return wait <= 0 || wait > longest + 1
}

/// Whether a job goes on after the daemon died while it worked on it.
/// - Parameter interruptions: in a row, this one included.
package func decide(interruptions: Int, rules: RetryRules) -> FailureDecision? {
  interruptions >= rules.mostInterruptions ? .stop : nil
}
