import Foundation
import Supervision
import Testing
import Work

private let end = Date(timeIntervalSince1970: 1_700_000_000)
private let rules = GroupRules(fullAt: 8, lateness: 100, quiet: 10)

private func facts(_ usable: Int = 3, arrival: Double = -1000) -> GroupFacts {
  GroupFacts(
    tile: "31TCJ", windowEnd: end, usable: usable, revisits: 9, inputs: "new", doneInputs: "old",
    lastArrival: end.addingTimeInterval(arrival))
}

private func decision(_ facts: GroupFacts, at seconds: Double = 0) -> GroupDecision {
  decide(facts, rules: rules, now: end.addingTimeInterval(seconds))
}

@Test func aGroupWaitsForItsDeadline() {
  guard case .wait(let until, let text) = decision(facts(), at: 99) else {
    Issue.record("does not wait")
    return
  }
  #expect(until == end.addingTimeInterval(100) && text.contains("3 of 8"))
  guard case .close(let reason) = decision(facts(), at: 100) else {
    Issue.record("does not close")
    return
  }
  #expect(reason.contains("deadline"))
}

@Test func aFullGroupClosesWhenItsTileIsQuiet() {
  guard case .wait(let until, _) = decision(facts(8, arrival: -4)) else {
    Issue.record("does not wait for quiet")
    return
  }
  #expect(until == end.addingTimeInterval(6))
  guard case .close = decision(facts(8, arrival: -4), at: 6) else {
    Issue.record("does not close")
    return
  }
}

@Test func anArrivalInTheFutureIsNotWaitedFor() {
  guard case .close = decision(facts(8, arrival: 1_000_000)) else {
    Issue.record("waits for a clock that jumped back")
    return
  }
}

@Test func whatIsStillArrivingHoldsTheGroupUp() {
  var arriving = facts(8)
  arriving.arriving = ["A", "B"]
  guard case .wait(nil, let text) = decision(arriving) else {
    Issue.record("does not wait")
    return
  }
  #expect(text.contains("A and B are"))
  arriving.arrivingUntil = .distantFuture
  guard case .wait(.distantFuture, text) = decision(arriving) else {
    Issue.record("does not say until when")
    return
  }
  arriving.arrivingUntil = .distantPast
  #expect(decision(arriving) == .wait(until: nil, text), "after a jump of the clock there is nothing to say")
  arriving.isFlushed = true
  #expect(decision(arriving) == .close("the operator's word"))
}

@Test func nothingNewIsNothingToDo() {
  var done = facts(8)
  done.doneInputs = "new"
  #expect(decision(done) == .published)
  done.isFlushed = true
  #expect(decision(done) == .close("the operator's word"))
}

@Test func theOperatorHoldsAboveAll() {
  var held = facts(8)
  held.holder = "31TCJ-20240601-60d"
  held.isFlushed = true
  guard case .held(let text) = decision(held) else {
    Issue.record("not held")
    return
  }
  #expect(text.contains("`supertile release 31TCJ-20240601-60d`"))
}

@Test func missingViewsNeedTheOperator() {
  var missing = facts(8)
  missing.missing = ["A"]
  guard case .blocked(let text) = decision(missing) else {
    Issue.record("not blocked")
    return
  }
  #expect(text.contains("A is") && text.contains("supertile flush 31TCJ"))
}

@Test func nothingUsableIsNoJob() {
  guard case .unusable = decision(facts(0), at: 1000) else {
    Issue.record("works on nothing")
    return
  }
}

@Test func failuresAreWaitedOutOrKeptAside() {
  var failed = facts(8)
  failed.failure = .init(kind: .environment, text: "disk full", notBefore: end.addingTimeInterval(5))
  #expect(decision(failed) == .backoff(until: end.addingTimeInterval(5), "disk full"))
  guard case .close = decision(failed, at: 5) else {
    Issue.record("does not try again")
    return
  }
  failed.failure?.kind = .input
  guard case .quarantined = decision(failed, at: 1e6) else {
    Issue.record("not quarantined")
    return
  }
  failed.failure?.kind = .defect
  guard case .stopped = decision(failed, at: 1e6) else {
    Issue.record("not stopped")
    return
  }
}

/// A product that is being copied holds up its own window and those behind it, which it may move, but none before it.
@Test func whatWasSeenAfterAWindowHoldsItUpNoMore() {
  func arriving(_ name: String) -> Arriving {
    Arriving(tile: "31TCJ", name: name, until: .now, time: end)
  }
  // The window ends on 2023-11-14, at 22:13.
  let (before, inside) = ("20230901T105621", "20231114T105621")
  let (night, after) = ("20231115T001000", "20231117T105621")
  func holdsUp(_ start: String) -> Bool {
    arriving("S2B_MSIL2A_\(start)_N0509_R094_T31TCJ_20231120T000000.SAFE").mayChange(windowEndingAt: end)
  }
  #expect(holdsUp(before) && holdsUp(inside) && holdsUp(night))
  #expect(!holdsUp(after))
  #expect(arriving("inbox.zip").mayChange(windowEndingAt: end), "nobody knows when that was seen")
}

/// Quiet is counted by a clock that nobody sets, where this process saw the last one arrive.
@Test func aGroupWaitsForQuietWhateverTheClockSays() {
  // Set back by a day since the arrival, and ahead by one.
  for arrival in [86_400.0, -86_400] {
    var facts = facts(8, arrival: arrival)
    facts.sinceArrival = 4
    guard case .wait(let until, _) = decision(facts) else {
      Issue.record("does not wait for quiet")
      return
    }
    #expect(until == end.addingTimeInterval(6))
    facts.sinceArrival = 10
    guard case .close = decision(facts) else {
      Issue.record("does not close")
      return
    }
  }
}

/// After the clock was set back the next attempt comes no later than its own wait.
@Test func aWaitIsNoLongerThanItsOwn() {
  var rules = rules
  rules.retry = RetryRules(first: 5, longest: 3600, mostInterruptions: 10)
  func decision(_ wait: Double, failures: Int) -> GroupDecision {
    var facts = facts(8)
    facts.failure = GroupFacts.Failure(
      kind: .environment, text: "full", notBefore: end.addingTimeInterval(wait), failures: failures)
    return decide(facts, rules: rules, now: end)
  }
  #expect(decision(5, failures: 1) == .backoff(until: end.addingTimeInterval(5), "full"))
  #expect(decision(20, failures: 3) == .backoff(until: end.addingTimeInterval(20), "full"))
  guard case .close = decision(3000, failures: 1) else {
    Issue.record("waits for what its clock lost")
    return
  }
}
