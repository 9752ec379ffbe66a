private import Dispatch
private import Synchronization

/// Runs pixel work on Dispatch threads at utility quality of service, so that it never starves Swift's own executor
/// (a default-QoS pool delays a 50 ms sleep by seconds).
package struct WorkerPool: Sendable {
  /// Number of threads that work at the same time.
  package let workers: Int
  private let onItem: @Sendable () -> Void

  /// - Parameters:
  ///   - workers: 1 or more.
  ///   - onItem: called on a worker thread after each item: somebody may want to know that work goes on.
  package init(workers: Int, onItem: @escaping @Sendable () -> Void = {}) {
    self.workers = max(1, workers)
    self.onItem = onItem
  }

  /// Says that work goes on inside an item that takes long.
  package func tick() { onItem() }

  /// The same pool with fewer workers.
  package func limited(to count: Int) -> WorkerPool { WorkerPool(workers: min(workers, count), onItem: onItem) }

  /// Computes every item on the workers and hands the results over one at a time, in the order of the items,
  /// whatever order they finish in: what is committed does not depend on the number of workers.
  ///
  /// At most `2 * workers` results wait at any time, which bounds memory.
  /// - Parameters:
  ///   - count: number of items.
  ///   - work: runs concurrently, on a worker thread.
  ///   - commit: runs one at a time, in order, on a worker thread.
  /// - Throws: the first error of `work` or `commit`; no further item is started after it.
  package func run<Output: Sendable>(
    count: Int, work: @escaping @Sendable (Int) throws -> Output,
    commit: @escaping @Sendable (Int, Output) throws -> Void
  ) async throws {
    guard count > 0 else { return }
    try Task.checkCancellation()  // what was stopped begins nothing any more: a worker could be faster than the handler
    let job = OrderedJob(
      count: count, window: 2 * workers,
      work: { [onItem] item in
        defer { onItem() }
        return try work(item)
      }, commit: commit)
    let queue = DispatchQueue(label: "supertile.workers", qos: .utility, attributes: .concurrent)
    let group = DispatchGroup()
    for _ in 0..<min(workers, count) { queue.async(group: group) { job.runWorker() } }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        group.notify(queue: queue) { continuation.resume() }
      }
    } onCancel: {
      job.stop(CancellationError())
    }
    if let error = job.failure { throw error }
  }

  /// Computes every item on the workers; nothing is handed over.
  package func run(count: Int, work: @escaping @Sendable (Int) throws -> Void) async throws {
    try await run(count: count, work: work, commit: { _, _ in })
  }

  /// Computes every item on the workers.
  /// - Parameter progress: called with the number of items that are done, one call at a time.
  /// - Returns: the results, in the order of the items.
  package func collect<Output: Sendable>(
    count: Int, work: @escaping @Sendable (Int) throws -> Output,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> [Output] {
    let results = Mutex<[Output]>([])
    try await run(count: count, work: work) { index, output in
      results.withLock { $0.append(output) }
      progress(index + 1)
    }
    return results.withLock { $0 }
  }

  /// Runs one piece of blocking work on a worker thread. What was done is done: where that is cancelled meanwhile its output
  /// is returned all the same.
  package func run<Output: Sendable>(_ work: @escaping @Sendable () throws -> Output) async throws -> Output {
    let box = Mutex<Output?>(nil)
    do {
      try await run(count: 1) { _ in
        let output = try work()
        box.withLock { $0 = output }
      }
    } catch let error as CancellationError {
      guard let output = box.withLock({ $0 }) else { throw error }
      return output
    }
    return box.withLock { $0! }
  }
}

/// The state of one `WorkerPool.run`.
///
/// `@unchecked Sendable`: every property but the constants is touched only while `condition` is locked.
private final class OrderedJob<Output: Sendable>: @unchecked Sendable {
  private let count: Int
  private let window: Int
  private let work: @Sendable (Int) throws -> Output
  private let commit: @Sendable (Int, Output) throws -> Void
  private let condition = Condition()
  private var nextItem = 0
  private var nextCommit = 0
  private var isCommitting = false
  private var finished: [Int: Output] = [:]
  private var error: (any Error)?

  init(
    count: Int, window: Int, work: @escaping @Sendable (Int) throws -> Output,
    commit: @escaping @Sendable (Int, Output) throws -> Void
  ) {
    self.count = count
    self.window = window
    self.work = work
    self.commit = commit
  }

  var failure: (any Error)? { condition.locked { error } }

  func stop(_ reason: any Error) {
    condition.locked {
      if error == nil { error = reason }
      condition.broadcast()
    }
  }

  func runWorker() {
    while let item = takeItem() {
      do {
        let output = try work(item)
        condition.locked { finished[item] = output }
        commitReady()
      } catch { stop(error) }
    }
  }

  /// The next item, once there is room for its result; nil when there is nothing left to do.
  private func takeItem() -> Int? {
    condition.locked {
      while error == nil, nextItem < count, nextItem >= nextCommit + window { condition.wait() }
      guard error == nil, nextItem < count else { return nil }
      defer { nextItem += 1 }
      return nextItem
    }
  }

  /// Commits what is ready and next in order. One thread commits at a time; the others go on working.
  private func commitReady() {
    while true {
      let ready: (Int, Output)? = condition.locked {
        guard error == nil, !isCommitting, let output = finished.removeValue(forKey: nextCommit) else { return nil }
        isCommitting = true
        return (nextCommit, output)
      }
      guard let (item, output) = ready else { return }
      let outcome = Result { try commit(item, output) }
      condition.locked {
        isCommitting = false
        nextCommit += 1
        if case .failure(let failure) = outcome, error == nil { error = failure }
        condition.broadcast()
      }
      if case .failure = outcome { return }
    }
  }
}
