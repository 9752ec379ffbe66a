import Buildings
import GDALAdapter
import Geometry
import TestSupport
import Testing

private func tileGrid(_ x: Double, _ y: Double, epsg: Int = 32631, side: Int = 21_960) -> GridGeometry {
  GridGeometry(
    epsg: epsg, upperLeftX: x, upperLeftY: y, pixelWidth: 5, pixelHeight: 5,
    size: RasterSize(rows: side, columns: side))
}

@Test func projectionEqualsGDALs() throws {
  var generator = SeededGenerator(1)
  for epsg in [32601, 32631, 32660, 32731] {
    let points = (0..<50).map { _ in
      (
        x: Double.random(in: 100_000...900_000, using: &generator),
        y: Double.random(in: 100_000...9_000_000, using: &generator)
      )
    }
    for (point, globe) in zip(points, try CoordinateTransform.longitudeLatitude(points, epsg: epsg)) {
      let own = SentinelGrid.project(longitude: globe.longitude, latitude: globe.latitude, zone: epsg % 100)
      let northing = own.y + (epsg > 32700 ? 10_000_000 : 0)
      #expect(abs(own.x - point.x) < 0.001 && abs(northing - point.y) < 0.001)
    }
  }
}

/// Whether a tile sees a place, by whole numbers.
private func sees(_ tile: SentinelGrid.Tile, _ longitude: Double, _ latitude: Double) -> Bool {
  let point = SentinelGrid.project(longitude: longitude, latitude: latitude, zone: tile.zone)
  let left = tile.column * 100_000 / 60 * 60
  let top = tile.row > 0 ? (tile.row * 100_000 + 59) / 60 * 60 : -(-tile.row * 100_000 / 60 * 60)
  return (Double(left)...Double(left + 109_800)).contains(point.x)
    && (Double(top - 109_800)...Double(top)).contains(point.y)
}

@Test func everyPlaceBelongsToOneTileThatSeesIt() throws {
  var generator = SeededGenerator(2)
  for _ in 0..<20_000 {
    let longitude = Double.random(in: -180...180, using: &generator)
    let latitude = Double.random(in: -75...82, using: &generator)
    let tile = try #require(SentinelGrid.owner(longitude: longitude, latitude: latitude))
    #expect(tile.exists && sees(tile, longitude, latitude))
  }
}

/// Corners as products state them, which lie up to 40 m beyond those of their squares.
@Test(arguments: [
  (32, 5, 60, 499_980.0, 6_000_000.0), (29, 5, 59, 499_980, 5_900_040), (31, 3, 49, 300_000, 4_900_020),
  (7, 6, -35, 600_000, -3_499_980), (22, 2, -41, 199_980, -4_099_980),
])
func tilesBeginAtMultiplesOfSixtyMetres(zone: Int, column: Int, row: Int, x: Double, y: Double) {
  let corner = SentinelGrid.Tile(zone: zone, column: column, row: row).corner
  #expect(corner.x == x && corner.y == y)
}

/// Between a square's corner and its tile's lie strips that another tile sees alone, as on the coast of Norway.
@Test(arguments: [(23.869, 71.0886), (35.94, 71.09), (4.75, 56.68)])
func noPlaceBelongsToATileThatDoesNotSeeIt(longitude: Double, latitude: Double) throws {
  for step in -400...400 {
    for rise in -20...20 {
      let place = (longitude: longitude + Double(step) * 1e-4, latitude: latitude + Double(rise) * 2e-4)
      let tile = try #require(SentinelGrid.owner(longitude: place.longitude, latitude: place.latitude))
      try #require(sees(tile, place.longitude, place.latitude), "\(tile), \(place)")
    }
  }
}

@Test func whatOneTileSeesAloneIsItsOwn() {
  // 35WLV would be nearer, and begins 40 m away.
  #expect(SentinelGrid.owner(longitude: 23.869, latitude: 71.0886) == SentinelGrid.Tile(zone: 34, column: 5, row: 79))
}

@Test func aBuildingOnSeveralTilesBelongsToOne() throws {
  // Corners as in the products of zone 31: 31TCJ and its neighbours, and those of zone 30 beside them.
  var cells: [TileCell] = []
  for x in [199_980.0, 300_000, 399_960, 499_980] {
    for y in [5_000_040.0, 4_900_020, 4_800_000] {
      if let cell = TileCell(grid: tileGrid(x, y)) { cells.append(cell) }
    }
  }
  for x in [600_000.0, 699_960] {
    for y in [5_000_040.0, 4_900_020, 4_800_000] {
      if let cell = TileCell(grid: tileGrid(x, y, epsg: 32630)) { cells.append(cell) }
    }
  }
  #expect(cells.count >= 14)
  var generator = SeededGenerator(3)
  for _ in 0..<5_000 {
    let (longitude, latitude) = (
      Double.random(in: -0.8...3, using: &generator), Double.random(in: 43.4...44.9, using: &generator)
    )
    #expect(cells.count { $0.contains(longitude: longitude, latitude: latitude) } == 1)
  }
  // Inside a zone the border lies in the middle of the overlap.
  let border = try CoordinateTransform.longitudeLatitude([(404_899, 4_850_000), (404_901, 4_850_000)], epsg: 32631)
  #expect(
    border.map { SentinelGrid.owner(longitude: $0.longitude, latitude: $0.latitude)?.column } == [3, 4])
}

@Test func aPartOfATileHasNoNeighbours() {
  #expect(TileCell(grid: tileGrid(300_000, 4_900_020, side: 400)) == nil)
  #expect(TileCell(grid: tileGrid(300_000, 4_900_020))?.tile == SentinelGrid.Tile(zone: 31, column: 3, row: 49))
  #expect(
    TileCell(grid: tileGrid(300_000, 6_400_000, epsg: 32721))?.tile
      == SentinelGrid.Tile(zone: 21, column: 3, row: -36))
}
