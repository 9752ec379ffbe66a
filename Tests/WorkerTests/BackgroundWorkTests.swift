import Foundation
import Synchronization
import Testing
import Workers

private struct Failure: Error, Equatable { var number: Int }

@Test func backgroundWorkIsDoneInOrderAndBeforeTheEnd() async throws {
  let done = Mutex<[Int]>([])
  let work = BackgroundWork()
  let result = try await work.finishing {
    for index in 0..<5 {
      try work.add {
        usleep(2000)
        done.withLock { $0.append(index) }
      }
    }
    return 7
  }
  #expect(result == 7)
  #expect(done.withLock { $0 } == Array(0..<5))
}

@Test func atMostOnePieceOfBackgroundWorkWaits() async throws {
  let counts = Mutex((added: 0, done: 0, most: 0))
  let work = BackgroundWork()
  try await work.finishing {
    for _ in 0..<10 {
      try work.add {
        usleep(2000)
        counts.withLock { $0.done += 1 }
      }
      counts.withLock {
        $0.added += 1
        $0.most = max($0.most, $0.added - $0.done)
      }
    }
  }
  // One is at work, one waits, and one may have ended without having been counted yet.
  #expect(counts.withLock { $0.most } <= 3)
  #expect(counts.withLock { $0.done } == 10)
}

@Test func theFirstFailureOfBackgroundWorkIsThrownAndNothingIsDoneAfterIt() async throws {
  let done = Mutex<[Int]>([])
  let work = BackgroundWork()
  await #expect(throws: Failure(number: 1)) {
    try await work.finishing {
      for index in 0..<4 {
        try work.add {
          if index > 0 { throw Failure(number: index) }
          done.withLock { $0.append(index) }
        }
      }
    }
  }
  #expect(done.withLock { $0 } == [0])
}

@Test func backgroundWorkEndsBeforeAnErrorIsPassedOn() async throws {
  let isDone = Mutex(false)
  let work = BackgroundWork()
  await #expect(throws: Failure(number: 9)) {
    try await work.finishing {
      try work.add {
        usleep(20_000)
        isDone.withLock { $0 = true }
      }
      throw Failure(number: 9)
    }
  }
  #expect(isDone.withLock { $0 })
}
