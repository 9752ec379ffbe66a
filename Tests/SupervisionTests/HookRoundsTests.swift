import Foundation
import Ledger
import Supervision
import Testing

private let rules = RetryRules(first: 10, longest: 100, mostInterruptions: 3)
private let now = Date(timeIntervalSince1970: 1_700_000_000)

private func item(_ id: String, failures: Int = 0, notBefore: TimeInterval? = nil) -> ItemRow {
  var row = ItemRow(id: id, groupID: "g", tile: "31TCJ", revision: 1, folder: "/s/\(id)", created: now, recorded: now)
  row.hookFailures = failures
  row.hookNotBefore = notBefore.map { now + $0 }
  return row
}

@Test func hooksThatFailedWaitUntilARoundBeginsAnew() {
  var hooks = HookRounds()
  // One round at a time.
  let begun = [hooks.begin(), hooks.begin()]
  hooks.end()
  let next = hooks.begin()
  #expect(begun == [true, false] && next)
  let waiting = [item("a"), item("b", failures: 4, notBefore: 50), item("c", failures: 1, notBefore: -1)]
  // After a start all are due, whatever was said before it.
  let first = hooks.due(of: waiting, now: now, rules: rules)
  #expect(first.map(\.id) == ["a", "b", "c"] && hooks.notBefore == nil)
  let second = hooks.due(of: waiting, now: now, rules: rules)
  #expect(second.map(\.id) == ["a", "c"] && hooks.notBefore.map { $0 > .now + .seconds(40) } == true)
  #expect(hooks.problems["b"]?.contains("has failed 4 times") == true && hooks.problems["a"] == nil)
  hooks.failed("a", "ended with status 1", wait: 10)
  #expect(hooks.problems["a"] == "a: ended with status 1")
  #expect(hooks.notBefore.map { $0 < .now + .seconds(20) } == true, "the next one counts")
  hooks.succeeded("a")
  #expect(hooks.problems["a"] == nil)
  hooks.startAnew()
  let anew = hooks.due(of: waiting, now: now, rules: rules)
  #expect(anew.count == 3)
  // What waits no more is no problem.
  let none = hooks.due(of: [], now: now, rules: rules)
  #expect(none.isEmpty && hooks.problems.isEmpty && hooks.notBefore == nil)
}

@Test func aHookThatTakesLongIsTold() {
  var hooks = HookRounds()
  let now = ContinuousClock.now
  #expect(hooks.delay(now: now) == nil)
  hooks.started("a", now: now)
  #expect(hooks.running == "a")
  #expect(hooks.delay(now: now + .seconds(59)) == nil)
  #expect(hooks.delay(now: now + .seconds(90))?.hasPrefix("a: its hook has been running for 90 s") == true)
  hooks.ended()
  #expect(hooks.running == nil)
  #expect(hooks.delay(now: now + .seconds(90)) == nil)
}

/// Nobody could be told: that counts for waits alone, since retention goes by what was told.
@Test func whatDidNotBeginIsWaitedForLongerEachTime() {
  var hooks = HookRounds()
  let waiting = item("a")
  var due = hooks.due(of: [waiting], now: now, rules: rules)
  #expect(due.map(\.id) == ["a"])
  let counts = [hooks.missed(waiting), hooks.missed(waiting), hooks.missed(waiting)]
  #expect(counts == [1, 2, 3])
  due = hooks.due(of: [item("a", notBefore: 40)], now: now, rules: rules)
  #expect(due.isEmpty)
  // Longer than that only a clock makes it that was set back.
  due = hooks.due(of: [item("a", notBefore: 60)], now: now, rules: rules)
  #expect(due.map(\.id) == ["a"])
  hooks.succeeded("a")
  #expect(hooks.missed(waiting) == 1)
}

@Test func hooksRestWhereTheirEndCannotBeWrittenDown() throws {
  var hooks = HookRounds()
  var begins = hooks.begin()
  #expect(begins)
  hooks.breakOff(rules: rules)
  begins = hooks.begin()
  #expect(!begins && hooks.notBefore.map { $0 > .now + .seconds(8) } == true)
}
