/// What fails again and again, as writing to a full disk does: it is a problem for as long as it lasts, and told when it
/// begins and from time to time.
struct Troubles: Sendable {
  private struct Trouble {
    var text: String
    var told: ContinuousClock.Instant
  }
  private var troubles: [String: Trouble] = [:]
  private static let silence: Duration = .seconds(600)

  /// - Parameter what: fails.
  /// - Returns: whether it is to be told now.
  mutating func meet(_ what: String, _ text: String, now: ContinuousClock.Instant = .now) -> Bool {
    if let known = troubles[what], known.text == text, now < known.told + Self.silence { return false }
    troubles[what] = Trouble(text: text, told: now)
    return true
  }

  /// - Returns: whether it had failed before.
  mutating func overcome(_ what: String) -> Bool { troubles.removeValue(forKey: what) != nil }

  var texts: [String] { Set(troubles.values.map(\.text)).sorted() }
}

extension Supervisor {
  /// Something failed that is tried again.
  func meet(_ what: String, _ text: String) {
    if troubles.meet(what, text) { record(.problem, text) }
  }

  /// It succeeded.
  func overcome(_ what: String) {
    if troubles.overcome(what) { record(.recovered, "\(what): works again") }
  }
}
