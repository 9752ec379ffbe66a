/// Why buildings cannot be found in an image: the file, and what is wrong with it.
package struct BuildingError: Error, Sendable, CustomStringConvertible {
  package let path: String
  package let reason: String

  package init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  package var description: String { "\(path): \(reason)" }
}
