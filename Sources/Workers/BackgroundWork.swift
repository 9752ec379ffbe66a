private import Dispatch
private import Synchronization

/// Work that mostly waits (for the disk), done beside the workers: one piece at a time, in order, and at most one waits
/// behind it.
package final class BackgroundWork: Sendable {
  private let queue = DispatchQueue(label: "supertile.background", qos: .utility)
  private let room = DispatchSemaphore(value: 2)
  private let failure = Mutex<(any Error)?>(nil)

  package init() {}

  /// Adds a piece of work; waits where another one waits already. After a failure nothing is done any more.
  /// - Throws: the first error of an earlier piece.
  package func add(_ work: @escaping @Sendable () throws -> Void) throws {
    room.wait()
    if let error = failure.withLock({ $0 }) {
      room.signal()
      throw error
    }
    queue.async { [self] in
      defer { room.signal() }
      guard failure.withLock({ $0 == nil }) else { return }
      do { try work() } catch { failure.withLock { $0 = error } }
    }
  }

  /// Does `body`, then waits until all that it added is done, also where it throws: nobody writes to a folder any more
  /// when it is cleared away.
  /// - Throws: the error of `body`, else the first of the work.
  package func finishing<Result>(_ body: () async throws -> Result) async throws -> Result {
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    let value = try result.get()
    if let error = failure.withLock({ $0 }) { throw error }
    return value
  }
}
