import Buildings
import Foundation
import GDALAdapter
import Geometry
import TestSupport
import Testing
import Writing

private let town = [
  "....................",
  ".####..###....#.....",
  ".####..#.#...##.....",
  ".####..###..##......",
  "...........##.......",
  ".##.........?..##...",
  ".##.####....?..##...",
  "....####............",
  "##...............###",
  "##...............###",
]

@Test func buildingsAreWrittenAsRFC7946WantsThem() async throws {
  let folder = try TemporaryFolder()
  let (raster, output) = (folder.path + "/p.tif", folder.path + "/b.geojson")
  try writeProbabilities(raster, grid: utm(rows: town.count, columns: 20)) { _, row, column in
    probability(town, row, column)
  }
  let counts = try await search(raster, output: output)
  #expect(counts.buildings == 8 && counts.invalid == 0)
  // Pixels of the map, 25 m2 each: outlines keep their area.
  #expect(abs(counts.area - Double(town.joined().count { $0 == "#" }) * 25) < 1e-3)
  let check = GeoJSONCheck(output)
  #expect(check.problems.isEmpty, "\(check.problems)")
  #expect(check.features.count == 8)
  for feature in check.features {
    let p = feature.properties
    #expect(feature.id?.hasPrefix("31TCJ-0350") ?? false)
    #expect(p["confidence"] as? Double == 0.9 && p["tile"] as? String == "31TCJ" && p["item"] as? String == "ITEM")
    #expect((p["area_m2"] as? Double ?? 0) >= 100 && p["model"] as? String == "test 1")
    #expect(p["datetime"] is NSNull && p["start_datetime"] is NSNull && p["n_views"] is NSNull)
  }
  #expect(check.features.contains { $0.polygons[0].rings.count == 2 }, "the courtyard is a hole")

  let info = try run("/usr/bin/ogrinfo", ["-ro", "-al", "-so", output])
  #expect(info.status == 0 && info.text.contains("Feature Count: 8") && !info.text.contains("Warning"), "\(info.text)")
  #expect(info.text.contains("WGS 84") && info.text.contains("confidence: Real"))
}

@Test func nothingFoundIsAnEmptyCollection() async throws {
  let folder = try TemporaryFolder()
  let (raster, output) = (folder.path + "/p.tif", folder.path + "/b.geojson")
  try writeProbabilities(raster, grid: utm(rows: 30, columns: 20)) { _, _, _ in 0 }
  #expect(try await search(raster, output: output).buildings == 0)
  let check = GeoJSONCheck(output)
  #expect(check.problems.isEmpty && check.features.isEmpty, "\(check.problems)")
}

@Test func thresholdAndAreaDecide() async throws {
  let folder = try TemporaryFolder()
  let (raster, output) = (folder.path + "/p.tif", folder.path + "/b.geojson")
  try writeProbabilities(raster, grid: utm(rows: town.count, columns: 20)) { _, row, column in
    probability(town, row, column)
  }
  // Areas in pixels: 12, 8, 7 (the stairs), 4, 8, 4, 4, 6.
  #expect(try await search(raster, output: output, rule: InstanceRule(minArea: 150)).buildings == 5)
  #expect(try await search(raster, output: output, rule: InstanceRule(minArea: 150.1)).buildings == 4)
  #expect(
    try await search(raster, output: output, rule: InstanceRule(threshold: 0.9, minArea: 0)).buildings == 0,
    "a pixel is building where its probability is higher than the threshold")
}

@Test(arguments: [1, 2, 5])
func buildingsOnSeamsAppearOnceAndWhole(workers: Int) async throws {
  // Bars across rows 511 and 512, where strips and blocks meet, and columns 511 and 512; more buildings than a batch.
  let folder = try TemporaryFolder()
  let (raster, output) = (folder.path + "/p.tif", folder.path + "/b.geojson")
  let grid = utm(rows: 1100, columns: 1090)
  func isBuilding(_ row: Int, _ column: Int) -> Bool {
    if (505..<519).contains(row), column % 8 < 4 { return true }
    if (505..<519).contains(column), row > 530, row % 7 < 3 { return true }
    return row > 530 && column > 540 && row % 16 < 3 && column % 16 < 3
  }
  try writeProbabilities(raster, grid: grid) { _, row, column in isBuilding(row, column) ? 0.8 : 0.2 }
  let counts = try await search(raster, output: output, workers: workers)
  let pixels = (0..<grid.size.pixelCount).count { isBuilding($0 / grid.size.columns, $0 % grid.size.columns) }
  #expect(abs(counts.area - Double(pixels) * 25) < 1)
  #expect(counts.raw == 0 && counts.rectangles == counts.buildings && counts.buildings > 1000)
  let check = GeoJSONCheck(output)
  #expect(check.problems.isEmpty, "\(check.problems.prefix(3))")
  let bars = check.features.filter { $0.properties["area_m2"] as? Double == 14 * 4 * 25 }
  #expect(bars.count == 137 - 1, "one bar runs into those of the other direction")
  // The same file for any number of workers.
  let other = folder.path + "/again.geojson"
  _ = try await search(raster, output: other, workers: 3)
  #expect(try Data(contentsOf: URL(fileURLWithPath: output)) == Data(contentsOf: URL(fileURLWithPath: other)))
}

@Test func theFewestViewsOfItsPixelsAreTheBuildings() async throws {
  let folder = try TemporaryFolder()
  let (raster, views, output) = (folder.path + "/p.tif", folder.path + "/v.tif", folder.path + "/b.geojson")
  let grid = utm(rows: town.count, columns: 20)
  try writeProbabilities(raster, grid: grid) { _, row, column in probability(town, row, column) }
  let file = try RasterFile.create(views, driver: "GTiff", size: grid.size, bands: 1, type: .uint8)
  try file.set(grid)
  try file.write((0..<200).map { UInt8($0 % 20) }, band: 0, window: grid.size.window)
  try file.close()
  _ = try await search(raster, output: output, views: views)
  #expect(
    GeoJSONCheck(output).features.compactMap { $0.properties["n_views"] as? Int }.sorted() == [
      0, 1, 1, 4, 7, 11, 15, 17,
    ])
}

@Test func unmovedBuildingsKeepTheirNames() async throws {
  let folder = try TemporaryFolder()
  let grid = utm(rows: 60, columns: 60)
  // Four houses; in the second revision the first has lost a row, the second is a pixel farther east, the third has
  // moved away, the fourth is as it was, and a fifth stands where the third's name would be given again.
  func houses(_ places: [(row: Int, column: Int, rows: Int, columns: Int)], _ name: String) throws -> String {
    let path = folder.path + "/\(name).tif"
    try writeProbabilities(path, grid: grid) { _, row, column in
      places.contains {
        ($0.row..<$0.row + $0.rows).contains(row) && ($0.column..<$0.column + $0.columns).contains(column)
      } ? 0.9 : 0.1
    }
    return path
  }
  let before = try houses([(3, 3, 6, 6), (3, 20, 6, 6), (20, 3, 6, 6), (40, 40, 8, 5)], "before")
  let after = try houses([(3, 3, 5, 6), (3, 21, 6, 6), (50, 3, 6, 6), (40, 40, 8, 5), (22, 5, 2, 2)], "after")
  let (first, second, alone) = (
    folder.path + "/1.geojson", folder.path + "/2.geojson", folder.path + "/3.geojson"
  )
  _ = try await search(before, output: first)
  // One that is damaged gives no names, and is no reason to find nothing.
  let damaged = folder.path + "/damaged.geojson"
  for text in ["", "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":"] {
    try Data(text.utf8).write(to: URL(fileURLWithPath: damaged))
    #expect(try await search(after, output: second, previous: [damaged, first]).namesKept == 3)
  }
  let counts = try await search(after, output: second, previous: [first])
  _ = try await search(after, output: alone)
  let (old, new) = (GeoJSONCheck(first), GeoJSONCheck(second))
  #expect(counts.namesKept == 3 && new.problems.isEmpty)
  func name(_ check: GeoJSONCheck, _ index: Int) -> String { check.features[index].id ?? "" }
  // In the order of their last rows.
  #expect(name(new, 0) == name(old, 0), "a row less")
  #expect(name(new, 1) == name(old, 1), "a pixel farther")
  #expect(name(new, 3) == name(old, 3), "as it was")
  #expect(name(new, 2) == name(old, 2) + "-2", "another building at the third's centroid has a name of its own")
  #expect(name(new, 4) != name(old, 2), "the third has moved")
  // Without the earlier revision a name follows from the place alone.
  #expect(GeoJSONCheck(alone).features[2].id == name(old, 2) && GeoJSONCheck(alone).features[3].id == name(old, 3))
  // The next revision goes on with the names of this one.
  _ = try await search(after, output: first, previous: [second])
  #expect(GeoJSONCheck(first).features.map(\.id) == new.features.map(\.id))
}

/// A building that once had a path clinging to it keeps its name without it: most of the union is shared.
@Test func aLongTailChangesNoName() async throws {
  let folder = try TemporaryFolder()
  let grid = utm(rows: 60, columns: 320)
  let outputs = (1...2).map { "\(folder.path)/\($0).geojson" }
  for (index, output) in outputs.enumerated() {
    let path = "\(folder.path)/\(index).tif"
    try writeProbabilities(path, grid: grid) { _, row, column in
      let isTail = index == 0 && row == 30 && (45..<295).contains(column)
      return (10..<50).contains(row) && (5..<45).contains(column) || isTail ? 0.9 : 0.1
    }
    _ = try await search(path, output: output, previous: index == 0 ? [] : [outputs[0]])
  }
  let ids = outputs.map { GeoJSONCheck($0).features.map(\.id) }
  #expect(ids[0].count == 1 && ids[0] == ids[1])
}

/// Small houses keep their names when all of them are seen a pixel farther, in any direction; so many digits as a file has
/// decide nothing.
@Test(arguments: [(2, 3), (3, 3), (3, 4), (4, 4), (5, 5)], [(0, 1), (1, 0), (1, 1), (-1, 1)])
func smallHousesThatJitterKeepTheirNames(size: (rows: Int, columns: Int), step: (row: Int, column: Int)) async throws {
  let folder = try TemporaryFolder()
  let grid = utm(rows: 120, columns: 120)
  func houses(_ row: Int, _ column: Int, _ name: String) throws -> String {
    let path = "\(folder.path)/\(name).tif"
    try writeProbabilities(path, grid: grid) {
      let (y, x) = (($1 - row) % 12, ($2 - column) % 12)
      return (4..<4 + size.rows).contains(y) && (4..<4 + size.columns).contains(x) ? 0.9 : 0.1
    }
    return path
  }
  let outputs = (1...2).map { "\(folder.path)/\($0).geojson" }
  _ = try await search(try houses(0, 0, "a"), output: outputs[0])
  let counts = try await search(try houses(step.row, step.column, "b"), output: outputs[1], previous: [outputs[0]])
  #expect(counts.buildings == 100 && counts.namesKept == 100)
  #expect(GeoJSONCheck(outputs[1]).features.map(\.id) == GeoJSONCheck(outputs[0]).features.map(\.id))
}

/// Of the pieces of a building that one keeps its name that is most like it, whichever comes first.
@Test(arguments: [0, 600])
func theLargestPieceKeepsTheName(housesBetween houses: Int) async throws {
  let folder = try TemporaryFolder()
  func write(_ name: String, _ isBuilding: @escaping (_ row: Int, _ column: Int) -> Bool) throws -> String {
    let path = "\(folder.path)/\(name).tif"
    // More than are worked on at a time end in the same row as the first piece.
    try writeProbabilities(path, grid: utm(rows: 40, columns: 40 + 4 * houses)) { _, row, column in
      let isHouse = column >= 40 && (12..<16).contains(row) && column % 4 > 0
      return isHouse || isBuilding(row, column) ? 0.9 : 0
    }
    return path
  }
  let outputs = (1...2).map { "\(folder.path)/\($0).geojson" }
  _ = try await search(
    try write("a") { (10..<17).contains($0) && (10..<15).contains($1) }, output: outputs[0])
  // Four of its seven rows; and what stands around the other end, with nearly the same centre, and ends farther north.
  let after = try write("b") { row, column in
    if (13..<17).contains(row), (10..<15).contains(column) { return true }
    if (10..<12).contains(row), (8..<17).contains(column) { return true }
    return (12..<16).contains(row) && [7, 8, 16, 17].contains(column)
  }
  let counts = try await search(after, output: outputs[1], previous: [outputs[0]])
  let (before, now) = (GeoJSONCheck(outputs[0]).features, GeoJSONCheck(outputs[1]).features)
  #expect(counts.buildings == 2 + houses && counts.namesKept == 1 + houses && before.count == 1 + houses)
  let whole = before.first { $0.properties["area_m2"] as? Double == 875 }
  #expect(now.first { $0.id == whole?.id }?.properties["area_m2"] as? Double == 500)
}

/// A building that comes up in the court of another one, at its very centre, takes no name from it.
@Test func aBuildingInACourtIsAnother() async throws {
  let folder = try TemporaryFolder()
  func court(_ isFull: Bool, _ name: String) throws -> String {
    let path = "\(folder.path)/\(name).tif"
    try writeProbabilities(path, grid: utm(rows: 30, columns: 30)) { _, row, column in
      guard (5..<11).contains(row), (5..<11).contains(column) else { return 0 }
      let (y, x) = (row - 5, column - 5)
      // Walls of a pixel on three sides, and a house of 4 x 4 that leaves a pixel to them but for the open side.
      if y == 5 || x == 0 || x == 5 { return 0.9 }
      return isFull && y < 4 && (2..<4).contains(x) ? 0.9 : 0
    }
    return path
  }
  let outputs = (1...2).map { "\(folder.path)/\($0).geojson" }
  _ = try await search(try court(false, "a"), output: outputs[0])
  let counts = try await search(try court(true, "b"), output: outputs[1], previous: [outputs[0]])
  let (before, after) = (GeoJSONCheck(outputs[0]).features, GeoJSONCheck(outputs[1]).features)
  #expect(counts.buildings == 2 && counts.namesKept == 1 && before.count == 1)
  let kept = after.first { $0.id == before.first?.id }
  #expect(kept?.properties["area_m2"] as? Double == before.first?.properties["area_m2"] as? Double)
}

/// A building that the last revision did not see, as under cloud, keeps the name of the one before; nobody takes it
/// meanwhile.
@Test func namesOutliveARevisionThatSawNothing() async throws {
  let folder = try TemporaryFolder()
  let grid = utm(rows: 40, columns: 40)
  func house(_ row: Int, _ column: Int, _ side: Int, _ name: String) throws -> String {
    let path = "\(folder.path)/\(name).tif"
    try writeProbabilities(path, grid: grid) {
      (row..<row + side).contains($1) && (column..<column + side).contains($2) ? 0.9 : 0.1
    }
    return path
  }
  let outputs = (1...4).map { "\(folder.path)/\($0).geojson" }
  _ = try await search(try house(10, 10, 8, "a"), output: outputs[0])
  // The first is not to be seen; a small one stands at its middle.
  _ = try await search(try house(13, 13, 2, "b"), output: outputs[1], previous: [outputs[0]])
  // Back, a pixel farther south and east: its centroid is in another cell of 10 m.
  let counts = try await search(try house(11, 11, 8, "c"), output: outputs[2], previous: [outputs[1], outputs[0]])
  let names = outputs.prefix(3).map { GeoJSONCheck($0).features[0].id }
  #expect(counts.namesKept == 1 && names[2] == names[0] && names[1] != names[0])
  // Without the first revision it is another.
  _ = try await search(try house(11, 11, 8, "d"), output: outputs[3], previous: [outputs[1]])
  #expect(GeoJSONCheck(outputs[3]).features[0].id != names[0])
}

@Test func namesAreReadAsTheyAreWritten() throws {
  var identifiers = BuildingIdentifiers(place: "31TCJ")
  let point = PlanarPoint(x: 345_128.7, y: 4_876_543.2)
  let names = (0..<3).map { _ in identifiers.make(point) }
  #expect(names == ["31TCJ-034512-487654", "31TCJ-034512-487654-2", "31TCJ-034512-487654-3"])
  for name in names {
    #expect(identifiers.name(packed: try #require(BuildingIdentifiers.parse(name, place: "31TCJ"))) == name)
  }
  for name in ["31TDJ-034512-487654", "31TCJ-034512", "31TCJ-034512-487654-1", "31TCJ-a-b", "31TCJ--1-2"] {
    #expect(BuildingIdentifiers.parse(name, place: "31TCJ") == nil)
  }
}

@Test(arguments: [32601, 32660, 32701])
func buildingsOnTheAntimeridianAreCut(epsg: Int) async throws {
  let folder = try TemporaryFolder()
  let (raster, output) = (folder.path + "/p.tif", folder.path + "/b.geojson")
  let observed = folder.path + "/o.geojson"
  // At 60 degrees the antimeridian lies 167 km from the zone's central meridian.
  let isNorth = epsg < 32700
  let edge = try CoordinateTransform.longitudeLatitude([(500_000, isNorth ? 6_651_411 : 3_348_589)], epsg: epsg)[0]
  #expect(abs(abs(edge.latitude) - 60) < 0.01)
  let x = epsg % 100 == 60 ? 667_295.0 : 332_705.0
  let grid = utm(rows: 60, columns: 60, epsg: epsg, x: (x - 150).rounded(), y: isNorth ? 6_655_355 : 3_344_945)
  try writeProbabilities(raster, grid: grid) { _, row, column in row % 10 < 5 && column > 5 && column < 55 ? 0.9 : 0.1 }
  let counts = try await search(raster, output: output, place: "01VCJ")
  #expect(counts.buildings == 6)
  let check = GeoJSONCheck(output)
  #expect(check.problems.isEmpty, "\(check.problems)")
  #expect(check.features.allSatisfy { $0.polygons.count == 2 && $0.bbox[0] > 179 && $0.bbox[2] < -179 })
  #expect((check.bbox?[0] ?? 0) > 179 && (check.bbox?[2] ?? 0) < -179)
  // Names are kept across it too.
  let again = folder.path + "/again.geojson"
  #expect(try await search(raster, output: again, previous: [output], place: "01VCJ").namesKept == 6)

  let area = try ObservedArea.write(raster, cell: nil, provenance: Provenance(), to: observed)
  #expect(area == 300 * 300)
  let seen = GeoJSONCheck(observed)
  #expect(seen.problems.isEmpty && seen.features[0].polygons.count == 2, "\(seen.problems)")
  #expect(try run("/usr/bin/ogrinfo", ["-ro", "-al", "-so", output]).text.contains("Feature Count: 6"))
}

@Test func observedIsWhatWasLookedAt() async throws {
  let folder = try TemporaryFolder()
  let (raster, observed) = (folder.path + "/p.tif", folder.path + "/o.geojson")
  // 62 x 63 pixels: the last blocks of 4 are cut. A hole of 8 x 4 pixels, and one pixel that takes its block with it.
  let grid = utm(rows: 62, columns: 63)
  try writeProbabilities(raster, grid: grid) { _, row, column in
    (8..<16).contains(row) && (20..<24).contains(column) || row == 41 && column == 41 ? .nan : 0.1
  }
  let area = try ObservedArea.write(raster, cell: nil, provenance: Provenance(tile: "31TCJ"), to: observed)
  #expect(area == Double(62 * 63 - 8 * 4 - 16) * 25)
  let check = GeoJSONCheck(observed)
  #expect(check.problems.isEmpty && check.features.count == 1, "\(check.problems)")
  #expect(check.features[0].polygons.count == 1 && check.features[0].polygons[0].rings.count == 3)
  #expect(check.features[0].properties["resolution_m"] as? Double == 20)

  // Nothing seen: nothing there.
  try writeProbabilities(folder.path + "/none.tif", grid: grid) { _, _, _ in .nan }
  #expect(try ObservedArea.write(folder.path + "/none.tif", cell: nil, provenance: Provenance(), to: observed) == 0)
  #expect(GeoJSONCheck(observed).problems.isEmpty && GeoJSONCheck(observed).features.isEmpty)
}

/// Surfaces of any kind are areas: nothing is passed over as if it were not there.
@Test(arguments: [
  "POLYGON Z ((0 0 5,30 0 5,30 30 5,0 30 5,0 0 5))", "MULTISURFACE (((0 0,30 0,30 30,0 30,0 0)))",
  "CURVEPOLYGON ((0 0,30 0,30 30,0 30,0 0))", "TIN (((0 0,30 0,30 30,0 0)),((0 0,30 30,0 30,0 0)))",
  "POLYHEDRALSURFACE Z (((0 0 1,30 0 1,30 30 1,0 30 1,0 0 1)))",
  "GEOMETRYCOLLECTION (POINT (1 1),CURVEPOLYGON ((0 0,30 0,30 30,0 30,0 0)))",
])
func surfacesOfAnyKindAreRead(text: String) throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/a.csv"
  try "id,WKT\n1,\"\(text)\"\n".write(toFile: path, atomically: true, encoding: .utf8)
  var areas: [Double] = []
  try VectorFile.forEachFeature(of: path, epsg: nil) { feature in
    areas.append(feature.polygons.reduce(0) { $0 + $1.area })
  }
  #expect(areas == [900])
}

@Test func flatGeobufHoldsTheSame() async throws {
  let folder = try TemporaryFolder()
  let (raster, output, flat) = (folder.path + "/p.tif", folder.path + "/b.geojson", folder.path + "/b.fgb")
  try writeProbabilities(raster, grid: utm(rows: town.count, columns: 20)) { _, row, column in
    probability(town, row, column)
  }
  _ = try await search(raster, output: output)
  try FlatGeobuf.write(output, to: flat)
  var features: [VectorFeature] = []
  try VectorFile.forEachFeature(of: flat, epsg: nil) { features.append($0) }
  let check = GeoJSONCheck(output)
  #expect(Set(features.map(\.id)) == Set(check.features.map(\.id)) && features.count == 8)
  let info = try run("/usr/bin/ogrinfo", ["-ro", "-al", "-so", flat])
  #expect(info.status == 0 && info.text.contains("Feature Count: 8") && info.text.contains("confidence: Real"))

  // The columns are the properties of the GeoJSON, whatever is in it.
  let columns = info.text.split(separator: "\n").filter { $0.contains("(0.0)") }
    .map { String($0.prefix { $0 != ":" }) }
  #expect(Set(columns) == Set(check.features[0].properties.keys).union(["id"]))
  let (none, empty) = (folder.path + "/none.geojson", folder.path + "/none.fgb")
  try writeProbabilities(raster, grid: utm(rows: 20, columns: 20)) { _, _, _ in 0 }
  _ = try await search(raster, output: none)
  try FlatGeobuf.write(none, to: empty)
  let nothing = try run("/usr/bin/ogrinfo", ["-ro", "-al", "-so", empty])
  #expect(nothing.status == 0 && nothing.text.contains("Feature Count: 0"))
  let kinds = { (text: String) in text.split(separator: "\n").filter { $0.contains("(0.0)") } }
  #expect(kinds(nothing.text) == kinds(info.text))
}
