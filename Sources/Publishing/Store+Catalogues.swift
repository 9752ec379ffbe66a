private import Foundation
private import Geometry
private import Product
private import Storage
internal import Writing

extension Store {
  /// Brings `latest.json` of every tile, `collection.json` and `catalog.json` in line with the items on disk. They
  /// follow from the items alone, so that it does not matter who writes them, or how often; each is replaced as a
  /// whole, and only where it changes.
  /// - Throws: `StorageError`, also where a part of the store cannot be looked at: nothing is dropped for that;
  ///   `EncodingError`.
  package func refreshCatalogues() throws {
    let lock = try FileLock.acquire(layout.locks + "/store.lock")
    defer { withExtendedLifetime(lock) {} }
    for leftover in Folder.list(layout.documents) { try Folder.remove(layout.documents + "/" + leftover) }
    var items: [PublishedItem] = []
    var isWhole = true
    for tile in try layout.tiles() {
      let (own, damaged) = try self.items(of: tile)
      items += own
      isWhole = isWhole && damaged.isEmpty
      if let latest = Self.latest(of: own) {
        try replace(layout.latestFile(tile), with: CatalogueDocuments.latest(latest))
      } else if damaged.isEmpty {
        // Its items were removed.
        try Folder.remove(layout.latestFile(tile))
      }
    }
    // What others have replaced is reached from them.
    let current = Self.current(of: items)
    if !current.isEmpty {
      try replace(layout.collectionFile, with: CatalogueDocuments.collection(layout.collection, items: current))
    } else if items.isEmpty, isWhole {
      // The last item was removed: a collection shows something.
      try Folder.remove(layout.collectionFile)
    }
    let collections = try Folder.namesIfAny(layout.root).filter {
      StoreLayout.isUsable(collection: $0) && Folder.exists("\(layout.root)/\($0)/collection.json")
    }
    try replace(layout.catalog, with: CatalogueDocuments.catalogue(collections: collections))
  }

  /// The same where there are items, and nothing of anybody else's would be replaced: whoever changed the store last may
  /// have died before the catalogues followed.
  /// - Throws: `PublishingError`, `StorageError`, `EncodingError`.
  package func repairCatalogues() throws {
    guard try !layout.tiles().isEmpty || Folder.exists(layout.collectionFile) else { return }
    try requireOwnCatalogues()
    try refreshCatalogues()
  }

  /// Makes sure that nothing of anybody else's would be replaced. What is damaged beside our own hidden folder is taken
  /// for ours and repaired later.
  /// - Throws: `PublishingError`.
  func requireOwnCatalogues() throws {
    let collection = layout.collection
    let documents: [(String, (JSONValue) -> Bool)] = [
      (layout.catalog, CatalogueDocuments.isOwnCatalogue),
      (layout.collectionFile, { CatalogueDocuments.isOwnCollection($0, id: collection) }),
    ]
    let isOurStore = Folder.isFolder(layout.privateFolder)
    for (path, isOwn) in documents {
      guard let status = FileStatus.of(path), status.kind != .deadLink else { continue }
      guard status.kind == .file, status.isReadable, let bytes = FileManager.default.contents(atPath: path) else {
        throw PublishingError(
          path,
          "cannot be read, so it may be somebody else's and is not overwritten: if it is Supertile's, make it readable "
            + "for this user (uid \(FileStatus.userID)), else choose another folder")
      }
      let document = try? JSONDecoder().decode(JSONValue.self, from: bytes)
      if let document, isOwn(document) { continue }
      let isDamaged = document == nil || document == .object([:])
      if isOurStore && isDamaged { continue }
      let found = document?["id"]?.string.map { " (its id is \"\($0)\")" } ?? ""
      throw PublishingError(
        path, "was not written by Supertile for this collection\(found) and is not overwritten: choose another folder")
    }
  }

  /// The item to look at first: of those that no other item replaces, the one with the newest anchor. An anchor has had its
  /// time where an item of a window of another length, published later, looked at it or past it: windows are cut otherwise
  /// since.
  static func latest(of items: [PublishedItem]) -> PublishedItem? {
    var inForce: [PublishedItem] = []
    for item in current(of: items).sorted(by: { ($0.created, $0.id) > ($1.created, $1.id) }) {
      let days = WindowName(item.group)?.days
      let isOver = inForce.contains { newer in
        guard let window = WindowName(newer.group), let days, window.days != days else { return false }
        // Of one pass two versions may begin some seconds apart.
        return window.start <= item.datetime && item.datetime <= newer.windowEnd.addingTimeInterval(60)
      }
      if !isOver { inForce.append(item) }
    }
    return inForce.max { ($0.datetime, $0.revision, $0.id) < ($1.datetime, $1.revision, $1.id) }
  }

  /// The items that no other one replaces: neither as its predecessor, nor as a newer one of the same group.
  package static func current(of items: [PublishedItem]) -> [PublishedItem] {
    let replaced = Set(predecessors(of: items).values)
    let newest = Dictionary(grouping: items, by: { [$0.tile.name, $0.group] }).mapValues { same in
      same.map { ($0.revision, $0.created, $0.id) }.max { $0 < $1 }?.2
    }
    return items.filter { !replaced.contains($0.id) && newest[[$0.tile.name, $0.group]] == $0.id }
  }

  /// Ids of what items replace, as far as that is there, by their own. In older stores an item may name one of another group,
  /// for having the same anchor; such a one is not replaced.
  static func predecessors(of items: [PublishedItem]) -> [String: String] {
    let groups = Dictionary(items.map { ($0.id, $0.group) }) { first, _ in first }
    let pairs = items.compactMap { item in
      item.predecessor.flatMap { groups[$0] == item.group ? (item.id, $0) : nil }
    }
    return Dictionary(pairs) { first, _ in first }
  }

  private func replace(_ path: String, with document: JSONValue) throws {
    let bytes = try document.text()
    if FileManager.default.contents(atPath: path).map([UInt8].init) == bytes { return }
    try DurableFile.replace(path, with: bytes, temporaryIn: layout.documents)
  }
}
