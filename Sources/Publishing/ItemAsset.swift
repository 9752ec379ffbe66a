internal import Writing

/// The files an item may hold.
package enum ItemAsset: String, Sendable, CaseIterable {
  case superResolved = "SR.tif"
  case mask = "MASK.tif"
  case views = "VIEWS.tif"
  case thumbnail = "THUMB.png"
  case buildings = "BUILDINGS.geojson"
  case buildingsIndexed = "BUILDINGS.fgb"
  case observed = "OBSERVED.geojson"

  /// Without these there is no item.
  static let required: [ItemAsset] = [.superResolved, .mask]

  /// `<ITEM>_SR.tif`.
  package func fileName(item id: String) -> String { "\(id)_\(rawValue)" }

  /// Key in the item's `assets`.
  var key: String {
    switch self {
    case .superResolved: "sr"
    case .mask: "mask"
    case .views: "views"
    case .thumbnail: "thumbnail"
    case .buildings: "buildings"
    case .buildingsIndexed: "buildings_fgb"
    case .observed: "observed"
    }
  }

  var title: String {
    switch self {
    case .superResolved: "Super-resolved surface reflectance"
    case .mask: "Where each pixel comes from"
    case .views: "Number of clear views of each pixel"
    case .thumbnail: "Preview"
    case .buildings: "Building footprints"
    case .buildingsIndexed: "Building footprints with a spatial index"
    case .observed: "Area that was searched for buildings"
    }
  }

  var mediaType: String {
    switch self {
    case .superResolved, .mask, .views: "image/tiff; application=geotiff; profile=cloud-optimized"
    case .thumbnail: "image/png"
    case .buildings, .observed: "application/geo+json"
    case .buildingsIndexed: "application/vnd.flatgeobuf"
    }
  }

  var roles: [JSONValue] {
    switch self {
    case .superResolved: ["data", "reflectance"]
    case .mask: ["data-mask"]
    case .views: ["metadata"]
    case .thumbnail: ["thumbnail"]
    case .buildings, .buildingsIndexed: ["data"]
    case .observed: ["metadata"]
    }
  }

  /// What the assets of all items have in common.
  var definition: [String: JSONValue] {
    ["type": .string(mediaType), "title": .string(title), "roles": .array(roles)]
  }

  var isRaster: Bool { mediaType.hasPrefix("image/tiff") }
}
