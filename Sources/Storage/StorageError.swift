internal import Glibc

/// A failed operation on files: what was tried, on which path, and the system's reason.
package struct StorageError: Error, Sendable, CustomStringConvertible {
  package let operation: String
  package let path: String
  /// `errno`.
  package let code: Int32
  package let reason: String

  package init(_ operation: String, _ path: String, code: Int32 = errno) {
    self.operation = operation
    self.path = path
    self.code = code
    reason = String(cString: strerror(code))
  }

  package init(_ operation: String, _ path: String, reason: String) {
    self.operation = operation
    self.path = path
    code = 0
    self.reason = reason
  }

  package var description: String { "\(path): cannot \(operation): \(reason)" }
}
