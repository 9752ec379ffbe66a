package import Foundation
package import Work

/// What decides whether a group is worked on.
package struct GroupFacts: Sendable, Equatable {
  package var tile: String
  package var windowEnd: Date
  /// Views that can be used, of all revisits.
  package var usable: Int
  package var revisits: Int
  /// Digest of its products.
  package var inputs: String
  /// The same, of what was worked on last with success.
  package var doneInputs: String?
  /// When a product of it arrived last.
  package var lastArrival: Date
  /// Seconds since one did, by a clock that nobody sets; nil where this process saw none arrive.
  package var sinceArrival: TimeInterval?
  /// Products of the tile that are still arriving and may change the group, by name.
  package var arriving: [String] = []
  /// How long the last of them is waited for, nil where none is.
  package var arrivingUntil: Date?
  /// Chosen views whose files are gone, or do not do now, by name.
  package var missing: [String] = []
  /// What the operator holds: the tile, or the group; nil for neither.
  package var holder: String?
  /// The operator's word: close now.
  package var isFlushed = false
  /// What came of the last attempt on these very inputs, nil for no failure.
  package var failure: Failure?

  package struct Failure: Sendable, Equatable {
    package var kind: FailureKind
    package var text: String
    /// When it may be tried again.
    package var notBefore: Date?
    /// In a row.
    package var failures: Int

    package init(kind: FailureKind, text: String, notBefore: Date?, failures: Int = 1) {
      self.kind = kind
      self.text = text
      self.notBefore = notBefore
      self.failures = failures
    }
  }

  package init(
    tile: String, windowEnd: Date, usable: Int, revisits: Int, inputs: String, doneInputs: String? = nil,
    lastArrival: Date
  ) {
    self.tile = tile
    self.windowEnd = windowEnd
    self.usable = usable
    self.revisits = revisits
    self.inputs = inputs
    self.doneInputs = doneInputs
    self.lastArrival = lastArrival
  }
}

/// When groups close.
package struct GroupRules: Sendable, Equatable {
  /// Views that make a group full.
  package var fullAt: Int
  /// After the end of the window, seconds.
  package var lateness: TimeInterval
  /// Without an arrival for the group, seconds.
  package var quiet: TimeInterval
  /// After a failure.
  package var retry: RetryRules

  package init(
    fullAt: Int, lateness: TimeInterval, quiet: TimeInterval,
    retry: RetryRules = RetryRules(first: .infinity, longest: .infinity, mostInterruptions: 1)
  ) {
    self.retry = retry
    self.fullAt = fullAt
    self.lateness = lateness
    self.quiet = quiet
  }
}

/// What is to be done about a group, and why.
package enum GroupDecision: Sendable, Equatable {
  /// What there is, is published.
  case published
  case unusable(String)
  case held(String)
  /// Waits for more, or for a moment.
  case wait(until: Date?, String)
  /// Only the operator can go on.
  case blocked(String)
  case backoff(until: Date, String)
  case quarantined(String)
  case stopped(String)
  /// Work on it now.
  case close(String)
}

/// Decides about a group. The first rule that applies wins; the result depends on nothing else.
package func decide(_ facts: GroupFacts, rules: GroupRules, now: Date) -> GroupDecision {
  let tile = facts.tile
  if let holder = facts.holder { return .held("held by the operator; `supertile release \(holder)` lets it go on") }
  if facts.inputs == facts.doneInputs, !facts.isFlushed { return .published }
  // Before the operator's word: that was about what there was then, and has the daemon forget what is gone.
  if !facts.missing.isEmpty, facts.usable > 0 {
    return .blocked(
      "\(listed(facts.missing)) gone or cannot be used now: put them right, or publish without them by "
        + "`supertile flush \(tile)`")
  }
  if let failure = facts.failure {
    switch failure.kind {
    case .environment:
      if let time = failure.notBefore,
        !isOver(time, now: now, longest: backoff(failures: failure.failures, rules: rules.retry))
      {
        return .backoff(until: time, failure.text)
      }
    case .input:
      return .quarantined("\(failure.text); tried again when its products change, or after `supertile retry \(tile)`")
    case .defect:
      return .stopped(
        "\(failure.text); this should not happen: please report it. `supertile retry \(tile)` tries again")
    }
  }
  if facts.usable == 0 { return .unusable(unusable(facts)) }
  if facts.isFlushed { return .close("the operator's word") }
  let deadline = facts.windowEnd.addingTimeInterval(rules.lateness)
  let isFull = facts.usable >= rules.fullAt
  guard isFull || deadline <= now else {
    return .wait(
      until: deadline, "\(facts.usable) of \(rules.fullAt) usable views; closes when full or at its deadline")
  }
  if !facts.arriving.isEmpty {
    // A time that has passed is a clock that jumped.
    let until = facts.arrivingUntil.flatMap { $0 > now ? $0 : nil }
    return .wait(until: until, "\(listed(facts.arriving)) still arriving for the tile")
  }
  // An arrival in the future is a clock that jumped back: waiting for it could take for ever.
  let ages = [facts.sinceArrival, facts.lastArrival <= now ? now.timeIntervalSince(facts.lastArrival) : nil]
  if let age = ages.compactMap(\.self).min(), age < rules.quiet {
    return .wait(
      until: now.addingTimeInterval(rules.quiet - age), "its products have just arrived; closes when no more do")
  }
  return .close(isFull ? "full: \(facts.usable) usable views" : "its deadline has passed")
}

private func unusable(_ facts: GroupFacts) -> String {
  facts.revisits == 1 ? "its one revisit is masked too much" : "all \(facts.revisits) revisits are masked too much"
}

/// `a is`, `a and b are`, `a, b, c and 4 more are`.
func listed(_ names: [String]) -> String {
  switch names.count {
  case 1: "\(names[0]) is"
  case 2...3: names.dropLast().joined(separator: ", ") + " and \(names[names.count - 1]) are"
  default: names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more are"
  }
}
