internal import Foundation
internal import Ledger
internal import Publishing
internal import Settings
internal import Storage
internal import Workers

/// Nothing is changed for a store that is not there.
struct StoreAbsence: Error, CustomStringConvertible {
  let description: String
}

/// A store that is not there, and items that are there no more.
extension Supervisor {
  /// Makes the store's folders, if it is a new one, or the one that was published in.
  /// - Throws: `StorageError`, `PublishingError` where it cannot be used, `LedgerError`.
  package func openStore() async throws {
    guard try await absence(of: store.layout) == nil else { return }
    let layout = store.layout
    _ = try await helpers.run { try Store(path: layout.root, collection: layout.collection) }
  }

  /// Why a store cannot be the one that was published in: the mount point of a disk that is not mounted is an empty folder,
  /// and what was published there would be hidden by the disk some day.
  /// - Returns: a sentence; nil where the store is there, or nothing was ever published in it.
  func absence(of layout: StoreLayout) async throws -> String? {
    guard let item = try await ledger.read({ try $0.anyItem(below: layout.root) }) else { return nil }
    let isThere = try await helpers.run {
      Folder.isFolder(layout.privateFolder) || Folder.exists(layout.catalog)
    }
    guard !isThere else { return nil }
    return "the store \(layout.root) holds nothing of Supertile, where \(item.id) was published: is its disk mounted? "
      + "Nothing is published until it is back; for a new store there, say `mkdir -p \(layout.privateFolder)`"
  }

  /// Asks every minute, beside the rounds, whether the store is there, and whether one that was away is back: nobody may
  /// have a job for it for days.
  func startLookingForStore() {
    guard mode != .starting, knownOfStore.beginGlance() else { return }
    Task { await self.lookForStore() }
  }

  private func lookForStore() async {
    let layout = store.layout
    do {
      let problem = try await absence(of: layout)
      // Another store may have been turned to meanwhile, which is asked for by itself.
      guard layout == store.layout else { return }
      if let problem, problem != knownOfStore.problem {
        meetStoreProblem(problem, isAway: true)
        wake.call()
      } else if problem == nil, knownOfStore.isAway {
        await learnPublishedGroups()
      }
    } catch {
      // What the ledger or the disk says is told by whoever needs them.
    }
    guard layout == store.layout else { return }
    knownOfStore.endGlance(pause: min(60, settings.retryFirstSeconds))
  }

  /// Takes down what was published last of a group and is in the store no more; said once.
  /// - Returns: whether there was something to say.
  func noteMissing(_ history: Store.History) async throws -> Bool {
    let collection = store.layout.collectionFolder
    let rows = try await ledger.read { try $0.items(below: collection) }
    let newest = Dictionary(rows.map { ($0.groupID, $0) }) { $0.revision > $1.revision ? $0 : $1 }
    // Others may have replaced an item, and removed it then.
    let unknown = newest.values
      .filter { history.items[$0.id] == nil && history.revisions[$0.groupID, default: 0] < $0.revision }
      .sorted { $0.id < $1.id }
    // What is there and cannot be read is told otherwise.
    let missing = try await helpers.run { unknown.filter { !Folder.exists($0.folder) } }
    let new = knownOfStore.take(missing: Set(missing.map(\.id)))
    for row in missing where new.contains(row.id) {
      let text =
        "\(row.id): is in the store no more; `supertile flush \(row.groupID)` makes it again, where its products are there"
      record(Happening(.problem, text, tile: row.tile, group: row.groupID, item: row.id))
    }
    return !new.isEmpty
  }
}
