package import Geometry
private import Storage

extension Store {
  /// Removes old revisions of a tile: what newer items have replaced, the oldest first. Each vanishes with one rename; the
  /// catalogues follow. An item that nothing replaces stays.
  /// - Parameter count: revisions that stay, 1 or more: an item, what it replaced, and so on.
  /// - Parameter spared: ids of items that somebody is at work on, or is to be told of: they stay for now, and so does what
  ///   is newer.
  /// - Returns: what was removed; nil where somebody else is at work on the tile.
  /// - Throws: `StorageError`, `EncodingError`.
  package func removeRevisions(
    of tile: MGRSTile, keeping count: Int, sparing spared: Set<String> = []
  ) throws -> [PublishedItem]? {
    guard let lock = try tryLockTile(tile) else { return nil }
    defer { withExtendedLifetime(lock) {} }
    // The other way round the older one would be what nothing replaces.
    let surplus = Self.surplus(try items(of: tile).items, keeping: count).prefix { !spared.contains($0.id) }
    try remember(surplus.map(\.id), of: tile)
    for item in surplus {
      let staging = try StagingFolder(in: layout.staging, name: item.id)
      try DurableFile.publish(folder: item.folder, as: staging.path + "/removed")
    }
    if !surplus.isEmpty { try refreshCatalogues() }
    return Array(surplus)
  }

  /// Items behind the newest `count` of every line of revisions that they are part of, the oldest first.
  static func surplus(_ items: [PublishedItem], keeping count: Int) -> [PublishedItem] {
    let known = Dictionary(items.map { ($0.id, $0) }) { first, _ in first }
    let predecessors = predecessors(of: items)
    let replaced = Set(predecessors.values)
    var kept: Set<String> = []
    for head in items where !replaced.contains(head.id) {
      var next: PublishedItem? = head
      for _ in 0..<max(count, 1) {
        guard let item = next else { break }
        kept.insert(item.id)
        next = predecessors[item.id].flatMap { known[$0] }
      }
    }
    return items.filter { !kept.contains($0.id) }
      .sorted { ($0.revision, $0.created, $0.id) < ($1.revision, $1.created, $1.id) }
  }
}
