package import Foundation

/// Tells products that have come to rest from products that are still being copied.
///
/// A product is at rest when it was renamed into the folder, when its files did not change for the settle time while
/// somebody watched, or when its newest file is older than that. The clock that counts is one that never jumps; the
/// wall clock only ever shortens the wait for products that lay there before.
package struct Arrivals: Sendable {
  private struct State {
    var signature: String
    var since: ContinuousClock.Instant
  }
  private var states: [String: State] = [:]
  private var whole: Set<String> = []

  package init() {}

  /// A product was renamed into the folder: it is whole as it is.
  package mutating func markWhole(_ location: String) { whole.insert(location) }

  /// Takes the scan of a folder.
  /// - Parameters:
  ///   - sightings: everything that lies below `folder`.
  ///   - folder: what was scanned; what is remembered of it and was not seen is forgotten.
  ///   - now, wallClock: the same moment.
  /// - Returns: the locations at rest, and when the next one could come to rest, if any is moving.
  package mutating func observe(
    _ sightings: [Sighting], in folder: String, settle: Duration, now: ContinuousClock.Instant, wallClock: Date
  ) -> (atRest: Set<String>, next: ContinuousClock.Instant?) {
    let seen = Set(sightings.map(\.location))
    for location in states.keys where location.hasPrefix(folder + "/") && !seen.contains(location) {
      states[location] = nil
    }
    whole = whole.filter { !$0.hasPrefix(folder + "/") || seen.contains($0) }
    var atRest: Set<String> = []
    var next: ContinuousClock.Instant?
    for sighting in sightings {
      let location = sighting.location
      if states[location]?.signature != sighting.signature {
        // Renamed whole counts for the state it had then: what changes later has to settle like everything else.
        if states[location] != nil { whole.remove(location) }
        states[location] = State(signature: sighting.signature, since: now)
      }
      let since = states[location]?.since ?? now
      let age = wallClock.timeIntervalSince(sighting.lastChange)
      if whole.contains(location) || since + settle <= now || age >= settle / .seconds(1) {
        atRest.insert(location)
      } else {
        let time = since + settle
        next = next.map { min($0, time) } ?? time
      }
    }
    return (atRest, next)
  }
}
