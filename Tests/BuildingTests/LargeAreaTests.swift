import Buildings
import Foundation
import GDALAdapter
import Geometry
import Networks
import TestSupport
import Testing

/// Houses of 4 x 4 pixels in a street that is taken for building, too.
private func street(_ row: Int, _ column: Int) -> Float { row % 10 < 4 && column % 10 < 4 ? 0.9 : 0.3 }

/// A town whose areas run into each other over more than 10 km is divided; what lies beside it stays as it is.
@Test func areasOfMoreThan10KilometresAreDivided() async throws {
  let folder = try TemporaryFolder()
  let (raster, output) = (folder.path + "/p.tif", folder.path + "/b.geojson")
  let rule = InstanceRule(threshold: 0.2, seed: 0.25, minArea: 50)
  try writeProbabilities(raster, grid: utm(rows: 50, columns: 2310)) { _, row, column in
    if (10..<30).contains(row) { return street(row, column) }
    // Inside the town's window, not of it.
    if (32..<38).contains(row), (1000..<1012).contains(column) { return row < 34 ? 0.8 : 0.3 }
    return 0
  }
  let counts = try await search(raster, output: output, rule: rule)
  #expect(counts.divided == 1 && counts.tooLarge == 0)
  #expect(counts.buildings == 2 * 231 + 1)
  #expect(abs(counts.area - (2 * 231 * 16 + 6 * 12) * 25) < 1)
  let check = GeoJSONCheck(output)
  #expect(check.problems.isEmpty && Set(check.features.map(\.id)).count == counts.buildings, "\(check.problems)")

  // Nothing divides what is certain everywhere.
  let solid = folder.path + "/s.tif"
  try writeProbabilities(solid, grid: utm(rows: 20, columns: 2310)) { _, row, _ in row < 5 ? 1 : 0 }
  let none = try await search(solid, output: output, rule: rule)
  #expect(none.buildings == 0 && none.tooLarge == 1)
}

/// An area of one probability vanishes as a whole at the next threshold: it is left out, and counted.
@Test(arguments: [Float(0.22), 0.52, 0.9, 0.94, 0.9999])
func largeAreasThatVanishAreCounted(probability: Float) async throws {
  let folder = try TemporaryFolder()
  let raster = folder.path + "/p.tif"
  try writeProbabilities(raster, grid: utm(rows: 40, columns: 2310)) { _, row, column in
    if (10..<30).contains(row), (40..<2300).contains(column) { return probability }
    return row < 8 && column < 8 ? 0.99 : 0
  }
  let counts = try await search(
    raster, output: folder.path + "/b.geojson", rule: InstanceRule(threshold: 0.2, seed: 0.21, minArea: 50))
  #expect(counts.buildings == 1 && counts.divided == 1 && counts.tooLarge == 1)
}

/// An area as long as is looked at, all holes: no building, but one that must not take minutes and gigabytes.
@Test func aLargeAreaOfManyHolesIsOutlined() async throws {
  let folder = try TemporaryFolder()
  let (raster, output) = (folder.path + "/p.tif", folder.path + "/b.geojson")
  let side = 500
  try writeProbabilities(raster, grid: utm(rows: side, columns: side)) { _, row, column in
    row % 2 == 0 || column % 2 == 0 ? 0.9 : 0
  }
  let counts = try await search(raster, output: output, rule: InstanceRule(threshold: 0.5, seed: 0.6, minArea: 50))
  #expect(counts.buildings == 1 && counts.raw == 1)
  #expect(abs(counts.area - Double(side * side * 3 / 4) * 25) < 1)
  #expect(GeoJSONCheck(output).problems.isEmpty)
}

/// Thousands of seeds in one area: memory grows with the area, not with both.
@Test func aLargeAreaOfManySeedsTakesLittleMemory() async throws {
  await #expect(processExitsWith: .success) {
    let folder = try TemporaryFolder()
    let raster = folder.path + "/p.tif"
    try writeProbabilities(raster, grid: utm(rows: 700, columns: 700)) { _, row, column in street(row, column) }
    let before = try ProcessMemory.current()
    try ProcessMemory.forgetPeak()
    let counts = try await search(
      raster, output: folder.path + "/b.geojson", rule: InstanceRule(threshold: 0.2, seed: 0.35, minArea: 50),
      workers: 1)
    #expect(counts.buildings == 4900 && counts.divided == 0)
    // A mask of the whole area for each seed were 2.4 GB.
    let taken = try ProcessMemory.peak() - before
    #expect(taken < 200 << 20, "\(taken >> 20) MiB")
  }
}

@Test(arguments: [0.1, 0.5, 0.9, 0.99])
func everyThresholdHasSeeds(threshold: Double) throws {
  let card = try BuildingModel.load(packageFolder() + "/models/hrnet-buildings.json").card
  let rule = InstanceRule(card, threshold: threshold)
  #expect(rule.threshold == threshold && rule.seed >= threshold && rule.seed < 1)
  let own = InstanceRule(card)
  #expect(abs(own.seed - card.polygons.seed) < 1e-9 && own.threshold == card.polygons.threshold)
}

/// Tiles of northern zones reach a little over the equator.
@Test func namesSouthOfTheEquatorArePlaces() throws {
  var names = BuildingIdentifiers(place: "48NXA")
  let north = names.make(PlanarPoint(x: 600_000, y: 40))
  let (near, far) = (names.make(PlanarPoint(x: 600_000, y: -40)), names.make(PlanarPoint(x: 600_000, y: -4000)))
  #expect(north == "48NXA-060000-000004" && near == "48NXA-060000-999996" && far == "48NXA-060000-999600")
  #expect(BuildingIdentifiers.parse(far, place: "48NXA").map { names.name(packed: $0) } == far)
}

@Test func whatIsNoMapOfProbabilitiesIsRefused() async throws {
  let folder = try TemporaryFolder()
  let (raster, output) = (folder.path + "/p.tif", folder.path + "/b.geojson")
  try writeProbabilities(raster, grid: utm(rows: 30, columns: 20)) { _, _, _ in 0.3 }
  let file = try RasterFile.openGeoTIFF(raster, update: true)
  try file.write([UInt16(12_000)], band: 0, window: PixelWindow(row: 7, column: 3, rows: 1, columns: 1))
  try file.close()
  await #expect(throws: BuildingError.self) { try await search(raster, output: output) }
}

/// Files that are named as earlier revisions may hold anything: what is no building's outline names nothing.
@Test(arguments: [
  "[[]]", "[]", "[[[0,0],[1,0]]]", "[[[-170,-80],[170,-80],[170,80],[-170,80],[-170,-80]]]",
  "[[[1e300,0],[1,0],[1,1],[1e300,0]]]", "[[[3,43],[9,43],[9,44],[3,44],[3,43]]]",
])
func earlierRevisionsMayHoldAnything(coordinates: String) async throws {
  let folder = try TemporaryFolder()
  let (raster, previous) = (folder.path + "/p.tif", folder.path + "/previous.geojson")
  try writeProbabilities(raster, grid: utm(rows: 40, columns: 40)) { _, row, column in
    (10..<30).contains(row) && (10..<30).contains(column) ? 0.9 : 0
  }
  let feature =
    #"{"type":"Feature","id":"31TCJ-050010-479990","properties":{},"geometry":{"type":"Polygon","coordinates":"#
  try #"{"type":"FeatureCollection","features":[\#(feature)\#(coordinates)}}]}"#.write(
    toFile: previous, atomically: true, encoding: .utf8)
  let counts = try await search(raster, output: folder.path + "/b.geojson", previous: [previous])
  #expect(counts.buildings == 1 && counts.namesKept == 0)
}

/// A georeference that lies nowhere is refused with what is wrong.
@Test(arguments: [(1e20, 4_800_000.0), (500_000, -1e20)])
func aPlaceThatIsNoneIsRefused(x: Double, y: Double) throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/far.tif"
  let grid = GridGeometry(
    epsg: 32631, upperLeftX: x, upperLeftY: y, pixelWidth: 5, pixelHeight: 5, size: RasterSize(rows: 32, columns: 32))
  let file = try RasterFile.create(path, driver: "GTiff", size: grid.size, bands: 3, type: .uint16)
  try file.set(grid)
  try file.close()
  let error = #expect(throws: BuildingError.self) { try BuildingImage.open(path) }
  #expect(error?.description.hasPrefix(path) == true && error?.description.contains("no place in UTM") == true)
}
