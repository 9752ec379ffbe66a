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
  // Decoding weighs 30, super-resolving 1840, writing 60: at a unit a second the whole takes 1930.
  for second in stride(from: 0, through: 30, by: 10) {
    job.note("decoding", Double(second) / 30, at: start + .seconds(second))
  }
  for second in stride(from: 30, through: 1870, by: 40) {
    job.note("super-resolving", Double(second - 30) / 1840, at: start + .seconds(second))
    let left = try #require(job.secondsLeft(at: start + .seconds(second)))
    #expect(abs(left - Double(1930 - second)) < 1)
  }
  #expect(abs(try #require(job.secondsLeft(at: start + .seconds(1880))) - 50) < 1)
}

/// What a resumed job finds done was not done at this speed.
@Test func whatWasDoneBeforeIsNoSpeed() throws {
  let job = estimate([
    (0, "decoding", 0), (30, "decoding", 1), (30, "super-resolving", 0.5), (950, "super-resolving", 1),
    (950, "writing", 0),
  ])
  #expect(abs(try #require(job.secondsLeft(at: start + .seconds(950))) - 60) < 2)
}

/// A job that begins again has done no more than before.
@Test func beginningAgainIsNoWork() throws {
  let notes = [
    (0, "decoding", 0.0), (30, "decoding", 1.0), (30, "super-resolving", 0), (122, "super-resolving", 0.05),
  ]
  let again = estimate(notes + [(122, "decoding", 0)])
  #expect(abs(try #require(again.secondsLeft(at: start + .seconds(122))) - 1930) < 2)
}

@Test func tooLittleTellsNothing() {
  #expect(estimate([]).secondsLeft(at: start) == nil)
  #expect(estimate([(0, "decoding", 0), (10, "decoding", 0.05)]).secondsLeft(at: start + .seconds(10)) == nil)
  #expect(estimate([(0, "publishing", 1)]).secondsLeft(at: start) == nil)
}

/// Buildings come after writing; without them the end is nearer.
@Test func buildingsTakeTheirTime() throws {
  let notes = [(0, "decoding", 0.0), (12, "decoding", 1.0), (12, "super-resolving", 0), (400, "super-resolving", 0.5)]
  let (with, without) = (estimate(notes, buildings: true), estimate(notes))
  let at = start + .seconds(400)
  #expect(try #require(with.secondsLeft(at: at)) > #require(without.secondsLeft(at: at)) + 100)
}

@Test(arguments: [(0.0, "0 s"), (89.9, "89 s"), (95, "2 min"), (89 * 60.0, "89 min"), (125 * 60.0, "2 h 05 min")])
func timesAreWritten(seconds: Double, text: String) {
  #expect(JobEstimate.text(seconds) == text)
}
