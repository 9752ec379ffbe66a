package import Foundation
package import Geometry
private import Product
private import Storage

/// An item that lies in a store, as its own document describes it.
package struct PublishedItem: Sendable, Codable, Equatable {
  package let id: String
  package let tile: MGRSTile
  package let revision: Int
  /// Absolute path of the item's folder.
  package let folder: String
  /// The same, relative to the collection: `31/T/CJ/2024/06/<ITEM>`.
  package let relativePath: String
  /// The anchor's sensing time.
  package let datetime: Date
  package let windowStart: Date
  package let windowEnd: Date
  package let group: String
  package let fingerprint: String
  /// Id of the item this one replaces.
  package let predecessor: String?
  /// Names of the products that it shows.
  package let products: [String]
  /// Names of those that were to be shown and are not.
  package let leftOut: [String]
  package let cloudCoverPercent: Double
  package let platform: String
  package let projection: String
  /// West, south, east, north, degrees.
  package let bounds: [Double]
  /// When it was published.
  package let created: Date
  /// When the first item of its group was, which may have been removed since.
  package let began: Date

  /// Id without the revision: names the anchor.
  package var stem: String { ItemIdentity.parse(id: id)?.stem ?? id }
  /// The item's STAC document.
  package var documentPath: String { "\(folder)/\(id).json" }
  package func path(of asset: ItemAsset) -> String { folder + "/" + asset.fileName(item: id) }

  /// One of the files that were published with the item is there no more, or has lost its end: a sentence; nil where all
  /// are whole, or the document does not say what they were.
  /// - Throws: `StorageError` where they cannot be looked at.
  func damage() throws -> String? {
    guard let bytes = FileManager.default.contents(atPath: documentPath),
      let assets = try? JSONDecoder().decode(Files.self, from: bytes).assets
    else { return nil }
    for asset in ItemAsset.allCases {
      guard let described = assets[asset.key] else { continue }
      let (file, name) = (path(of: asset), asset.fileName(item: id))
      let status = FileStatus.of(file)
      if let denial = status?.denial, status?.kind != .deadLink { throw StorageError("read", file, code: denial) }
      guard let status, status.kind == .file else { return "\(name) is there no more" }
      if let size = described.size, status.size != size { return "\(name) has \(status.size) bytes, not \(size)" }
    }
    return nil
  }

  /// Reads the item's document.
  /// - Throws: `PublishingError` where it is missing or damaged, `StorageError` where the system does not give it.
  init(folder: String, id name: String, relativePath: String, tile: MGRSTile) throws {
    let path = "\(folder)/\(name).json"
    if let status = FileStatus.of(path), let denial = status.denial, status.kind != .deadLink {
      throw StorageError("read", path, code: denial)
    }
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      // An item's document is small; something else may lie there.
      let document = try JSONDecoder().decode(Document.self, from: try file.read(upToCount: 1 << 26) ?? Data())
      let properties = document.properties
      func date(_ text: String) throws -> Date {
        guard let date = UTCTime.parse(text) else { throw PublishingError(path, "has the odd time \(text)") }
        return date
      }
      guard let (_, revision) = ItemIdentity.parse(id: name), document.id == name else {
        throw PublishingError(path, "describes another item, \(document.id)")
      }
      guard document.bbox.count == 4 else { throw PublishingError(path, "has a bbox of \(document.bbox.count)") }
      id = name
      self.tile = tile
      self.revision = revision
      self.folder = folder
      self.relativePath = relativePath
      datetime = try date(properties.datetime)
      windowStart = try date(properties.start_datetime)
      windowEnd = try date(properties.end_datetime)
      created = try date(properties.created)
      // Of older items their own time alone is known.
      began = min(try properties.began.map(date) ?? created, created)
      group = properties.group
      fingerprint = properties.fingerprint
      // Of older items the link alone says so.
      predecessor =
        properties.predecessor ?? document.links.first { $0.rel == "predecessor-version" }?.title
      products = (properties.views ?? []).filter { $0.role != "left_out" }.map(\.product)
      leftOut = (properties.views ?? []).filter { $0.role == "left_out" }.map(\.product)
      cloudCoverPercent = properties.cloudCover
      platform = properties.platform
      projection = properties.projection
      bounds = document.bbox
    } catch let error as PublishingError {
      throw error
    } catch {
      try FileProbe.check(path)
      throw PublishingError(path, "cannot be read as an item of this store: \(error)")
    }
  }

  private struct Files: Decodable {
    struct Asset: Decodable {
      var size: Int?

      enum CodingKeys: String, CodingKey {
        case size = "file:size"
      }
    }
    var assets: [String: Asset]
  }

  /// The part of an item's document that a store needs.
  private struct Document: Decodable {
    struct Properties: Decodable {
      var datetime: String
      var start_datetime: String
      var end_datetime: String
      var created: String
      var began: String?
      var platform: String
      var group: String
      var fingerprint: String
      var predecessor: String?
      var views: [View]?
      var cloudCover: Double
      var projection: String

      enum CodingKeys: String, CodingKey {
        case datetime, start_datetime, end_datetime, created, platform
        case group = "supertile:group"
        case began = "supertile:group_began"
        case fingerprint = "supertile:fingerprint"
        case predecessor = "supertile:predecessor"
        case views = "supertile:views"
        case cloudCover = "eo:cloud_cover"
        case projection = "proj:code"
      }
    }
    struct View: Decodable {
      var product: String
      var role: String?
    }
    struct Link: Decodable {
      var rel: String
      var title: String?
    }
    var id: String
    var bbox: [Double]
    var properties: Properties
    var links: [Link]
  }
}
