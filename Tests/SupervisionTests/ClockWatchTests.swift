import Foundation
import Supervision
import Testing

@Test func aClockThatWasSetIsTold() throws {
  let (wall, steady) = (Date(timeIntervalSince1970: 1_700_000_000), ContinuousClock.now)
  var clock = ClockWatch(wall: wall, steady: steady)
  // Little by little, and while the machine slept, it is none.
  var jump = clock.jump(wall: wall + 40, steady: steady + .seconds(15))
  #expect(jump == nil)
  jump = clock.jump(wall: wall + 90_040, steady: steady + .seconds(90_015))
  #expect(jump == nil && !clock.isDoubtful(at: steady + .seconds(90_016)))
  jump = clock.jump(wall: wall + 176_455, steady: steady + .seconds(90_030))
  #expect(abs(try #require(jump) - 86_400) < 1)
  #expect(clock.isDoubtful(at: steady + .seconds(90_030 + 3599)))
  #expect(!clock.isDoubtful(at: steady + .seconds(90_030 + 3600)))
  // Back where it was: what has passed is over.
  jump = clock.jump(wall: wall + 90_070, steady: steady + .seconds(90_045))
  #expect(abs(try #require(jump) + 86_400) < 1)
  #expect(!clock.isDoubtful(at: steady + .seconds(90_046)))
}
