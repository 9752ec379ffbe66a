/// Why a file that was written is not what was meant: the file, and what is wrong with it.
package struct WritingError: Error, Sendable, CustomStringConvertible {
  package let path: String
  package let reason: String

  package init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  package var description: String { "\(path): \(reason)" }
}
