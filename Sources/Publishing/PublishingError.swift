/// Why something was not published: the file or folder, and what is wrong with it.
package struct PublishingError: Error, Sendable, CustomStringConvertible {
  package let path: String
  package let reason: String

  package init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  package var description: String { "\(path): \(reason)" }

  /// What is said of a damaged item, which stops nothing.
  package var ofDamagedItem: String { "\(self); it is in no catalogue: restore it, or remove its folder" }
}
