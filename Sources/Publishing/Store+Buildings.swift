private import Storage

extension Store {
  /// GeoJSON of the buildings whose names an item goes on with: those of the revision it continues, else those of the
  /// tile's newest item; nil where there are none.
  package func earlierBuildings(of identity: ItemIdentity) -> String? {
    let others = items(of: identity.tile).items.sorted {
      ($0.datetime, $0.created, $0.id) > ($1.datetime, $1.created, $1.id)
    }
    return (series(of: identity).newest + others).map { $0.path(of: .buildings) }.first { Folder.exists($0) }
  }
}
