/// Why something cannot be evaluated: what was found where, and what is expected.
package struct EvaluationError: Error, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
