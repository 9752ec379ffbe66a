internal import Foundation
internal import Ledger
internal import Publishing
internal import Settings
internal import Storage
internal import Workers

/// The ledger names places. An admin moves folders, and says so in the configuration alone.
extension Supervisor {
  /// Items lie where the store says: it may have been moved, with what was published in it.
  func followItems(_ history: Store.History) async throws {
    let moved = try await noteMoved(history)
    guard !moved.isEmpty else { return }
    let hook = PublishHook(command: nil, links: settings.hookLinks)
    // The folder of links may be on a disk that hangs: nobody waits for it.
    Task { try? await helpers.run { for item in moved { hook.relink(item.after, from: item.before) } } }
  }

  private func noteMoved(_ history: Store.History) async throws -> [(before: ItemRow, after: ItemRow)] {
    await turnstile.enter()
    defer { turnstile.leave() }
    let known = try await ledger.read { try $0.items(below: "") }
    let moved = known.compactMap { row -> (before: ItemRow, after: ItemRow)? in
      // Another store may give an id, too, but not at the same moment.
      guard let folder = history.folders[row.id], folder != row.folder, let created = history.items[row.id],
        abs(created.timeIntervalSince(row.created)) < 0.002
      else { return nil }
      var after = row
      after.folder = folder
      return (row, after)
    }
    guard !moved.isEmpty else { return [] }
    let text = "\(moved.count) items lie in \(store.layout.root) now, and no longer where they were published"
    try await commit([Happening(.recovered, text)]) { ledger in for item in moved { try ledger.save(item.after) } }
    return moved
  }

  func meetMoves(_ error: any Error) { meet("looking where things lie now", "\(error)") }

  /// A product that lies elsewhere than the ledger says.
  private struct MovedProduct: Sendable {
    /// As it was when it was asked where it lies.
    var row: ProductRow
    /// Nil where it is nowhere, and nothing is lost with it.
    var place: String?
    /// Of the drop folder that it belongs to.
    var drop: String
  }

  /// Products lie in the folders that the configuration names: these may have been moved.
  /// - Parameter folders: the drop folders of the configuration.
  func followProducts(in folders: [DropFolder]) async throws {
    for folder in folders {
      guard let done = folder.doneFolder else { continue }
      let (known, elsewhere) = try await ledger.read { ledger in
        try ledger.products(drop: folder.name) { location, _ in
          !location.hasPrefix(folder.path + "/") && location != DoneProducts.place(of: location, in: done)
        }
      }
      try await follow(elsewhere, known: known) { row in
        [(folder, DoneProducts.place(of: row.location, in: done))]
      }
    }
    let done = folders.compactMap(\.doneFolder)
    let (known, elsewhere) = try await ledger.read { ledger in
      try ledger.products { location, _ in
        !folders.contains { location.hasPrefix($0.path + "/") }
          && !done.contains { location == DoneProducts.place(of: location, in: $0) }
      }
    }
    try await follow(elsewhere, known: known, leavesNothing: true) {
      ProductPlaces.candidates(of: $0.location, drop: $0.drop, in: folders)
    }
  }

  /// - Parameters:
  ///   - known: locations of products of the ledger.
  ///   - leavesNothing: what lies nowhere is gone. Not where it was found complete: its disk may be away, and jobs see to
  ///     what they need.
  private func follow(
    _ rows: [ProductRow], known: Set<String>, leavesNothing: Bool = false,
    places: @escaping @Sendable (ProductRow) -> [(folder: DropFolder, place: String)]
  ) async throws {
    guard !rows.isEmpty else { return }
    // It may be on a disk that hangs: nobody waits for it.
    let moved = await answer(within: .seconds(10)) {
      var taken = known
      return rows.compactMap { row -> MovedProduct? in
        guard FileStatus.of(row.location) == nil else { return nil }
        let found = places(row).first { !taken.contains($0.place) && FileStatus.of($0.place) != nil }
        guard let found else {
          return leavesNothing && ![.accepted, .gone].contains(row.state)
            ? MovedProduct(row: row, place: nil, drop: row.drop) : nil
        }
        taken.insert(found.place)
        return MovedProduct(row: row, place: found.place, drop: found.folder.name)
      }
    }
    try await take(moved ?? [])
  }

  private func take(_ moved: [MovedProduct]) async throws {
    guard !moved.isEmpty else { return }
    await turnstile.enter()
    defer { turnstile.leave() }
    let same = try await ledger.read { ledger in
      try moved.filter { one in
        let isFree = try one.place.map { try ledger.product(at: $0) == nil } ?? true
        return try isFree && ledger.product(at: one.row.location) == one.row
      }
    }
    let found = same.map { one -> (before: String, row: ProductRow, happening: Happening) in
      var after = one.row
      guard let place = one.place else {
        (after.state, after.reason, after.changed) = (.gone, "no longer there, and in no drop folder", Date())
        return (after.location, after, Happening(.productGone, "\(after.location): is gone", of: after))
      }
      (after.location, after.drop) = (place, one.drop)
      return (one.row.location, after, Happening(.productMoved, "\(place): was \(one.row.location)", of: after))
    }
    let held = holds
    try await commit(found.map(\.happening)) { ledger in
      for (before, row, _) in found {
        try ledger.forgetProduct(at: before)
        try ledger.save(row)
        guard held.contains(before), before != row.location else { continue }
        try ledger.release(before)
        try ledger.hold(row.location)
      }
    }
    holds = try await ledger.read { try $0.holds() }
    staleTiles.formUnion(found.compactMap(\.row.tile))
  }

  /// A ledger that is new beside items that are not was lost, or left behind.
  func noteLostLedger(_ history: Store.History) async throws {
    guard !history.items.isEmpty else { return }
    let isNew = try await ledger.read { try $0.tiles().isEmpty && $0.allGroups().isEmpty }
    guard isNew else { return }
    record(
      .problem,
      "the ledger in \(settings.state) knows nothing, and the store \(settings.store) has \(history.items.count) items: "
        + "what the operator held and what had failed is not known any more; nothing is published twice for that")
  }
}
