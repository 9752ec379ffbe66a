/// One reason why a product is not accepted.
package struct IntakeProblem: Error, Sendable, Codable, Equatable, CustomStringConvertible {
  /// File, or file and field.
  package var subject: String
  package var found: String
  package var expected: String
  /// What the operator can do about it.
  package var advice: String

  package init(subject: String, found: String, expected: String, advice: String) {
    self.subject = Self.printable(subject, limit: 200)
    self.found = Self.printable(found, limit: 160)
    self.expected = Self.printable(expected, limit: 160)
    self.advice = advice
  }

  /// One sentence.
  package var description: String { "\(subject): found \(found), expected \(expected); \(advice)." }

  /// Untrusted text made fit for a terminal and a log line: no control characters, no novels.
  package static func printable(_ text: String, limit: Int = .max) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      count += 1
      if count > limit { return result + "..." }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: result.append("?")
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// Advice that several checks give.
enum Advice {
  static let downloadAgain = "the copy is damaged, download the product again"
  static let wait = "the copy may still be running, look again when it has finished"
  static let notGenuine = "this is not what ESA's processor writes, get the product again from its source"
}
