package import Geometry
private import Storage

extension Store {
  /// Removes old revisions of a tile: of each series of items, all but the newest. Each vanishes with one rename; the
  /// catalogues follow.
  /// - Parameter count: revisions of a series that stay, 1 or more.
  /// - Returns: what was removed.
  /// - Throws: `StorageError`, `EncodingError`.
  package func removeRevisions(of tile: MGRSTile, keeping count: Int) throws -> [PublishedItem] {
    guard let lock = try tryLockTile(tile) else { return [] }
    defer { withExtendedLifetime(lock) {} }
    var removed: [PublishedItem] = []
    for series in Self.allSeries(items(of: tile).items) {
      for item in series.sorted(by: { $0.revision > $1.revision }).dropFirst(max(count, 1)) {
        let staging = try StagingFolder(in: layout.staging, name: item.id)
        try DurableFile.publish(folder: item.folder, as: staging.path + "/removed")
        removed.append(item)
      }
    }
    if !removed.isEmpty { try refreshCatalogues() }
    return removed
  }

  /// Items that are revisions of each other: of one group, or with one anchor.
  static func allSeries(_ items: [PublishedItem]) -> [[PublishedItem]] {
    var series: [[PublishedItem]] = []
    for item in items {
      let isSame = { (other: PublishedItem) in other.group == item.group || other.stem == item.stem }
      let joined = series.filter { $0.contains(where: isSame) }.flatMap(\.self)
      series.removeAll { $0.contains(where: isSame) }
      series.append(joined + [item])
    }
    return series
  }
}
