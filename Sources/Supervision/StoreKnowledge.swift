package import Foundation
package import Publishing

/// What the daemon knows of its store: what was published from, what is wrong there, and when it is asked again.
package struct StoreKnowledge: Sendable {
  /// When the groups of the store's items were published first, by identifier, as the store said when it was turned to.
  package private(set) var groups: [String: Date] = [:]
  /// What the newest items of groups show that others published, or that the ledger was lost of: names of products.
  package private(set) var products: [String: [String]] = [:]
  /// What the newest items of all groups show: names of products, by group.
  package private(set) var shown: [String: Set<String>] = [:]
  /// When the anchors of the newest items were sensed, by group.
  package private(set) var anchors: [String: Date] = [:]
  /// When the items were published that it is known to have, by id: a store that was put back from a backup may give an id
  /// again.
  private var items: [String: Date] = [:]
  /// What lies in the store and cannot be read as an item, by tile: sentences.
  package private(set) var damaged: [String: [String]] = [:]
  /// Items that were there and are no more.
  package private(set) var missing: Set<String> = []
  /// It has said what was published from, at least once.
  package private(set) var isKnown = false
  /// Why all that is not known as a whole.
  package private(set) var problem: String?
  /// Whether that is that the store is not there.
  package private(set) var isAway = false
  private var delay = Delay()
  /// When the store is asked next though there is no problem.
  private var look = Self.nextHour
  /// When it is asked next whether the store is there at all.
  private var glance = ContinuousClock.now

  private static var nextHour: ContinuousClock.Instant { .now + .seconds(3600) }

  package init() {}

  /// Takes what the store said of what was published.
  /// - Returns: what is damaged there and was not known to be: sentences, with their tile.
  package mutating func take(_ history: Store.History) -> [(text: String, tile: String)] {
    isKnown = true
    (groups, products) = (history.groups, history.products)
    shown = history.products.mapValues { Set($0) }
    (items, anchors) = (history.items, history.anchors)
    damaged = damaged.filter { tile, texts in texts == history.damaged[tile] }
    var news: [(String, String)] = []
    for (tile, texts) in history.damaged {
      for text in texts where note(damage: text, tile: tile) { news.append((text, tile)) }
    }
    return news
  }

  /// Something lies in the store that cannot be read as an item.
  /// - Returns: whether that is news.
  package mutating func note(damage text: String, tile: String) -> Bool {
    guard !damaged[tile, default: []].contains(text) else { return false }
    damaged[tile, default: []].append(text)
    return true
  }

  /// A tile is worked on, which finds out anew what is damaged.
  package mutating func forgetDamage(of tile: String) { damaged[tile] = nil }

  /// A group was worked on, and the ledger knows of it what there is to know.
  /// - Parameter item: its newest; nil where there is none.
  package mutating func take(_ item: PublishedItem?, of group: String) {
    products[group] = nil
    shown[group] = item.map { Set($0.products) }
    if let item { (items[item.id], anchors[group]) = (item.created, item.datetime) }
  }

  /// Takes what lies in the store of a tile, as it is seen right before work on it: others may have published there since it
  /// was asked last.
  /// - Parameter items: all of the tile.
  /// - Returns: whether they have.
  package mutating func take(_ items: [PublishedItem]) -> Bool {
    var isNews = false
    for (group, revisions) in Dictionary(grouping: items, by: \.group) {
      guard let newest = revisions.max(by: { ($0.revision, $0.created) < ($1.revision, $1.created) }),
        self.items.updateValue(newest.created, forKey: newest.id) != newest.created
      else { continue }
      anchors[group] = newest.datetime
      guard shown[group] != Set(newest.products) else { continue }
      groups[group] = revisions.map(\.began).reduce(groups[group] ?? .distantFuture, min)
      (products[group], shown[group]) = (newest.products, Set(newest.products))
      isNews = true
    }
    return isNews
  }

  /// - Returns: those of which it is news that they are there no more.
  package mutating func take(missing ids: Set<String>) -> Set<String> {
    defer { missing = ids }
    return ids.subtracting(missing)
  }

  /// It cannot be looked at, or not as a whole.
  /// - Returns: whether that is news.
  package mutating func meet(_ problem: String, isAway: Bool, rules: RetryRules) -> Bool {
    defer { (self.problem, self.isAway) = (problem, isAway) }
    _ = delay.extend(by: rules)
    return self.problem != problem
  }

  /// All of it could be read.
  /// - Returns: whether there was a problem.
  package mutating func overcome() -> Bool {
    defer { (problem, delay, isAway) = (nil, Delay(), false) }
    return problem != nil
  }

  /// When a store with a problem is asked again.
  package var asking: ContinuousClock.Instant? { problem.map { _ in delay.notBefore } }

  /// - Returns: whether the store is to be asked now; not again then, before it has answered.
  package mutating func beginLook() -> Bool {
    guard problem != nil ? delay.isOver : look <= .now else { return false }
    (look, delay.notBefore) = (Self.nextHour, Self.nextHour)
    return true
  }

  /// - Returns: whether it is to be seen now if the store is there; not again then, before that is known.
  package mutating func beginGlance() -> Bool {
    guard glance <= .now else { return false }
    glance = Self.nextHour
    return true
  }

  /// - Parameter pause: seconds until the next one.
  package mutating func endGlance(pause: Int) { glance = .now + .seconds(pause) }
}
