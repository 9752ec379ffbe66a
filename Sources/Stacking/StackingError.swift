/// Why views could not be stacked: which, and what to do.
package struct StackingError: Error, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
