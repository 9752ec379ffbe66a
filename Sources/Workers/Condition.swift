private import Foundation

/// A lock that threads can wait on.
package struct Condition: Sendable {
  private let condition = NSCondition()

  package init() {}

  package func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
    condition.lock()
    defer { condition.unlock() }
    return try body()
  }

  /// Waits for `broadcast`; to be called inside `locked`.
  package func wait() { condition.wait() }
  package func broadcast() { condition.broadcast() }
}
