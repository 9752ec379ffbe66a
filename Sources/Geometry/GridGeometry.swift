/// Where a north-up raster lies on the ground: coordinate system, outer corner of the upper-left pixel, pixel size.
///
/// Source for Sentinel-2: `Tile_Geocoding` of MTD_TL.xml (ULX, ULY are outer corners, the same for every
/// resolution), never the GML box inside the JP2, which gives pixel centres.
package struct GridGeometry: Sendable, Hashable, Codable {
  /// `epsg` of a raster that states no coordinate system with an EPSG code.
  package static let unknownSystem = 0

  /// EPSG code of the coordinate system; for Sentinel-2 326zz or 327zz.
  package var epsg: Int
  /// Easting of the outer corner of the upper-left pixel, metres.
  package var upperLeftX: Double
  /// Northing of the outer corner of the upper-left pixel, metres.
  package var upperLeftY: Double
  /// Pixel width, metres, positive.
  package var pixelWidth: Double
  /// Pixel height, metres, positive (rows run south).
  package var pixelHeight: Double
  package var size: RasterSize

  package init(
    epsg: Int, upperLeftX: Double, upperLeftY: Double, pixelWidth: Double, pixelHeight: Double, size: RasterSize
  ) {
    self.epsg = epsg
    self.upperLeftX = upperLeftX
    self.upperLeftY = upperLeftY
    self.pixelWidth = pixelWidth
    self.pixelHeight = pixelHeight
    self.size = size
  }

  /// The same ground area with every pixel split into `factor` x `factor`: same outer corner, smaller pixels.
  package func refined(by factor: Int) -> GridGeometry {
    GridGeometry(
      epsg: epsg, upperLeftX: upperLeftX, upperLeftY: upperLeftY, pixelWidth: pixelWidth / Double(factor),
      pixelHeight: pixelHeight / Double(factor), size: size.scaled(by: factor))
  }

  /// GDAL's six coefficients: x = g0 + column * g1 + row * g2, y = g3 + column * g4 + row * g5.
  package var geoTransform: [Double] { [upperLeftX, pixelWidth, 0, upperLeftY, 0, -pixelHeight] }

  /// Pixels of 1 x 1 in no known system: of a raster that does not say where it lies.
  package static func unplaced(_ size: RasterSize) -> GridGeometry {
    GridGeometry(epsg: unknownSystem, upperLeftX: 0, upperLeftY: 0, pixelWidth: 1, pixelHeight: 1, size: size)
  }

  /// Whether nothing is said of its place: it has pixels of 1 x 1 at the origin, or is what was made of such a one.
  package var isUnplaced: Bool {
    epsg == Self.unknownSystem && (upperLeftX, upperLeftY) == (0, 0) && pixelWidth <= 1
  }

  /// Whether another grid has the same upper-left corner and pixels `pixelRatio` times as large, to a hundredth of a
  /// pixel. One in an unknown system lies wherever one in a known system does; of two unknown ones the corners count, where
  /// both say theirs.
  package func liesLike(_ other: GridGeometry, pixelRatio: Double = 1) -> Bool {
    if (epsg == Self.unknownSystem) != (other.epsg == Self.unknownSystem) || isUnplaced || other.isUnplaced {
      return true
    }
    let tolerance = 0.01 * pixelWidth
    // Of the far corner, too.
    let ofPixel = tolerance / Double(max(size.rows, size.columns, 1))
    return epsg == other.epsg && abs(upperLeftX - other.upperLeftX) < tolerance
      && abs(upperLeftY - other.upperLeftY) < tolerance
      && abs(pixelWidth * pixelRatio - other.pixelWidth) < ofPixel * pixelRatio
      && abs(pixelHeight * pixelRatio - other.pixelHeight) < ofPixel * pixelRatio
  }

  /// Corner, system and pixel size, for messages.
  package var description: String {
    let system = epsg == Self.unknownSystem ? "no coordinate system" : "EPSG:\(epsg)"
    return "\(upperLeftX), \(upperLeftY) (\(system), pixels of \(pixelWidth) x \(pixelHeight))"
  }

  package var lowerRightX: Double { upperLeftX + Double(size.columns) * pixelWidth }
  package var lowerRightY: Double { upperLeftY - Double(size.rows) * pixelHeight }

  /// Corners of the raster, counter-clockwise from the lower left, in metres.
  package var corners: [(x: Double, y: Double)] {
    [
      (upperLeftX, lowerRightY), (lowerRightX, lowerRightY), (lowerRightX, upperLeftY), (upperLeftX, upperLeftY),
    ]
  }
}
