/// Why the daemon cannot be reached, or cannot listen: a sentence with advice.
package struct ControlError: Error, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
