/// A request that cannot be carried out: which option, what it holds, what it should hold.
package struct SimulationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The option or file at fault, `--size`.
  package let option: String
  package let found: String
  package let expected: String

  package init(_ option: String, found: String, expected: String) {
    self.option = option
    self.found = found
    self.expected = expected
  }

  package var description: String { "\(option): found \(found); expected \(expected)" }
}
