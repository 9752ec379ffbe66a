import Supervision
import Testing

private let rules = ProgressRules(supervisor: .seconds(30), workers: .seconds(900))

@Test func theWatchdogIsFedByProgressAlone() {
  #expect(judge(supervisorAge: .seconds(29), workersAge: .seconds(899), rules: rules) == nil)
  #expect(judge(supervisorAge: .seconds(31), workersAge: nil, rules: rules) == .supervisor)
  #expect(judge(supervisorAge: .seconds(1), workersAge: .seconds(901), rules: rules) == .workers)
  #expect(judge(supervisorAge: .seconds(1), workersAge: nil, rules: rules) == nil, "idle workers are not stuck")
}

@Test func theClockKnowsWhoWorks() {
  let clock = ProgressClock()
  let later = ContinuousClock.now + .seconds(1000)
  let patient = ProgressRules(supervisor: .seconds(5000), workers: .seconds(900))
  #expect(clock.stagnation(rules: patient, now: later) == nil)
  clock.workBegan(.job)
  #expect(clock.stagnation(rules: patient, now: later) == .workers)
  // Work that goes on elsewhere does not hide a job that hangs, nor does work that has not begun.
  clock.workBegan(.intake)
  clock.workWentOn(.intake)
  #expect(clock.stagnation(rules: patient, now: later) == .workers)
  clock.workEnded(.job)
  clock.workWentOn(.job)
  #expect(clock.age(of: .job) == nil && clock.age(of: .intake) != nil)
  clock.workEnded(.intake)
  #expect(clock.stagnation(rules: patient, now: later) == nil)
}

/// A machine that was suspended: nobody got on, and nobody is stuck for that.
@Test func whatStoodStillWithTheSupervisorIsNotStuck() throws {
  let clock = ProgressClock()
  let start = ContinuousClock.now
  clock.workBegan(.job)
  // As long as the supervisor goes round the worker's time counts.
  for seconds in stride(from: 15, through: 600, by: 15) { clock.supervisorWentRound(now: start + .seconds(seconds)) }
  #expect(try #require(clock.age(of: .job, now: start + .seconds(600))) > .seconds(590))
  clock.supervisorWentRound(now: start + .seconds(5000))
  #expect(try #require(clock.age(of: .job, now: start + .seconds(5010))) <= .seconds(10))
  #expect(clock.age(of: .intake) == nil)
}

@Test(.timeLimit(.minutes(5))) func aCallWhileAwakeIsNotLost() async {
  let wake = Wake()
  wake.call()
  await wake.wait(until: .now + .seconds(600))
  let start = ContinuousClock.now
  await wake.wait(until: .now + .milliseconds(100))
  #expect(ContinuousClock.now - start >= .milliseconds(90))
  Task {
    try await Task.sleep(for: .milliseconds(50))
    wake.call()
  }
  await wake.wait(until: .now + .seconds(600))
}

@Test func everyKindOfEventHasAnIdOfItsOwn() {
  let ids = EventKind.allCases.map(\.messageID)
  #expect(Set(ids).count == ids.count)
  #expect(ids.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
}
