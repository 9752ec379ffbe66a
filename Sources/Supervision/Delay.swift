/// Something that failed, and is tried again.
struct Delay: Sendable {
  var failures = 0
  var notBefore = ContinuousClock.now

  var isOver: Bool { notBefore <= .now }

  /// - Returns: seconds until it is tried again.
  mutating func extend(by rules: RetryRules) -> Int {
    failures += 1
    let wait = backoff(failures: failures, rules: rules)
    notBefore = .now + .seconds(wait)
    return Int(wait)
  }
}
