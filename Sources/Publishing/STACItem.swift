internal import Foundation
private import GDALAdapter
internal import Geometry
private import Product
internal import Writing

/// Builds the STAC 1.1 item of a folder of finished files.
struct STACItem {
  let id: String
  let revision: Int
  let identity: ItemIdentity
  let description: ItemDescription
  let collection: String
  /// The item this one replaces, and where it lies relative to the new item's folder.
  let predecessor: (id: String, href: String)?
  /// Whether it is linked to, too: it stays.
  let linksPredecessor: Bool
  /// When the item was made.
  let created: Date
  /// When the first item of its group was; nil where this is the first.
  let began: Date?

  /// Schemas of the extensions an item uses.
  static let extensions = [
    "classification/v2.0.0", "eo/v2.0.0", "file/v2.1.0", "grid/v1.1.0", "processing/v1.2.0", "projection/v2.0.0",
    "raster/v2.0.0", "version/v1.2.0",
  ].map { "https://stac-extensions.github.io/\($0)/schema.json" }

  /// Where product metadata can be had: the items of the Copernicus Data Space carry the full product name as id.
  static let catalogueOfProducts = "https://stac.dataspace.copernicus.eu/v1/collections/sentinel-2-l2a/items/"

  /// Depth of an item's folder below its collection: zone, band, square, year, month, item.
  static let depth = 6

  /// - Parameter folder: holds the asset files, named after the item.
  /// - Throws: `GDALError`, `PublishingError`, `EncodingError`.
  func document(folder: String, files: [(asset: ItemAsset, digest: FileDigest)]) throws -> JSONValue {
    let footprint = try Footprint(of: description.grid, outline: description.outline)
    var assets: [String: JSONValue] = [:]
    for (asset, digest) in files {
      assets[asset.key] = try self.asset(asset, digest: digest, path: folder + "/" + asset.fileName(item: id))
    }
    return [
      "type": "Feature", "stac_version": "1.1.0", "stac_extensions": .array(Self.extensions.map { .string($0) }),
      "id": .string(id), "collection": .string(collection), "geometry": footprint.geometry,
      "bbox": .array(footprint.bounds.map { .number($0) }), "properties": .object(try properties()),
      "links": .array(links()), "assets": .object(assets),
    ]
  }

  private func properties() throws -> [String: JSONValue] {
    let grid = description.grid
    func view(_ input: ItemInput, role: String) -> JSONValue {
      let shift = input.shiftRows.flatMap { rows in
        input.shiftColumns.map { JSONValue.object(["rows": .number(rows), "columns": .number($0)]) }
      }
      var view: [String: JSONValue] = [
        "product": .string(input.product), "role": .string(role),
        "datetime": .string(UTCTime.milliseconds(input.sensingTime)), "shift": shift ?? .null,
      ]
      if let colours = input.colours { view["harmonisation"] = colours.json }
      if let reason = input.reason { view["reason"] = .string(reason) }
      return .object(view)
    }
    let views =
      description.inputs.map { view($0, role: $0.role.rawValue) }
      + description.leftOut.map { view($0, role: "left_out") }
    var properties: [String: JSONValue] = [
      "title": "Sentinel-2 super-resolution, tile \(identity.tile.name), \(UTCTime.day(identity.anchorSensingTime))",
      "datetime": .string(UTCTime.milliseconds(identity.anchorSensingTime)),
      "start_datetime": .string(UTCTime.milliseconds(description.windowStart)),
      "end_datetime": .string(UTCTime.milliseconds(description.windowEnd)),
      "created": .string(UTCTime.milliseconds(created)),
      "platform": "sentinel-\(identity.mission.dropFirst().lowercased())", "constellation": "sentinel-2",
      "instruments": ["msi"], "gsd": .number(description.sensedResolution),
      "version": .string(ItemIdentity.revisionName(revision)),
      "grid:code": "MGRS-\(identity.tile.name)", "proj:code": "EPSG:\(grid.epsg)",
      "eo:cloud_cover": .number(description.cloudCoverPercent),
      "processing:level": "L3", "processing:datetime": .string(UTCTime.milliseconds(created)),
      "processing:software": ["supertile": .string(description.softwareVersion)],
      "processing:lineage": .string(lineage),
      "supertile:group": .string(identity.group),
      "supertile:group_began": .string(UTCTime.milliseconds(min(began ?? created, created))),
      "supertile:fingerprint": .string(identity.fingerprint),
      "supertile:certificate": try JSONValue(encoding: description.certificate),
      "supertile:within_limits": .bool(description.certificate.isWithinLimits),
      "supertile:model": try JSONValue(encoding: description.model),
      "supertile:parameters": .object(description.parameters), "supertile:views": .array(views),
    ]
    if let predecessor { properties["supertile:predecessor"] = .string(predecessor.id) }
    if let buildings = description.buildings { properties["supertile:buildings"] = buildings }
    properties.merge(Self.projection(of: grid)) { own, _ in own }
    return properties
  }

  private var lineage: String {
    // A revisit may have come in several products.
    let anchors = description.inputs.filter { $0.role == .anchor }.map(\.product)
    let anchor = anchors.isEmpty ? identity.stem : anchors.joined(separator: " and ")
    return "\(description.inputs.count) Sentinel-2 L2A products of one tile, co-registered to \(anchor), fused and "
      + "super-resolved with \(description.model.name) \(description.model.version)"
  }

  private func links() -> [JSONValue] {
    let up = String(repeating: "../", count: Self.depth)
    func link(_ relation: String, _ href: String, _ type: String, title: String? = nil) -> JSONValue {
      var link: [String: JSONValue] = ["rel": .string(relation), "href": .string(href), "type": .string(type)]
      if let title { link["title"] = .string(title) }
      return .object(link)
    }
    var links = [
      link("root", up + "../catalog.json", "application/json"),
      link("parent", up + "collection.json", "application/json"),
      link("collection", up + "collection.json", "application/json"),
    ]
    if let predecessor, linksPredecessor {
      links.append(link("predecessor-version", predecessor.href, "application/geo+json", title: predecessor.id))
    }
    for input in description.inputs {
      let name = input.product.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? identity.stem
      links.append(
        link("derived_from", Self.catalogueOfProducts + name, "application/geo+json", title: input.product))
    }
    return links
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  /// Shape, transform and box of a grid (projection extension).
  static func projection(of grid: GridGeometry) -> [String: JSONValue] {
    [
      "proj:shape": [.integer(grid.size.rows), .integer(grid.size.columns)],
      "proj:transform": .array(
        [grid.pixelWidth, 0, grid.upperLeftX, 0, -grid.pixelHeight, grid.upperLeftY].map { .number($0) }),
      "proj:bbox": .array(
        [grid.upperLeftX, grid.lowerRightY, grid.lowerRightX, grid.upperLeftY].map { .number($0) }),
    ]
  }
}
