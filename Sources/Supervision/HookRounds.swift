package import Foundation
package import Ledger

/// The hooks of published items: which are due, and which have failed.
package struct HookRounds: Sendable {
  private var isUnderway = false
  /// The item whose hook is running.
  package private(set) var running: String?
  private var since = ContinuousClock.now
  /// Whatever waits for its hook is due, as after a start and a reload.
  private var isAnew = true
  /// When a hook that failed is run again.
  package private(set) var notBefore: ContinuousClock.Instant?
  /// What failed, by item.
  package private(set) var problems: [String: String] = [:]
  /// How often nobody could be told of an item, since the start.
  private var misses: [String: Int] = [:]
  /// Items of which the program was told with success, and only the link is missing.
  private var linkless: Set<String> = []
  /// Nothing is begun whose end cannot be written down.
  private var rest = Delay()

  package init() {}

  /// - Returns: false where a round is under way.
  package mutating func begin() -> Bool {
    guard !isUnderway, rest.isOver else { return false }
    isUnderway = true
    return true
  }

  package mutating func end() { (isUnderway, rest) = (false, Delay()) }

  /// The round broke off, since the ledger could not be asked or written to.
  package mutating func breakOff(rules: RetryRules) {
    isUnderway = false
    _ = rest.extend(by: rules)
    notBefore = rest.notBefore
  }

  /// Failures in a row that decide how long is waited.
  private func failures(_ item: ItemRow) -> Int { max(item.hookFailures, misses[item.id] ?? 0) }

  package func lacksLinkAlone(_ id: String) -> Bool { linkless.contains(id) }

  package mutating func lacksLinkAlone(_ id: String, _ isSo: Bool) {
    if isSo { linkless.insert(id) } else { linkless.remove(id) }
  }

  /// Nobody could be told of an item: its hook did not even begin.
  /// - Returns: failures in a row.
  package mutating func missed(_ item: ItemRow) -> Int {
    misses[item.id, default: item.hookFailures] += 1
    return failures(item)
  }

  /// What failed is run at once, maybe by another command.
  package mutating func startAnew() { (isAnew, problems) = (true, [:]) }

  /// - Parameter waiting: all items whose hook has not succeeded.
  /// - Returns: those whose hook is to be run now.
  package mutating func due(of waiting: [ItemRow], now: Date, rules: RetryRules) -> [ItemRow] {
    let due = waiting.filter {
      isAnew || isOver($0.hookNotBefore, now: now, longest: backoff(failures: failures($0), rules: rules))
    }
    isAnew = false
    let dueIDs = Set(due.map(\.id))
    let later = waiting.filter { !dueIDs.contains($0.id) }.compactMap(\.hookNotBefore).min()
    notBefore = later.map { .now + .seconds($0.timeIntervalSince(now)) }
    let ids = Set(waiting.map(\.id))
    problems = problems.filter { ids.contains($0.key) }
    misses = misses.filter { ids.contains($0.key) }
    linkless.formIntersection(ids)
    for item in waiting where item.hookFailures > 0 && problems[item.id] == nil {
      problems[item.id] = "\(item.id): its hook has failed \(item.hookFailures) times"
    }
    return due
  }

  /// - Parameter wait: seconds until it is run again.
  package mutating func failed(_ id: String, _ problem: String, wait: TimeInterval) {
    let time = ContinuousClock.now + .seconds(wait)
    notBefore = min(notBefore ?? time, time)
    problems[id] = "\(id): \(problem)"
  }

  package mutating func succeeded(_ id: String) {
    (problems[id], misses[id]) = (nil, nil)
    linkless.remove(id)
  }

  package mutating func started(_ id: String, now: ContinuousClock.Instant = .now) { (running, since) = (id, now) }

  package mutating func ended() { running = nil }

  /// What is to be said of a hook that takes long; nil for the first minute.
  package func delay(now: ContinuousClock.Instant = .now) -> String? {
    let seconds = (now - since).components.seconds
    guard let running, seconds > 60 else { return nil }
    return "\(running): its hook has been running for \(seconds) s; the hooks of other items wait for it"
  }
}
