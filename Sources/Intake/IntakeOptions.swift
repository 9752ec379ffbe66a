/// What a product must offer to be accepted, and how closely it is looked at.
package struct IntakeOptions: Sendable {
  /// Reflectance bands, in the order the model wants them; of the 10 m bands B02, B03, B04 and B08.
  package var bands: [String]
  /// Whether the digests in manifest.safe are recomputed. Sizes are compared in any case.
  package var verifyChecksums: Bool
  /// Longest side accepted, 10 m pixels; a Sentinel-2 tile has 10980.
  package var maxTileSize: Int

  package init(bands: [String] = ["B04", "B03", "B02"], verifyChecksums: Bool = true, maxTileSize: Int = 10980) {
    self.bands = bands
    self.verifyChecksums = verifyChecksums
    self.maxTileSize = maxTileSize
  }

  /// The bands that exist at 10 m.
  package static let tenMetreBands = ["B02", "B03", "B04", "B08"]
}
