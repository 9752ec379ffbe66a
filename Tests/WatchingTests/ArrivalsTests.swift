import Foundation
import Testing
import Watching

private let start = ContinuousClock.now
private let wall = Date(timeIntervalSince1970: 1_700_000_000)

private func sighting(_ name: String, _ signature: String, changed: Double = 0) -> Sighting {
  Sighting(location: "/drop/\(name)", signature: signature, lastChange: wall.addingTimeInterval(changed))
}

extension Arrivals {
  fileprivate mutating func look(_ sightings: [Sighting], at seconds: Double) -> (
    atRest: Set<String>, next: ContinuousClock.Instant?
  ) {
    observe(
      sightings, in: "/drop", settle: .seconds(10), now: start + .seconds(seconds),
      wallClock: wall.addingTimeInterval(seconds))
  }
}

@Test func aCopyThatGoesOnIsNotAtRest() {
  var arrivals = Arrivals()
  for second in stride(from: 0.0, to: 60, by: 5) {
    let (atRest, next) = arrivals.look([sighting("a.zip", "\(second)", changed: second)], at: second)
    #expect(atRest.isEmpty && next == start + .seconds(second + 10))
  }
  #expect(arrivals.look([sighting("a.zip", "55.0", changed: 55)], at: 64).atRest.isEmpty)
  let (atRest, next) = arrivals.look([sighting("a.zip", "55.0", changed: 55)], at: 65)
  #expect(atRest == ["/drop/a.zip"] && next == nil)
}

@Test func whatLayThereBeforeIsAtRestAtOnce() {
  var arrivals = Arrivals()
  #expect(arrivals.look([sighting("a.zip", "x", changed: -11)], at: 0).atRest == ["/drop/a.zip"])
}

@Test func aRenameInIsAtRestAtOnceUntilItChanges() {
  var arrivals = Arrivals()
  arrivals.markWhole("/drop/a.zip")
  #expect(arrivals.look([sighting("a.zip", "x")], at: 0).atRest == ["/drop/a.zip"])
  #expect(arrivals.look([sighting("a.zip", "y", changed: 1)], at: 1).atRest.isEmpty)
  #expect(arrivals.look([sighting("a.zip", "y", changed: 1)], at: 11).atRest == ["/drop/a.zip"])
}

@Test func aJumpOfTheWallClockDelaysNothing() {
  var arrivals = Arrivals()
  // Changed an hour in the future, as the file system has it: the clock jumped back.
  #expect(arrivals.look([sighting("a.zip", "x", changed: 3600)], at: 0).atRest.isEmpty)
  #expect(arrivals.look([sighting("a.zip", "x", changed: 3600)], at: 10).atRest == ["/drop/a.zip"])
}

@Test func whatVanishesIsForgotten() {
  var arrivals = Arrivals()
  arrivals.markWhole("/drop/a.zip")
  _ = arrivals.look([sighting("a.zip", "x")], at: 0)
  _ = arrivals.look([], at: 1)
  #expect(arrivals.look([sighting("a.zip", "x", changed: 2)], at: 2).atRest.isEmpty)
}
