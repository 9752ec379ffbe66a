import Geometry
import Publishing
import Testing
import Writing

@Suite struct FootprintTests {
  /// Twice the signed area, positive for counter-clockwise rings.
  func area(_ ring: [Footprint.Point]) -> Double {
    zip(ring, ring.dropFirst()).reduce(0) {
      $0 + $1.0.longitude * $1.1.latitude - $1.1.longitude * $1.0.latitude
    }
  }

  @Test("A tile's outline is closed, counter-clockwise, dense, and has at most 7 decimals", arguments: [32631, 32731])
  func plain(epsg: Int) throws {
    let footprint = try Footprint(of: grid(rows: 21960, columns: 21960, epsg: epsg))
    let ring = try #require(footprint.rings.first)
    #expect(footprint.rings.count == 1)
    #expect(ring.count == 65)
    #expect(ring.first == ring.last)
    #expect(area(ring) > 0)
    for point in ring {
      #expect("\(point.longitude)".split(separator: ".").last!.count <= 7)
      #expect("\(point.latitude)".split(separator: ".").last!.count <= 7)
    }
    #expect(footprint.bounds[0] < footprint.bounds[2] && footprint.bounds[1] < footprint.bounds[3])
    if epsg == 32631 { #expect(abs(footprint.bounds[3] - 44.25) < 0.05) }
  }

  @Test("At the antimeridian the outline is cut in two and the box has west > east", arguments: [32701, 32660])
  func antimeridian(epsg: Int) throws {
    // 180 degrees is about 180 km west of 500 000 m at 57 degrees north in zone 1, and east in zone 60.
    let north = epsg == 32660
    let footprint = try Footprint(
      of: grid(rows: 21960, columns: 21960, epsg: epsg, x: north ? 600_000 : 150_000, y: north ? 6_500_000 : 8_000_000))
    #expect(footprint.rings.count == 2)
    let longitudes = footprint.rings.map { $0.map(\.longitude) }
    #expect(longitudes[0].allSatisfy { $0 > 178 && $0 <= 180 })
    #expect(longitudes[1].allSatisfy { $0 < -178 && $0 >= -180 })
    for ring in footprint.rings {
      #expect(area(ring) > 0)
      #expect(ring.first == ring.last)
    }
    #expect(footprint.bounds[0] > 178 && footprint.bounds[2] < -178)
    #expect(footprint.geometry["type"] == "MultiPolygon")
    #expect(footprint.geometry["coordinates"]?.array?.count == 2)
  }

  @Test("The outline of the data holds all of them, and little of what the swath does not reach")
  func dataExtent() throws {
    let grid = grid(rows: 1000, columns: 1000)
    // As at the edge of a swath: nothing east of a slanted line.
    func isData(_ row: Int, _ column: Int) -> Bool { column < 300 + row / 4 }
    var extent = DataExtent(grid: grid)
    for (row, column) in [(512, 0), (0, 600), (0, 0), (512, 600)] {
      let window = PixelWindow(row: row, column: column, rows: row == 0 ? 512 : 488, columns: column == 0 ? 600 : 400)
      extent.add(window) { isData(window.row + $0 / window.columns, window.column + $0 % window.columns) }
    }
    let outline = extent.outline
    let ring = outline + outline.prefix(1)
    #expect(PlanarPolygon.signedArea(ring) > 0)
    let data = (0..<1000).reduce(0) { sum, row in sum + (0..<1000).count { isData(row, $0) } }
    let pixels = PlanarPolygon(rings: [ring]).area / 25
    #expect(pixels >= Double(data) && pixels < 1.05 * Double(data))
    for row in [0, 1, 499, 998, 999] {
      let x = grid.upperLeftX + 5 * Double(300 + row / 4)
      let y = grid.upperLeftY - 5 * (Double(row) + 0.5)
      for (a, b) in zip(ring, ring.dropFirst()) {
        #expect((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x) >= -1e-6, "row \(row) is outside")
      }
    }
    let whole = try Footprint(of: grid)
    let footprint = try Footprint(of: grid, outline: outline)
    #expect(footprint.rings.count == 1 && area(footprint.rings[0]) > 0)
    #expect(footprint.bounds[2] < whole.bounds[2] && abs(footprint.bounds[0] - whole.bounds[0]) < 1e-4)
    // An empty raster, and a full one.
    #expect(try Footprint(of: grid, outline: DataExtent(grid: grid).outline) == whole)
    var full = DataExtent(grid: grid)
    full.add(grid.size.window) { _ in true }
    #expect(try Footprint(of: grid, outline: full.outline).bounds == whole.bounds)
  }

  @Test("Boxes are united the short way round")
  func union() {
    #expect(GlobeBounds.union([[1, 40, 3, 45], [-2, 30, 0, 31]]) == [-2, 30, 3, 45])
    #expect(GlobeBounds.union([[179, -10, -179, -9], [170, -5, 171, -4]]) == [170, -10, -179, -4])
    #expect(GlobeBounds.union([[-10, 0, 10, 1], [5, 0, 8, 1]]) == [-10, 0, 10, 1])
    #expect(GlobeBounds.union([[179, -10, 180, -9]]) == [179, -10, 180, -9])
    #expect(GlobeBounds.union([]) == nil)
  }
}
