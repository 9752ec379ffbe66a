private import Foundation

/// A lock that threads can wait on.
struct Condition: Sendable {
  private let condition = NSCondition()

  func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
    condition.lock()
    defer { condition.unlock() }
    return try body()
  }

  /// Waits for `broadcast`; to be called inside `locked`.
  func wait() { condition.wait() }
  func broadcast() { condition.broadcast() }
}
