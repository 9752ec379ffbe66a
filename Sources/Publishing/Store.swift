package import Foundation
package import Geometry
package import Storage

/// The folder of published items. Items are only ever added; several processes may use one store at a time.
package struct Store: Sendable {
  package let layout: StoreLayout
  /// Items link to the one that they replace. Where old revisions are removed some day such links would lead nowhere.
  package var linksPredecessors = true

  package static let defaultCollection = "sentinel-2-sr"

  /// Opens a store, makes its folders where they are missing, and removes what killed runs left in staging.
  /// - Parameter readOnly: makes and removes nothing, for listings.
  /// - Throws: `StorageError` where the path is no folder or cannot be written to, `PublishingError` for an empty path,
  ///   for a name of a collection that could not be part of a URL, where a catalogue lies there that is not Supertile's,
  ///   and where the collection lies on another file system than the store.
  package init(path: String, collection: String = Store.defaultCollection, readOnly: Bool = false) throws {
    guard !path.isEmpty else { throw PublishingError("store", "the path is empty, expected a folder") }
    guard StoreLayout.isUsable(collection: collection) else {
      throw PublishingError(path, "\"\(collection)\" is no name for a collection: \(StoreLayout.collectionNames)")
    }
    layout = StoreLayout(root: Folder.absolute(path), collection: collection)
    if readOnly { return }
    try requireOwnCatalogues()
    for folder in [layout.collectionFolder, layout.locks, layout.documents, layout.staging] {
      try Folder.make(folder)
    }
    guard try Folder.device(layout.collectionFolder) == Folder.device(layout.staging) else {
      throw PublishingError(
        layout.collectionFolder,
        "lies on another file system than \(layout.privateFolder): items could not appear with one rename; put the whole "
          + "store on one")
    }
    try StagingFolder.sweep(layout.staging)
  }

  // MARK: Locks

  /// Keeps other runs from working on the same tile in this store: hold it from `prepare` until after `publish`,
  /// or two runs may publish the same content as two revisions.
  /// - Returns: nil where another run works on the tile.
  /// - Throws: `StorageError`.
  package func tryLockTile(_ tile: MGRSTile) throws(StorageError) -> FileLock? {
    try FileLock.tryAcquire("\(layout.locks)/\(tile.name).lock")
  }

  /// Whether the folder of an item belongs to this collection.
  package func holds(_ folder: String) -> Bool { folder.hasPrefix(layout.collectionFolder + "/") }

  // MARK: What is there

  /// Items of one tile in the order of their folders, and why folders that look like items are none.
  /// - Throws: `StorageError` where it cannot be looked at what is there.
  package func items(of tile: MGRSTile) throws -> (items: [PublishedItem], damaged: [PublishingError]) {
    var items: [PublishedItem] = []
    var damaged: [PublishingError] = []
    for path in try layout.itemPaths(of: tile) {
      let folder = layout.collectionFolder + "/" + path
      let id = String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
      do {
        items.append(try PublishedItem(folder: folder, id: id, relativePath: path, tile: tile))
      } catch let error as PublishingError { damaged.append(error) }
    }
    return (items, damaged)
  }

  /// When the groups that the items of some tiles were made of were published first, by identifier.
  /// - Throws: `StorageError`.
  package func publishedGroups(of tiles: Set<MGRSTile>) throws -> [String: Date] {
    Dictionary(try tiles.flatMap { try items(of: $0).items.map { ($0.group, $0.began) } }, uniquingKeysWith: min)
  }

  /// What was published of all tiles: groups with their first time, what their newest items show, and what is damaged.
  package struct History: Sendable {
    package var groups: [String: Date] = [:]
    /// When all items were published, by id.
    package var items: [String: Date] = [:]
    /// Their folders, by id.
    package var folders: [String: String] = [:]
    /// When the newest's anchor was sensed, by group.
    package var anchors: [String: Date] = [:]
    /// Names of products, by group.
    package var products: [String: [String]] = [:]
    /// The newest, by group.
    package var revisions: [String: Int] = [:]
    /// Sentences, by tile.
    package var damaged: [String: [String]] = [:]
    /// Why not all of it is known.
    package var problem: String?
  }

  /// - Throws: `StorageError` where the tiles cannot be listed. One that cannot be looked at holds up no other.
  package func history() throws -> History {
    var history = History()
    for tile in try layout.tiles() {
      do {
        let found = try items(of: tile)
        history.groups.merge(found.items.map { ($0.group, $0.began) }, uniquingKeysWith: min)
        for item in found.items.sorted(by: { ($0.revision, $0.created) < ($1.revision, $1.created) }) {
          history.products[item.group] = item.products
          history.revisions[item.group] = item.revision
          history.anchors[item.group] = item.datetime
          history.items[item.id] = item.created
          history.folders[item.id] = item.folder
        }
        history.damaged[tile.name] = found.damaged.map(\.ofDamagedItem)
      } catch { history.problem = history.problem ?? "\(error)" }
    }
    return history
  }

  /// All items of the collection, by tile, and the folders that look like items but are none.
  /// - Throws: `StorageError`.
  package func allItems() throws -> (items: [PublishedItem], damaged: [PublishingError]) {
    try layout.tiles().reduce(into: ([], [])) { result, tile in
      let (items, damaged) = try items(of: tile)
      result.0 += items
      result.1 += damaged
    }
  }

  // MARK: Publishing

  /// What `prepare` found.
  package enum Preparation: Sendable {
    /// The newest revision of the series was made of the same things in the same way, and is whole: nothing to do.
    case unchanged(PublishedItem)
    /// A draft to fill with files.
    case publish(Draft)
  }

  /// Finds the series an item belongs to and decides whether there is anything to publish. Catalogues are brought
  /// up to date where a crash kept the last run from doing it.
  ///
  /// Earlier items of the tile are of the same series if they have the same group. Those of other groups with the same
  /// anchor, as of windows of another length, stand beside them; numbers of revisions are given once for each anchor.
  /// - Parameter others: fingerprints of whatever else may have come of the same things.
  /// - Throws: `StorageError`, `EncodingError`.
  package func prepare(_ identity: ItemIdentity, or others: [String] = []) throws -> Preparation {
    let series = try series(of: identity)
    let known = Set([identity.fingerprint] + others)
    var complaint: String?
    if let same = series.newest.first(where: { known.contains($0.fingerprint) }) {
      let damage = try same.damage()
      guard let damage else {
        try refreshCatalogues()
        return .unchanged(same)
      }
      complaint = "\(same.id): \(damage); the next revision is published in its place"
    }
    let id = identity.id(revision: series.nextRevision)
    let staging = try StagingFolder(in: layout.staging, name: id)
    return .publish(Draft(store: self, identity: identity, id: id, staging: staging, complaint: complaint))
  }

  /// The revisions an identity continues.
  struct Series {
    /// The items with the highest revision: one, or several of different anchors.
    var newest: [PublishedItem]
    var nextRevision: Int
    /// When the first of them was published, whether or not that one is still there.
    var began: Date?
    /// When the newest item of the tile was published, of any group.
    var newestOfTile: Date?

    /// When an item is published now: after whatever the tile has, also where the clock was set back since. Windows count
    /// in the order in which they were published, and consumers look for what is new by this time.
    func created(_ now: Date) -> Date { newestOfTile.map { max(now, $0.addingTimeInterval(0.001)) } ?? now }
  }

  /// - Throws: `StorageError`.
  func series(of identity: ItemIdentity) throws -> Series {
    let items = try items(of: identity.tile).items
    let mine = items.filter { $0.group == identity.group }
    // A folder whose document is damaged still occupies its name, and so does what an item names as its predecessor.
    let names = try layout.itemPaths(of: identity.tile).compactMap { $0.split(separator: "/").last.map(String.init) }
    let occupied = (names + items.compactMap(\.predecessor)).compactMap { name -> Int? in
      guard let (stem, revision) = ItemIdentity.parse(id: name), stem == identity.stem else { return nil }
      return revision
    }
    let given = try givenRevisions(of: identity.tile)[identity.stem] ?? 0
    let highest = mine.map(\.revision).max() ?? 0
    return Series(
      newest: mine.filter { $0.revision == highest }.sorted { ($0.created, $0.id) > ($1.created, $1.id) },
      nextRevision: 1 + max(highest, occupied.max() ?? 0, given), began: mine.map(\.began).min(),
      newestOfTile: items.map(\.created).max())
  }
}
