/// Why the ledger cannot be used: which file, what was found, what to do.
package struct LedgerError: Error, Sendable, CustomStringConvertible {
  package let path: String
  package let reason: String
  /// The system or SQLite ran out of something that may come back: disk space, memory, access.
  package let canHeal: Bool

  package init(_ path: String, _ reason: String, canHeal: Bool = false) {
    self.path = path
    self.reason = reason
    self.canHeal = canHeal
  }

  package var description: String { "\(path): \(reason)" }
}
