private import Synchronization

/// The looks into drop folders that go on beside the supervisor's rounds: a disk that hangs holds up what lies on it, and
/// nothing else.
package struct Lookouts: Sendable {
  /// Of a look that has not come back.
  private struct Look {
    var began = ContinuousClock.now
    var pulse = Pulse()
  }
  /// By path.
  private var looks: [String: Look] = [:]
  /// Folders that do not answer, by path.
  package private(set) var silent: Set<String> = []

  package init() {}

  /// - Returns: what the look beats on its way.
  package mutating func begin(_ path: String) -> Pulse {
    let look = Look()
    looks[path] = look
    return look.pulse
  }

  /// The look came back: the folder answers.
  /// - Returns: when it had begun.
  package mutating func end(_ path: String) -> ContinuousClock.Instant {
    silent.remove(path)
    return looks.removeValue(forKey: path)?.began ?? .now
  }

  package func isUnderway(_ path: String) -> Bool { looks[path] != nil }

  /// Whether a look is worth waiting for.
  package func isAwaited(_ path: String) -> Bool { isUnderway(path) && !silent.contains(path) }

  /// When a folder that is looked into is taken for silent, unless it shows a sign of life; nil where nothing is awaited.
  package func end(ofPatience patience: Duration, with path: String) -> ContinuousClock.Instant? {
    isAwaited(path) ? looks[path].map { $0.pulse.last + patience } : nil
  }

  /// The folder does not answer, as far as anybody can tell.
  /// - Returns: whether that is news.
  package mutating func markSilent(_ path: String) -> Bool { silent.insert(path).inserted }

  /// Folders that do not answer are found out anew.
  package mutating func forgetSilence() { silent = [] }

  /// A silent folder that one of these lies in.
  package func silentFolder(of locations: [String]) -> String? {
    silent.sorted().first { path in locations.contains { $0.hasPrefix(path + "/") } }
  }
}

/// Beats while work goes on.
package final class Pulse: Sendable {
  private let beaten = Mutex(ContinuousClock.now)

  package func beat() { beaten.withLock { $0 = .now } }

  package var last: ContinuousClock.Instant { beaten.withLock { $0 } }
}

/// Products that the supervisor itself changed or found something out about. What a look saw that had begun before may be
/// older than that.
package struct Touches: Sendable {
  private var times: [String: ContinuousClock.Instant] = [:]
  private var held: Set<String> = []

  package init() {}

  package mutating func touch(_ locations: some Sequence<String>) {
    for location in locations { times[location] = .now }
  }

  /// Somebody is at work on them.
  package mutating func hold(_ locations: [String]) { held.formUnion(locations) }

  package mutating func release(_ locations: [String]) {
    held.subtract(locations)
    touch(locations)
  }

  package func isTouched(_ location: String, since time: ContinuousClock.Instant) -> Bool {
    held.contains(location) || times[location].map { $0 >= time } ?? false
  }

  /// No look that had begun before is under way.
  package mutating func forget() { times = [:] }
}
