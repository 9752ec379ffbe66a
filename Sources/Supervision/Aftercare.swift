internal import Foundation

/// What there is to see to for tiles after something was published: products that are done with, old revisions. What
/// cannot be done for one tile is tried again later, and holds up no other.
package struct Aftercare: Sendable {
  /// Tiles with news.
  private var due: Set<String> = []
  /// Tiles that are seen to now.
  private var underway: Set<String> = []
  /// Tiles to be seen to after a scan: their products lie in a folder that does not answer or have to be looked at again,
  /// or somebody is at work on the tile.
  private var away: Set<String> = []
  /// Published groups whose time has passed, and whose products were noted.
  private var pastGroups: Set<String> = []
  private var delays: [String: Delay] = [:]
  /// How often tiles were turned to.
  package private(set) var rounds = 0
  /// What could not be done, by tile.
  package private(set) var problems: [String: [String]] = [:]

  package init() {}

  /// Something was published, or the rules have changed.
  package mutating func note(_ tiles: some Sequence<String>) { due.formUnion(tiles) }

  /// The time of a published group has passed, or it was found out that it has.
  package mutating func note(past group: String, of tile: String) {
    if pastGroups.insert(group).inserted { due.insert(tile) }
  }

  /// The products of groups are others now.
  package mutating func forget(past groups: some Sequence<String>) { pastGroups.subtract(groups) }

  /// New rules: everything is seen to anew, at once.
  package mutating func startAnew() { (pastGroups, delays, problems) = ([], [:], [:]) }

  package func isUnderway(_ tile: String) -> Bool { underway.contains(tile) }

  /// - Returns: tiles to be seen to now, which are then under way.
  package mutating func begin() -> [String] {
    let tiles = due.filter { !underway.contains($0) && delays[$0]?.isOver ?? true }.sorted()
    underway.formUnion(tiles)
    due.subtract(tiles)
    if !tiles.isEmpty { rounds += 1 }
    return tiles
  }

  /// A tile waits for the next scan.
  package mutating func putOff(_ tile: String) { away.insert(tile) }

  /// A scan is over.
  package mutating func scanned() {
    due.formUnion(away)
    away = []
  }

  /// A tile was seen to.
  /// - Parameter problems: what could not be done.
  /// - Returns: seconds until that is tried again; nil where nothing is left.
  package mutating func end(_ tile: String, problems: [String], rules: RetryRules) -> Int? {
    underway.remove(tile)
    guard !problems.isEmpty else {
      (delays[tile], self.problems[tile]) = (nil, nil)
      return nil
    }
    due.insert(tile)
    self.problems[tile] = problems
    return delays[tile, default: Delay()].extend(by: rules)
  }

  /// When what failed is tried again.
  var times: [ContinuousClock.Instant] { delays.values.map(\.notBefore) }
}
