internal import Product
internal import Storage

/// What the checks of one product found, collected so that all reasons are told at once.
struct Findings {
  private(set) var missing: [IntakeProblem] = []
  private(set) var refusals: [IntakeProblem] = []
  /// What the disk or server did not give: nothing was found out about it.
  private(set) var unread: [IntakeProblem] = []
  private(set) var notes: [String] = []
  /// An archive with a central directory is finished: what it lacks will not arrive any more.
  var isFinished = false

  mutating func refuse(_ problem: IntakeProblem) { refusals.append(problem) }

  mutating func refuse(_ subject: String, found: String, expected: String, advice: String) {
    refusals.append(IntakeProblem(subject: subject, found: found, expected: expected, advice: advice))
  }

  /// Something has not arrived (a folder) or was left out (an archive).
  mutating func lacks(_ subject: String, found: String, expected: String, advice: String = Advice.wait) {
    if isFinished {
      refuse(subject, found: found, expected: expected, advice: Advice.downloadAgain)
    } else {
      missing.append(IntakeProblem(subject: subject, found: found, expected: expected, advice: advice))
    }
  }

  /// Whether the machine is to blame where a file could not be read; then that is noted, and nothing else.
  mutating func blamesMachine(for path: String, _ subject: String, expected: String, ends: Int? = nil) -> Bool {
    do throws(StorageError) {
      try FileProbe.check(path, ends: ends)
      return false
    } catch {
      unread.append(
        IntakeProblem(
          subject: subject, found: "that \(error)", expected: expected,
          advice: "mend the disk or server, then have it looked at again"))
      return true
    }
  }

  mutating func note(_ text: String) { notes.append(text.printable(limit: 500)) }

  /// Runs a check; its problem is a reason to refuse.
  mutating func attempt<Value>(_ check: () throws(IntakeProblem) -> Value) -> Value? {
    do throws(IntakeProblem) { return try check() } catch {
      refusals.append(error)
      return nil
    }
  }

  var isClean: Bool { missing.isEmpty && refusals.isEmpty && unread.isEmpty }
}
