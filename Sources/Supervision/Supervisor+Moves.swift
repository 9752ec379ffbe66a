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
    await turnstile.enter()
    defer { turnstile.leave() }
    let known = try await ledger.read { try $0.items(below: "") }
    let moved = known.compactMap { row -> (row: ItemRow, before: ItemRow)? in
      // Another store may give an id, too, but not at the same moment.
      guard let folder = history.folders[row.id], folder != row.folder, let created = history.items[row.id],
        abs(created.timeIntervalSince(row.created)) < 0.002
      else { return nil }
      var after = row
      after.folder = folder
      return (after, row)
    }
    guard !moved.isEmpty else { return }
    let rows = moved.map(\.row)
    let text = "\(moved.count) items lie in \(store.layout.root) now, and no longer where they were published"
    try await commit([Happening(.recovered, text)]) { ledger in for row in rows { try ledger.save(row) } }
    let hook = PublishHook(command: nil, links: settings.hookLinks)
    try await helpers.run { for item in moved { hook.relink(item.row, from: item.before) } }
  }

  /// Products that are done with lie in the folder that the configuration names for them: it may have been moved.
  func followDoneProducts() async throws {
    await turnstile.enter()
    defer { turnstile.leave() }
    var moved: [(row: ProductRow, before: String)] = []
    for folder in settings.dropFolders {
      guard let done = folder.doneFolder else { continue }
      let (known, elsewhere) = try await ledger.read { ledger in
        try ledger.products(drop: folder.name) { location, _ in
          !location.hasPrefix(folder.path + "/") && location != DoneProducts.place(of: location, in: done)
        }
      }
      guard !elsewhere.isEmpty else { continue }
      moved += try await helpers.run {
        elsewhere.compactMap { row in
          let place = DoneProducts.place(of: row.location, in: done)
          guard !known.contains(place), !Folder.exists(row.location), Folder.exists(place) else { return nil }
          var after = row
          after.location = place
          return (after, row.location)
        }
      }
    }
    guard !moved.isEmpty else { return }
    let found = moved
    try await commit(
      found.map {
        Happening(.productMoved, "\($0.row.location): was \($0.before)", product: $0.row.name, tile: $0.row.tile)
      }
    ) { ledger in
      for (row, before) in found {
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
