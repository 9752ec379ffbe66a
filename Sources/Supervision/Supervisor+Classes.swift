internal import Ledger
internal import Pipeline
internal import Product
internal import Work
internal import Workers

/// The scene classes of revisits that were delivered in several parts. To count them files are read, which a slow disk
/// draws out: that is done beside the supervisor's rounds, one tile at a time, and remembered.
struct SplitClasses: Sendable {
  /// Revisits to count, by tile.
  fileprivate var wanted: [String: [[Product]]] = [:]
  /// The tile that is counted, and where its products lie.
  fileprivate var counting: String?
  fileprivate(set) var locations: [String] = []
  /// What came of it: pixels of each class, by tile and by `key`.
  fileprivate var counts: [String: [String: [Int]]] = [:]
  /// Why a tile's could not be counted, the last time.
  var failures: [String: any Error] = [:]

  /// Whether a tile's plan waits for its classes.
  func areWanted(_ tile: String) -> Bool { counting == tile || wanted[tile] != nil }

  /// - Parameter lost: locations of what cannot be read any more: where nobody counted before, those parts are taken
  ///   together as if they showed different ground, which is right but for the few rows that parts share.
  /// - Throws: `ClassesUncounted`.
  func counts(of parts: [Product], _ tile: String, lost: Set<String>) throws -> [Int] {
    if let found = counts[tile]?[Self.key(parts)] { return found }
    guard parts.contains(where: { lost.contains($0.location) }) else { throw ClassesUncounted() }
    return estimatedClassCounts(parts)
  }

  /// What is remembered of a tile.
  fileprivate func rows(of tile: String) -> [ClassCountRow] {
    (counts[tile] ?? [:]).map { ClassCountRow(key: $0.key, tile: tile, counts: $0.value) }.sorted { $0.key < $1.key }
  }

  /// Takes up what was counted before.
  mutating func take(_ rows: [ClassCountRow]) {
    for row in rows { counts[row.tile, default: [:]][row.key] = row.counts }
  }

  /// Names and contents of the parts.
  fileprivate static func key(_ parts: [Product]) -> String {
    parts.map { "\($0.name) \($0.sceneClassification.digest)" }.joined(separator: "\n")
  }
}

extension [[Product]] {
  /// Of all parts of all revisits.
  fileprivate var locations: [String] { flatMap { $0.map(\.location) } }
}

/// Asked for before they were counted.
struct ClassesUncounted: Error, CustomStringConvertible {
  let description = "scene classes were asked for that nobody has counted"
}

extension Supervisor {
  /// Sees to it that the classes of all revisits in several parts are counted; forgets others of the tile.
  /// - Parameters:
  ///   - lost: locations of what cannot be read: nobody counts their revisits.
  ///   - failure: of the last time; not tried again then.
  /// - Returns: whether they are. Where not, the tile is stale again when they are.
  /// - Throws: `failure`, where some are not.
  func seeToClasses(of products: [Product], _ tile: String, lost: Set<String>, failure: (any Error)?) throws -> Bool {
    let revisits = splitRevisits(products)
    let keys = Set(revisits.map(SplitClasses.key))
    classes.counts[tile] = classes.counts[tile]?.filter { keys.contains($0.key) }
    let uncounted = revisits.filter { parts in
      classes.counts[tile]?[SplitClasses.key(parts)] == nil && !parts.contains { lost.contains($0.location) }
    }
    classes.wanted[tile] = nil
    guard !uncounted.isEmpty else { return true }
    if let failure { throw failure }
    // One round after the other: the tile is stale again after this one.
    if classes.counting != tile { classes.wanted[tile] = uncounted }
    return false
  }

  /// Begins to count what is wanted, unless that goes on already.
  func startCounting() {
    guard classes.counting == nil, mode != .stopping else { return }
    // Products on a disk that does not answer are counted when it does.
    let within = classes.wanted.filter { lookouts.silentFolder(of: $0.value.locations) == nil }
    guard let (tile, revisits) = within.min(by: { $0.key < $1.key }) else { return }
    classes.wanted[tile] = nil
    (classes.counting, classes.locations) = (tile, revisits.locations)
    let (bench, progress) = (intakeBench, progress)
    progress.workBegan(.classes)
    Task {
      var counts: [String: [Int]] = [:]
      var failure: (any Error)?
      for parts in revisits {
        do {
          guard case .counted(let found) = try await bench.ask(.countClasses(parts)) else { throw OddAnswer() }
          counts[SplitClasses.key(parts)] = found
        } catch { failure = error }
        progress.workWentOn(.classes)
      }
      progress.workEnded(.classes)
      let changed = failure == nil ? [] : await self.changedProducts(of: revisits)
      await self.finishCounting(tile, counts, failure, changed)
    }
  }

  /// Products that no scan sees, and that are not as they were, or gone.
  private func changedProducts(of revisits: [[Product]]) async -> [ChangedProduct] {
    let locations = revisits.locations
    let rows = try? await ledger.read { ledger in try locations.compactMap { try ledger.product(at: $0) } }
    let (unseen, pulse) = ((rows ?? []).filter { $0.state == .accepted && !isScanned($0) }, Pulse())
    return await answer(within: patience, of: pulse) {
      unseen.compactMap { row in
        pulse.beat()
        return ChangedProduct(row)
      }
    } ?? []
  }

  /// - Parameter changed: products of revisits that could not be counted.
  private func finishCounting(
    _ tile: String, _ counts: [String: [Int]], _ failure: (any Error)?, _ changed: [ChangedProduct]
  ) async {
    await turnstile.enter()
    defer { turnstile.leave() }
    classes.counts[tile, default: [:]].merge(counts) { _, new in new }
    // Files may be gone when they are asked for again.
    let rows = classes.rows(of: tile)
    do {
      try await ledger.write { try $0.keep(classCounts: rows, tile: tile) }
      if !changed.isEmpty { try await lookAgain(changed) }
      // Without what is gone there may be a copy of it, or no such revisit.
      classes.failures[tile] = changed.allSatisfy(\.isThere) ? failure : nil
    } catch {
      record(.problem, "\(error)")
      classes.failures[tile] = failure
    }
    (classes.counting, classes.locations) = (nil, [])
    staleTiles.insert(tile)
    wake.call()
  }
}
