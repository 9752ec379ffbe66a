private import Foundation
private import Geometry
private import Product
internal import Writing

/// The documents above the items. Each follows from the items alone.
enum CatalogueDocuments {
  /// Marks catalogue and collection as written by Supertile.
  private static let generator = "supertile:generator"

  static func isOwnCatalogue(_ document: JSONValue) -> Bool {
    // Before the mark there was the id alone.
    document["type"]?.string == "Catalog" && document["id"]?.string == "supertile"
  }

  static func isOwnCollection(_ document: JSONValue, id: String) -> Bool {
    // Before the mark there was the title alone.
    document["type"]?.string == "Collection" && document["id"]?.string == id
      && (document[generator]?.string == "supertile" || document["title"]?.string == collectionTitle)
  }

  private static let collectionTitle = "Sentinel-2 super-resolution"

  /// The small file per tile that names its newest item.
  static func latest(_ item: PublishedItem) -> JSONValue {
    // Relative to the tile's folder: without zone, band and square.
    let path = item.relativePath.split(separator: "/").dropFirst(3).joined(separator: "/")
    return [
      "tile": .string(item.tile.name), "item": .string(item.id), "href": "./\(path)/\(item.id).json",
      "version": .string(ItemIdentity.revisionName(item.revision)),
      "datetime": .string(UTCTime.milliseconds(item.datetime)),
      "start_datetime": .string(UTCTime.milliseconds(item.windowStart)),
      "end_datetime": .string(UTCTime.milliseconds(item.windowEnd)),
      "created": .string(UTCTime.milliseconds(item.created)),
    ]
  }

  /// - Parameter items: at least one.
  static func collection(_ id: String, items: [PublishedItem]) -> JSONValue {
    func texts(_ values: some Sequence<String>) -> JSONValue { .array(Set(values).sorted().map { .string($0) }) }
    func time(_ date: Date?) -> JSONValue { date.map { .string(UTCTime.milliseconds($0)) } ?? .null }
    let clouds = items.map(\.cloudCoverPercent)
    let notice = SentinelNotice.text(items.flatMap { [$0.windowStart, $0.windowEnd] })
    var links: [JSONValue] = [
      ["rel": "root", "href": "../catalog.json", "type": "application/json"],
      ["rel": "parent", "href": "../catalog.json", "type": "application/json"],
      [
        "rel": "license", "type": "application/pdf",
        "href": "https://sentinels.copernicus.eu/documents/247904/690755/Sentinel_Data_Legal_Notice",
        "title": "Legal notice on the use of Copernicus Sentinel data",
      ],
    ]
    links += items.map {
      [
        "rel": "item", "href": "./\($0.relativePath)/\($0.id).json", "type": "application/geo+json",
        "title": .string($0.id),
      ]
    }
    return [
      "type": "Collection", "stac_version": "1.1.0",
      "stac_extensions": ["https://stac-extensions.github.io/eo/v2.0.0/schema.json"],
      "id": .string(id), "title": .string(collectionTitle), generator: "supertile",
      "description": .string(
        "Surface reflectance of Sentinel-2 at half the pixel size, fused from several views of each tile. Every item "
          + "carries a certificate of how far it agrees with the view it is anchored to; supertile:fields says what its fields "
          + "mean. \(notice)."),
      "supertile:fields": .object(
        Dictionary(uniqueKeysWithValues: ItemFields.descriptions.map { ($0.key, .string($0.value)) })),
      "item_assets": .object(
        Dictionary(uniqueKeysWithValues: ItemAsset.allCases.map { ($0.key, .object($0.definition)) })),
      "license": "other", "keywords": ["Sentinel-2", "super-resolution", "surface reflectance"],
      "providers": [
        [
          "name": "European Union/ESA/Copernicus", "roles": ["producer", "licensor"],
          "url": "https://sentinels.copernicus.eu",
        ]
      ],
      "extent": [
        "spatial": ["bbox": [.array((GlobeBounds.union(items.map(\.bounds)) ?? []).map { .number($0) })]],
        "temporal": ["interval": [[time(items.map(\.windowStart).min()), time(items.map(\.windowEnd).max())]]],
      ],
      "summaries": [
        "platform": texts(items.map(\.platform)), "constellation": ["sentinel-2"], "instruments": ["msi"],
        "processing:level": ["L3"], "grid:code": texts(items.map { "MGRS-\($0.tile.name)" }),
        "proj:code": texts(items.map(\.projection)),
        "eo:cloud_cover": ["minimum": .number(clouds.min() ?? 0), "maximum": .number(clouds.max() ?? 0)],
      ],
      "links": .array(links),
    ]
  }

  static func catalogue(collections: [String]) -> JSONValue {
    var links: [JSONValue] = [["rel": "root", "href": "./catalog.json", "type": "application/json"]]
    links += collections.map {
      ["rel": "child", "href": "./\($0)/collection.json", "type": "application/json", "title": .string($0)]
    }
    return [
      "type": "Catalog", "stac_version": "1.1.0", "id": "supertile", "title": "Supertile", generator: "supertile",
      "description": "Super-resolved Sentinel-2 tiles, with the evidence for each.", "links": .array(links),
    ]
  }
}
