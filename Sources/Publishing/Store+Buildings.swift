private import Storage

extension Store {
  /// Revisions and items that are looked through for the names of buildings.
  private static let remembered = 3

  /// GeoJSON of the buildings whose names an item goes on with: those of the revisions it continues, newest first, then
  /// those of the tile's other items. Several, since a building may be under cloud in the last of them.
  /// - Throws: `StorageError`.
  package func earlierBuildings(of identity: ItemIdentity) throws -> [String] {
    let others = try items(of: identity.tile).items.sorted {
      ($0.datetime, $0.created, $0.id) > ($1.datetime, $1.created, $1.id)
    }
    var paths: [String] = []
    for path in (try series(of: identity).newest + others).lazy.map({ $0.path(of: .buildings) })
    where !paths.contains(path) && Folder.exists(path) {
      paths.append(path)
      if paths.count == Self.remembered { break }
    }
    return paths
  }
}
