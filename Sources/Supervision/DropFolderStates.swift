package import Watching

/// When each drop folder is scanned next, and what is wrong with it, by its name.
package struct DropFolderStates: Sendable {
  private var scans: [String: ContinuousClock.Instant] = [:]
  private var seen: Set<String> = []
  /// Folders that could not be listed, with the complaint.
  package private(set) var problems: [String: String] = [:]
  /// What lies in drop folders and is taken for no product.
  package private(set) var passedOver: [String: [PassedOver]] = [:]

  package init() {}

  /// When a folder is scanned next, where that was said.
  package func nextScan(of name: String) -> ContinuousClock.Instant? { scans[name] }

  package func isDue(_ name: String) -> Bool { scans[name].map { $0 <= .now } ?? true }

  /// Sets the time of the next scan.
  package mutating func scan(_ name: String, after pause: Duration) { scans[name] = .now + pause }

  /// The next scan comes by then, or earlier.
  package mutating func scan(_ name: String, by time: ContinuousClock.Instant = .now) {
    scans[name] = min(scans[name] ?? time, time)
  }

  /// Whether a folder was scanned, or it was found that it cannot be.
  package func wasSeen(_ name: String) -> Bool { seen.contains(name) }

  package mutating func markSeen(_ name: String) { seen.insert(name) }

  /// - Returns: whether the complaint is news.
  package mutating func meet(_ problem: String, in name: String) -> Bool {
    problems.updateValue(problem, forKey: name) != problem
  }

  /// - Returns: whether there was a problem.
  package mutating func overcome(in name: String) -> Bool { problems.removeValue(forKey: name) != nil }

  /// - Returns: what was not known to be passed over.
  package mutating func take(passedOver found: [PassedOver], in name: String) -> [PassedOver] {
    let known = Set(passedOver.updateValue(found, forKey: name) ?? [])
    return found.filter { !known.contains($0) }
  }
}
