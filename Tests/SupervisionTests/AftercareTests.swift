import Foundation
import Supervision
import Testing

private let rules = RetryRules(first: 0.2, longest: 0.4, mostInterruptions: 3)

@Test func aTileIsSeenToOnceForEachPieceOfNews() {
  var aftercare = Aftercare()
  #expect(aftercare.begin() == [])
  aftercare.note(["31TDJ", "31TCJ"])
  #expect(aftercare.begin() == ["31TCJ", "31TDJ"] && aftercare.begin() == [] && aftercare.rounds == 1)
  // News that comes meanwhile waits until the tile is free.
  aftercare.note(["31TCJ"])
  #expect(aftercare.begin() == [] && aftercare.isUnderway("31TCJ"))
  #expect(aftercare.end("31TCJ", problems: [], rules: rules) == nil && !aftercare.isUnderway("31TCJ"))
  #expect(aftercare.begin() == ["31TCJ"])
}

@Test func aGroupWhoseTimeHasPassedIsNotedOnce() {
  var aftercare = Aftercare()
  aftercare.note(past: "g", of: "31TCJ")
  #expect(aftercare.begin() == ["31TCJ"] && aftercare.end("31TCJ", problems: [], rules: rules) == nil)
  aftercare.note(past: "g", of: "31TCJ")
  #expect(aftercare.begin() == [])
  // Until its products are others, or the rules.
  aftercare.forget(past: ["g"])
  aftercare.note(past: "g", of: "31TCJ")
  #expect(aftercare.begin() == ["31TCJ"] && aftercare.end("31TCJ", problems: [], rules: rules) == nil)
  aftercare.startAnew()
  aftercare.note(past: "g", of: "31TCJ")
  #expect(aftercare.begin() == ["31TCJ"])
}

@Test func whatCannotBeDoneIsTriedAgainAndHoldsUpNoOther() async throws {
  var aftercare = Aftercare()
  aftercare.note(["31TCJ", "31TDJ"])
  _ = aftercare.begin()
  #expect(
    aftercare.end("31TCJ", problems: ["p"], rules: RetryRules(first: 3600, longest: 3600, mostInterruptions: 3)) == 3600
  )
  #expect(aftercare.problems == ["31TCJ": ["p"]] && aftercare.begin() == [])
  #expect(aftercare.end("31TDJ", problems: ["q"], rules: rules) == 0)
  try await Task.sleep(for: .milliseconds(250))
  #expect(aftercare.begin() == ["31TDJ"])
  #expect(aftercare.end("31TDJ", problems: [], rules: rules) == nil && aftercare.problems.keys.sorted() == ["31TCJ"])
  aftercare.startAnew()
  #expect(aftercare.problems.isEmpty && aftercare.begin() == ["31TCJ"])
}

@Test func whatIsAwayWaitsForAScan() {
  var aftercare = Aftercare()
  aftercare.note(["31TCJ"])
  _ = aftercare.begin()
  aftercare.putOff("31TCJ")
  #expect(aftercare.end("31TCJ", problems: [], rules: rules) == nil && aftercare.begin() == [])
  aftercare.scanned()
  #expect(aftercare.begin() == ["31TCJ"])
}
