import Foundation
import Intake
import Product
import Testing

/// A folder of its own for a test, removed with it.
final class TestFolder {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.path + "/intake-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to file: String) {
    let parent = (file as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
  }

  func makeFolder(_ name: String) -> String {
    try? FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
    return path + "/" + name
  }

  func remove(_ file: String) { try? FileManager.default.removeItem(atPath: file) }
}

extension IntakeOutcome {
  var product: Product? { if case .accepted(let product) = self { product } else { nil } }
  var incomplete: [IntakeProblem] { if case .incomplete(let problems) = self { problems } else { [] } }
  var refused: [IntakeProblem] { if case .refused(let problems) = self { problems } else { [] } }
}

/// The product, or a failed test that says why there is none.
func accepted(_ outcome: IntakeOutcome, sourceLocation: SourceLocation = #_sourceLocation) throws -> Product {
  try #require(
    outcome.product, "\((outcome.refused + outcome.incomplete).map(\.description))", sourceLocation: sourceLocation)
}

/// That the product is refused, for a reason about `subject` whose sentence contains `words`.
func expectRefused(
  _ outcome: IntakeOutcome, _ subject: String, _ words: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    outcome.refused.contains { $0.subject.contains(subject) && (words.isEmpty || $0.description.contains(words)) },
    "\(outcome)", sourceLocation: sourceLocation)
}

/// That the product counts as still arriving, for a reason about `subject`.
func expectIncomplete(
  _ outcome: IntakeOutcome, _ subject: String, _ words: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    outcome.incomplete.contains { $0.subject.contains(subject) && (words.isEmpty || $0.description.contains(words)) },
    "\(outcome)", sourceLocation: sourceLocation)
}
