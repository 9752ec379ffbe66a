internal import Foundation
internal import Ledger

/// The hooks of published items: which are due, and which have failed.
struct HookRounds: Sendable {
  private var isUnderway = false
  /// The item whose hook is running, and since when.
  var running: (item: String, since: Date)?
  /// Whatever waits for its hook is due, as after a start and a reload.
  private var isAnew = true
  /// When a hook that failed is run again.
  private(set) var notBefore: ContinuousClock.Instant?
  /// What failed, by item.
  private(set) var problems: [String: String] = [:]

  /// - Returns: false where a round is under way.
  mutating func begin() -> Bool {
    guard !isUnderway else { return false }
    isUnderway = true
    return true
  }

  mutating func end() { isUnderway = false }

  /// What failed is run at once, maybe by another command.
  mutating func startAnew() { (isAnew, problems) = (true, [:]) }

  /// - Parameter waiting: all items whose hook has not succeeded.
  /// - Returns: those whose hook is to be run now.
  mutating func due(of waiting: [ItemRow], now: Date, rules: RetryRules) -> [ItemRow] {
    let due = waiting.filter { isAnew || isOver($0.hookNotBefore, now: now, longest: rules.longest) }
    isAnew = false
    let dueIDs = Set(due.map(\.id))
    let later = waiting.filter { !dueIDs.contains($0.id) }.compactMap(\.hookNotBefore).min()
    notBefore = later.map { .now + .seconds($0.timeIntervalSince(now)) }
    let ids = Set(waiting.map(\.id))
    problems = problems.filter { ids.contains($0.key) }
    for item in waiting where item.hookFailures > 0 && problems[item.id] == nil {
      problems[item.id] = "\(item.id): its hook has failed \(item.hookFailures) times"
    }
    return due
  }

  /// - Parameter wait: seconds until it is run again.
  mutating func failed(_ id: String, _ problem: String, wait: TimeInterval) {
    let time = ContinuousClock.now + .seconds(wait)
    notBefore = min(notBefore ?? time, time)
    problems[id] = "\(id): \(problem)"
  }

  /// What is to be said of a hook that takes long: those of other items wait for it.
  func delay(now: Date) -> String? {
    guard let running, now.timeIntervalSince(running.since) > 60 else { return nil }
    return
      "\(running.item): its hook has been running for \(Int(now.timeIntervalSince(running.since))) s; the hooks of "
      + "other items wait for it"
  }

  mutating func succeeded(_ id: String) { problems[id] = nil }
}
