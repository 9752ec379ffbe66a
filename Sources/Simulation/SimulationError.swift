/// A request that cannot be carried out: which option, what it holds, what it should hold.
package struct SimulationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The option or file at fault, `--size`.
  package let option: String
  package let found: String
  /// Empty where what was found says it.
  package let expected: String

  package init(_ option: String, found: String, expected: String) {
    self.option = option
    self.found = found
    self.expected = expected
  }

  package init(_ option: String, problem: String) { self.init(option, found: problem, expected: "") }

  package var description: String {
    expected.isEmpty ? "\(option): \(found)" : "\(option): found \(found); expected \(expected)"
  }
}
