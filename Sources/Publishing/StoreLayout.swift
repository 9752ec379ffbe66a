internal import Foundation
package import Geometry
private import Product
private import Storage

/// Where things lie in a store.
package struct StoreLayout: Sendable, Hashable {
  /// Absolute path of the store.
  package let root: String
  /// Id of the collection and name of its folder.
  package let collection: String

  package var catalog: String { root + "/catalog.json" }
  package var collectionFolder: String { root + "/" + collection }
  package var collectionFile: String { collectionFolder + "/collection.json" }
  /// Hidden from consumers, on the same file system as the items.
  package var privateFolder: String { root + "/.supertile" }
  package var staging: String { privateFolder + "/staging" }
  package var locks: String { privateFolder + "/locks" }
  /// Temporary files of documents that are being replaced; used under the store lock alone.
  package var documents: String { privateFolder + "/documents" }

  /// What revisions were given, by tile.
  var revisions: String { privateFolder + "/revisions/" + collection }
  func revisionsFile(_ tile: MGRSTile) -> String { "\(revisions)/\(tile.name).json" }

  /// `31/T/CJ`, below the collection.
  static func tilePath(_ tile: MGRSTile) -> String {
    "\(tile.name.prefix(2))/\(tile.latitudeBand)/\(tile.square)"
  }

  package func tileFolder(_ tile: MGRSTile) -> String { collectionFolder + "/" + Self.tilePath(tile) }
  package func latestFile(_ tile: MGRSTile) -> String { tileFolder(tile) + "/latest.json" }

  /// `31/T/CJ/2024/06/<ITEM>`, below the collection.
  static func itemPath(tile: MGRSTile, date: Date, id: String) -> String {
    let day = UTCTime.day(date)
    return "\(tilePath(tile))/\(day.prefix(4))/\(day.dropFirst(5).prefix(2))/\(id)"
  }

  /// Tiles that have a folder, sorted.
  /// - Throws: `StorageError` where a folder cannot be listed: it is not empty for that.
  package func tiles() throws -> [MGRSTile] {
    try Folder.namesIfAny(collectionFolder).filter { $0.count == 2 }.flatMap { zone in
      try Folder.namesIfAny("\(collectionFolder)/\(zone)").filter { $0.count == 1 }.flatMap { band in
        try Folder.namesIfAny("\(collectionFolder)/\(zone)/\(band)").compactMap { MGRSTile(zone + band + $0) }
      }
    }
  }

  /// Relative paths of the folders that look like items of a tile: `31/T/CJ/2024/06/<ITEM>`, sorted.
  /// - Throws: `StorageError` where a folder cannot be listed.
  func itemPaths(of tile: MGRSTile) throws -> [String] {
    func isNumber(_ text: String, _ width: Int) -> Bool {
      text.count == width && text.allSatisfy { ("0"..."9").contains($0) }
    }
    let base = Self.tilePath(tile)
    return try Folder.namesIfAny("\(collectionFolder)/\(base)").filter { isNumber($0, 4) }.flatMap { year in
      try Folder.namesIfAny("\(collectionFolder)/\(base)/\(year)").filter { isNumber($0, 2) }.flatMap { month in
        try Folder.namesIfAny("\(collectionFolder)/\(base)/\(year)/\(month)")
          .filter { ItemIdentity.parse(id: $0) != nil }.map { "\(base)/\(year)/\(month)/\($0)" }
      }
    }
  }

  /// Whether the store that an item lies in, or lay in, is there.
  package static func isStore(of itemFolder: String) -> Bool { Folder.exists(root(of: itemFolder) + "/catalog.json") }

  private static func root(of itemFolder: String) -> String {
    // Below the store: collection, zone, band, square, year, month, item.
    "/" + itemFolder.split(separator: "/").dropLast(1 + STACItem.depth).joined(separator: "/")
  }

  /// What `isUsable` expects, for messages.
  package static let collectionNames =
    "a name of at most 100 letters, digits, -, _ and ., which does not begin with a dot and is not catalog.json"

  /// Collections are folders of plain names: they end up in URLs, and lie beside the catalogue.
  package static func isUsable(collection name: String) -> Bool {
    !name.isEmpty && name.first != "." && name.utf8.count <= 100 && name.lowercased() != "catalog.json"
      && name.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0))
      }
  }
}
