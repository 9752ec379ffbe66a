package import Foundation
private import GDALAdapter
private import Storage
private import Synchronization
internal import Writing

/// An item in the making: a private folder on the store's file system. It vanishes with this object unless it was
/// published.
package final class Draft: Sendable {
  private let store: Store
  private let identity: ItemIdentity
  private let staging: StagingFolder
  private let currentID: Mutex<String>
  /// What is wrong with the item that it was to be, as a sentence; nil for nothing.
  package let complaint: String?

  init(store: Store, identity: ItemIdentity, id: String, staging: StagingFolder, complaint: String?) {
    self.complaint = complaint
    self.store = store
    self.identity = identity
    currentID = Mutex(id)
    self.staging = staging
  }

  /// The item's id as far as it is known: another run may take the revision first.
  package var id: String { currentID.withLock { $0 } }

  /// Where the files go until they are published.
  package var folder: String { staging.path }

  /// Where a file of the item goes.
  package func path(of asset: ItemAsset) -> String { folder + "/" + asset.fileName(item: id) }

  /// Writes the documents, makes everything durable, and renames the folder into the store: the item appears whole.
  /// Then brings the catalogues up to date.
  /// - Parameter now: becomes the item's `created`.
  /// - Throws: `PublishingError` where files are missing or do not belong, `StorageError`, `GDALError`,
  ///   `EncodingError`. Where only what follows the rename failed, the item is published and the next `prepare` repairs
  ///   the catalogues.
  package func publish(_ description: ItemDescription, now: Date = Date()) throws -> PublishedItem {
    var taken = ""
    while true {
      try takeNextRevision()
      guard id != taken else {
        throw PublishingError(folder, "cannot become \(taken), which is there and is not listed; look at its folder")
      }
      let target = try write(description, now: now)
      do {
        try DurableFile.publish(folder: folder, as: target.folder)
      } catch {
        guard error.code == EEXIST || error.code == ENOTEMPTY else { throw error }
        taken = id
        continue
      }
      try store.refreshCatalogues()
      // While its folder is there nobody needs that; who removes old revisions remembers them first.
      try? store.remember([id], of: identity.tile)
      return try PublishedItem(
        folder: target.folder, id: id, relativePath: target.relativePath, tile: identity.tile)
    }
  }

  /// Item document and checksums, everything flushed to the disk.
  /// - Returns: where the folder belongs.
  private func write(_ description: ItemDescription, now: Date) throws -> (folder: String, relativePath: String) {
    let files = try digests()
    let series = try store.series(of: identity)
    let relativePath = StoreLayout.itemPath(tile: identity.tile, date: identity.anchorSensingTime, id: id)
    let predecessor = series.newest.first.map { item in
      (
        item.id,
        "../../../" + item.relativePath.split(separator: "/").suffix(3).joined(separator: "/")
          + "/\(item.id).json"
      )
    }
    var identity = identity
    identity.fingerprint = description.fingerprint ?? identity.fingerprint
    let item = STACItem(
      id: id, revision: ItemIdentity.parse(id: id)?.revision ?? 1, identity: identity, description: description,
      collection: store.layout.collection, predecessor: predecessor, linksPredecessor: store.linksPredecessors,
      created: series.created(now), began: [series.began, description.groupBegan].compactMap(\.self).min())
    let document = "\(id).json"
    try DurableFile.replace(
      folder + "/" + document, with: try item.document(folder: folder, files: files).text())
    // Read back: what is on the disk must be an item of this store.
    _ = try PublishedItem(folder: folder, id: id, relativePath: relativePath, tile: identity.tile)
    let sums =
      files.map { ($0.asset.fileName(item: id), $0.digest.sha256) }
      + [(document, try FileDigest(of: folder + "/" + document).sha256)]
    let lines = sums.sorted { $0.0 < $1.0 }.map { "\($0.1)  \($0.0)\n" }.joined()
    try DurableFile.replace(folder + "/SHA256SUMS", with: lines.utf8)
    for name in Folder.list(folder) {
      Ownership.give("\(folder)/\(name)", toOwnerOf: store.layout.collectionFolder)
    }
    for file in files { try DurableFile.sync(folder + "/" + file.asset.fileName(item: id)) }
    try DurableFile.syncFolder(folder)
    let target = store.layout.collectionFolder + "/" + relativePath
    try makeParents(of: relativePath)
    return (target, relativePath)
  }

  /// Sizes and checksums of the asset files.
  /// - Throws: `PublishingError` where a required file is missing or a foreign one is there.
  private func digests() throws -> [(asset: ItemAsset, digest: FileDigest)] {
    let assets = ItemAsset.allCases.map { (asset: $0, name: $0.fileName(item: id)) }
    let own = Set(assets.map(\.name) + ["\(id).json", "SHA256SUMS"])
    let present = Set(Folder.list(folder))
    if let stranger = present.subtracting(own).sorted().first {
      throw PublishingError(folder, "holds \(stranger), which is no file of the item \(id)")
    }
    for asset in ItemAsset.required where !present.contains(asset.fileName(item: id)) {
      throw PublishingError(folder, "lacks \(asset.fileName(item: id))")
    }
    return try assets.filter { present.contains($0.name) }.map {
      ($0.asset, try FileDigest(of: folder + "/" + $0.name))
    }
  }

  /// Year and month folders, durable down from the collection.
  private func makeParents(of relativePath: String) throws {
    var folder = store.layout.collectionFolder
    try DurableFile.syncFolder(store.layout.root)
    for part in relativePath.split(separator: "/").dropLast() {
      let parent = folder
      folder += "/" + part
      if !Folder.isFolder(folder) {
        try Folder.make(folder)
        try DurableFile.syncFolder(parent)
      }
    }
  }

  /// Where another run was faster, the files get the names of the next free revision.
  private func takeNextRevision() throws {
    let next = identity.id(revision: try store.series(of: identity).nextRevision)
    guard next != id else { return }
    for name in ["\(id).json", "SHA256SUMS"] { try Folder.remove(folder + "/" + name) }
    for asset in ItemAsset.allCases where Folder.exists(path(of: asset)) {
      try DurableFile.move(path(of: asset), to: folder + "/" + asset.fileName(item: next))
    }
    // Features name their item.
    for asset in [ItemAsset.buildings, .observed] {
      let file = folder + "/" + asset.fileName(item: next)
      if Folder.exists(file) { try Self.rename(file, from: id, to: next) }
    }
    let flat = folder + "/" + ItemAsset.buildingsIndexed.fileName(item: next)
    if Folder.exists(flat) {
      try Folder.remove(flat)
      try FlatGeobuf.write(folder + "/" + ItemAsset.buildings.fileName(item: next), to: flat)
    }
    currentID.withLock { $0 = next }
  }
}
