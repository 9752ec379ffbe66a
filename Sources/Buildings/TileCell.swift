package import Geometry

/// The part of a Sentinel-2 tile whose buildings belong to it. Neighbouring tiles overlap by 9.8 km, and more where zones
/// meet; their cells do not.
///
/// A building belongs to the tile whose centre is nearest to its centroid, of all tiles that cover it
/// (`SentinelGrid.owner`).
package struct TileCell: Sendable, Equatable {
  package let tile: SentinelGrid.Tile

  /// - Parameter grid: of the tile's raster, UTM.
  /// - Returns: nil for a raster that is no whole tile of the grid: a part of a tile has no neighbours, and keeps its
  ///   buildings.
  package init?(grid: GridGeometry) {
    guard
      abs(Double(grid.size.columns) * grid.pixelWidth - SentinelGrid.side) < 1,
      abs(Double(grid.size.rows) * grid.pixelHeight - SentinelGrid.side) < 1
    else { return nil }
    // Corners of tiles lie on multiples of 100 km, moved by up to 50 m onto the grid of 60 m pixels.
    let northing = grid.upperLeftY - (grid.epsg > 32_700 ? 10_000_000 : 0)
    tile = SentinelGrid.Tile(
      zone: grid.epsg % 100, column: Int((grid.upperLeftX / SentinelGrid.spacing).rounded()),
      row: Int((northing / SentinelGrid.spacing).rounded()))
    guard tile.exists else { return nil }
  }

  package func contains(longitude: Double, latitude: Double) -> Bool {
    SentinelGrid.owner(longitude: longitude, latitude: latitude) == tile
  }
}
