import Dispatch
import Foundation
import Synchronization
import Testing
import Workers

@Test(arguments: [1, 2, 5])
func commitsInOrderWhateverTheWorkers(workers: Int) async throws {
  let committed = Mutex<[Int]>([])
  try await WorkerPool(workers: workers).run(count: 200) { index in
    if index % 7 == 0 { usleep(500) }
    return index * index
  } commit: { index, value in
    committed.withLock { $0.append(value == index * index ? index : -1) }
  }
  #expect(committed.withLock { $0 } == Array(0..<200))
}

@Test func resultsThatWaitAreBounded() async throws {
  let counts = Mutex((finished: 0, committed: 0, most: 0))
  try await WorkerPool(workers: 3).run(count: 60) { index in
    if index == 0 { usleep(30_000) }
    counts.withLock {
      $0.finished += 1
      $0.most = max($0.most, $0.finished - $0.committed)
    }
  } commit: { _, _ in
    counts.withLock { $0.committed += 1 }
  }
  #expect(counts.withLock { $0.most } <= 2 * 3 + 3)
}

private struct Failure: Error, Equatable { let index: Int }

@Test func anErrorStopsTheRest() async {
  let started = Mutex(0)
  await #expect(throws: Failure(index: 5)) {
    try await WorkerPool(workers: 2).run(count: 10_000) { index in
      started.withLock { $0 += 1 }
      if index == 5 { throw Failure(index: 5) }
    }
  }
  #expect(started.withLock { $0 } < 100)
}

@Test func nothingIsCommittedAfterAFailedCommit() async {
  let committed = Mutex<[Int]>([])
  await #expect(throws: Failure(index: 3)) {
    try await WorkerPool(workers: 4).run(count: 100) {
      $0
    } commit: { index, _ in
      if index == 3 { throw Failure(index: 3) }
      committed.withLock { $0.append(index) }
    }
  }
  #expect(committed.withLock { $0 } == [0, 1, 2])
}

@Test func cancellationEndsTheRun() async {
  let task = Task {
    try await WorkerPool(workers: 2).run(count: 1_000_000) { _ in usleep(1000) }
  }
  try? await Task.sleep(for: .milliseconds(30))
  task.cancel()
  await #expect(throws: CancellationError.self) { try await task.value }
}

/// Pixel work must not delay Swift's own executor: the watchdog is fed from there. In a process of its own, since the
/// other tests block the executor.
@Test func sleepersWakeWhileWorkersSpin() async {
  await #expect(processExitsWith: .success) {
    async let spinning: Void = WorkerPool(workers: 8).run(count: 8) { _ in
      let end = Date().addingTimeInterval(4)
      while Date() < end {}
    }
    try await Task.sleep(for: .milliseconds(50))
    let start = ContinuousClock.now
    try await Task.sleep(for: .milliseconds(50))
    let waited = ContinuousClock.now - start
    try await spinning
    #expect(waited < .seconds(2), "a sleep of 50 ms took \(waited)")
  }
}

/// What was done is done: who publishes has to know that something was published.
@Test(.timeLimit(.minutes(1))) func workThatIsDoneIsTold() async throws {
  let (begun, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
  let task = Task {
    try await WorkerPool(workers: 1).run { () -> Int in
      begun.signal()
      mayEnd.wait()
      return 7
    }
  }
  await withCheckedContinuation { continuation in
    DispatchQueue.global().async {
      begun.wait()
      continuation.resume()
    }
  }
  task.cancel()
  mayEnd.signal()
  #expect(try await task.value == 7)
  // What was cancelled before begins nothing.
  let late = Task {
    try? await Task.sleep(for: .seconds(60))
    return try await WorkerPool(workers: 1).run { 7 }
  }
  late.cancel()
  await #expect(throws: CancellationError.self) { try await late.value }
}
