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

  /// Products that are done with lie in the folder that the configuration names for them: it may have been moved.
  func followDoneProducts() async throws {
    for folder in settings.dropFolders {
      guard let done = folder.doneFolder else { continue }
      let (known, elsewhere) = try await ledger.read { ledger in
        try ledger.products(drop: folder.name) { location, _ in
          !location.hasPrefix(folder.path + "/") && location != DoneProducts.place(of: location, in: done)
        }
      }
      guard !elsewhere.isEmpty else { continue }
      let moved = await answer(within: .seconds(10)) {
        elsewhere.filter { row in
          let place = DoneProducts.place(of: row.location, in: done)
          return !known.contains(place) && FileStatus.of(row.location) == nil && FileStatus.of(place) != nil
        }
      }
      try await take(moved ?? [], to: done)
    }
  }

  /// - Parameter rows: as they were when it was asked where they lie.
  private func take(_ rows: [ProductRow], to done: String) async throws {
    guard !rows.isEmpty else { return }
    await turnstile.enter()
    defer { turnstile.leave() }
    let same = try await ledger.read { ledger in try rows.filter { try ledger.product(at: $0.location) == $0 } }
    let found = same.map { row -> (before: String, row: ProductRow) in
      var after = row
      after.location = DoneProducts.place(of: row.location, in: done)
      return (row.location, after)
    }
    try await commit(
      found.map {
        Happening(.productMoved, "\($0.row.location): was \($0.before)", product: $0.row.name, tile: $0.row.tile)
      }
    ) { ledger in
      for (before, row) in found {
        try ledger.forgetProduct(at: before)
        try ledger.save(row)
      }
    }
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
