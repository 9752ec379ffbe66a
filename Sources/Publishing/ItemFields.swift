/// What the fields of an item mean that no STAC extension explains. The collection carries it to consumers; the README has
/// the same.
package enum ItemFields {
  /// Paths in an item's properties, `[]` for each member of an array, and what stands there. Reflectances are 0 to 1;
  /// differences are image minus anchor.
  package static let descriptions: KeyValuePairs<String, String> = [
    "supertile:certificate.bands[].rmse":
      "root mean square difference, reflectance, over the 10 m pixels where the anchor is clear, through the sensor model "
      + "(with consistency box: of 2 x 2 means); limit 0.002",
    "supertile:certificate.bands[].bias": "mean of the same difference, reflectance; limit 0.0001",
    "supertile:certificate.bands[].blockMeanRMSE":
      "root mean square difference of the means of 8 x 8 pixels of 10 m, reflectance; limit 0.0005",
    "supertile:certificate.bands[].boxRMSE":
      "root mean square difference of plain 2 x 2 means, reflectance: the paper's figure, no limit",
    "supertile:certificate.bands[].boxBias": "mean of the same difference, reflectance",
    "supertile:certificate.comparedPixels": "10 m pixels that the figures are computed over",
    "supertile:certificate.spectralAngleDegrees": "mean angle between the spectra of image and anchor, degrees",
    "supertile:certificate.shiftRows":
      "estimated shift of the image against the anchor, 10 m pixels, positive = further south",
    "supertile:certificate.shiftColumns": "the same, positive = further east; both are missing where it cannot be told",
    "supertile:certificate.clampedSamples":
      "samples (a pixel in a band) brought into the range of counts, 1 to 65535, and clear ones of the anchor below it",
    "supertile:certificate.fallbackFraction":
      "share of the pixels with data that come from other views, since the anchor is masked there, 0 to 1",
    "supertile:certificate.emptyFraction": "share of the whole grid without data, since no view is clear there, 0 to 1",
    "supertile:certificate.fill.bands[].rmse":
      "where pixels come from other views: root mean square difference from what was made of them, reflectance",
    "supertile:certificate.fill.bands[].bias": "mean of the same difference, reflectance",
    "supertile:certificate.fill.comparedPixels": "10 m pixels that these are computed over",
    "supertile:certificate.others.bands[].rmse":
      "root mean square difference of the harmonised median of the other views from the anchor, reflectance, where both are "
      + "clear: about as far what comes from them may be off the ground, where holes are small",
    "supertile:certificate.others.bands[].bias": "mean of the same difference, reflectance",
    "supertile:certificate.others.bands[].unharmonisedBias":
      "the same before harmonisation: far below 0 in all bands where the anchor alone is hazy or an offset is missing",
    "supertile:certificate.others.comparedPixels": "10 m pixels, one of 4 x 4, that these are computed over",
    "supertile:certificate.squares.count":
      "squares of 64 x 64 pixels of 10 m of which at least a quarter could be compared",
    "supertile:certificate.squares.outside":
      "those of them with a band whose rmse is above 0.002, or whose bias is beyond 0.0005",
    "supertile:certificate.squares.worst":
      "the one farthest beyond these limits, or nearest to them: row and column of its first pixel (10 m, from 0), its "
      + "band, rmse, bias",
    "supertile:certificate.consistency": "sensor (Gaussian point spread), box (2 x 2 mean) or none",
    "supertile:within_limits": "whether every band keeps the three limits",
    "supertile:views[].role": "anchor, view, or left_out (with its reason)",
    "supertile:views[].shift":
      "rows and columns, 10 m pixels: what the anchor shows at a pixel the view shows so much further south and east; null "
      + "where it cannot be told",
    "supertile:views[].harmonisation.gain": "of red, green, blue: anchor = gain x view + offset",
    "supertile:views[].harmonisation.offset": "the same, reflectance",
    "supertile:views[].harmonisation.at_limit": "whether a gain ended at 0.5 or 2",
    "supertile:group": "the tile, the day its window opened, and the window's length",
    "supertile:group_began": "when the first item of the group was published",
    "supertile:predecessor": "the item that this one replaces",
    "supertile:fingerprint": "SHA-256 of what decides the pixels: products, model, parameters",
    "supertile:model": "name, version and SHA-256 of the weights; of bicubic upsampling no SHA-256",
    "supertile:parameters": "the settings that decided the pixels and the buildings, as the configuration names them",
    "supertile:buildings.status": "found, no_model or off (with the reason)",
    "supertile:buildings.count": "buildings in the file",
    "supertile:buildings.area_m2": "their area in the tile's UTM zone, m2",
    "supertile:buildings.observed_area_m2": "area that was searched, m2",
    "supertile:buildings.left_to_neighbouring_tiles": "buildings seen here that belong to the tile beside",
    "supertile:buildings.names_kept": "buildings that have the id of an earlier item",
    "supertile:buildings.areas_divided": "connected areas of more than 10 km that a higher threshold divided",
    "supertile:buildings.areas_left_out": "areas that nothing divides, or of which no valid outline comes",
    "supertile:buildings.model": "name, version, SHA-256 and licence of the weights",
  ]

  /// - Parameter path: of a field or of one inside it.
  package static func describes(_ path: String) -> Bool {
    descriptions.contains { field, _ in path == field || path.hasPrefix(field + ".") || path.hasPrefix(field + "[]") }
  }
}
