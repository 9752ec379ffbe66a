import Pipeline
import Testing

private let start = ContinuousClock.now

private func estimate(_ notes: [(seconds: Int, step: String, share: Double)], buildings: Bool = false) -> JobEstimate {
  var estimate = JobEstimate(buildings: buildings)
  for note in notes { estimate.note(note.step, note.share, at: start + .seconds(note.seconds)) }
  return estimate
}

/// A job at a steady speed: what is left is what its steps weigh.
@Test func aSteadyJobIsToldTruthfully() throws {
  var job = JobEstimate(buildings: false)
  // Decoding weighs 220, super-resolving 1750, writing 110: at a unit a second the whole takes 2080.
  for second in stride(from: 0, through: 220, by: 10) {
    job.note("decoding", Double(second) / 220, at: start + .seconds(second))
  }
  for second in stride(from: 220, through: 1970, by: 50) {
    job.note("super-resolving", Double(second - 220) / 1750, at: start + .seconds(second))
    let left = try #require(job.secondsLeft(at: start + .seconds(second)))
    #expect(abs(left - Double(2080 - second)) < 1)
  }
  #expect(abs(try #require(job.secondsLeft(at: start + .seconds(1975))) - 105) < 1)
}

/// What a resumed job finds done was not done at this speed.
@Test func whatWasDoneBeforeIsNoSpeed() throws {
  let job = estimate([
    (0, "decoding", 0), (220, "decoding", 1), (220, "super-resolving", 0.5), (1095, "super-resolving", 1),
    (1095, "writing", 0),
  ])
  #expect(abs(try #require(job.secondsLeft(at: start + .seconds(1095))) - 110) < 2)
}

@Test func tooLittleTellsNothing() {
  #expect(estimate([]).secondsLeft(at: start) == nil)
  #expect(estimate([(0, "decoding", 0), (10, "decoding", 0.05)]).secondsLeft(at: start + .seconds(10)) == nil)
  #expect(estimate([(0, "publishing", 1)]).secondsLeft(at: start) == nil)
}

/// Buildings come after writing; without them the end is nearer.
@Test func buildingsTakeTheirTime() throws {
  let notes = [(0, "decoding", 0.0), (90, "decoding", 1.0), (90, "super-resolving", 0), (470, "super-resolving", 0.5)]
  let (with, without) = (estimate(notes, buildings: true), estimate(notes))
  let at = start + .seconds(470)
  #expect(try #require(with.secondsLeft(at: at)) > #require(without.secondsLeft(at: at)) + 100)
}

@Test(arguments: [(0.0, "0 s"), (89.9, "89 s"), (95, "2 min"), (89 * 60.0, "89 min"), (125 * 60.0, "2 h 05 min")])
func timesAreWritten(seconds: Double, text: String) {
  #expect(JobEstimate.text(seconds) == text)
}
