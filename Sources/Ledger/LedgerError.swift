/// Why the ledger cannot be used: which file, what was found, what to do.
package struct LedgerError: Error, Sendable, CustomStringConvertible {
  package let path: String
  package let reason: String

  package init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  package var description: String { "\(path): \(reason)" }
}
