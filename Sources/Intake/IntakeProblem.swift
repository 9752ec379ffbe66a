internal import Product

/// One reason why a product is not accepted.
package struct IntakeProblem: Error, Sendable, Codable, Equatable, CustomStringConvertible {
  /// File, or file and field.
  package var subject: String
  package var found: String
  package var expected: String
  /// What the operator can do about it.
  package var advice: String

  package init(subject: String, found: String, expected: String, advice: String) {
    self.subject = subject.printable(limit: 200)
    self.found = found.printable(limit: 160)
    self.expected = expected.printable(limit: 160)
    self.advice = advice
  }

  /// One sentence.
  package var description: String { "\(subject): found \(found), expected \(expected); \(advice)." }
}

/// Advice that several checks give.
enum Advice {
  static let downloadAgain = "the copy is damaged, download the product again"
  static let wait = "the copy may still be running, look again when it has finished"
  static let notGenuine = "this is not what ESA's processor writes, get the product again from its source"
}
