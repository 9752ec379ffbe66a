import Foundation
import GDALAdapter
import Geometry
import TestSupport
import Testing

import Evaluation

private struct Reference: Decodable {
  struct Grid: Decodable {
    var epsg: Int
    var x: Double
    var y: Double
    var pixel: Double
    var rows: Int
    var columns: Int
  }
  var grid: Grid
  var pixels: [Int]
  /// By the limit.
  var matches: [String: [Int]]

  var geometry: GridGeometry {
    GridGeometry(
      epsg: grid.epsg, upperLeftX: grid.x, upperLeftY: grid.y, pixelWidth: grid.pixel, pixelHeight: grid.pixel,
      size: RasterSize(rows: grid.rows, columns: grid.columns))
  }
}

private func fixture(_ name: String) throws -> String {
  try #require(Bundle.module.path(forResource: name, ofType: nil, inDirectory: "Fixtures/buildings"))
}

private func reference() throws -> Reference {
  try JSONDecoder().decode(Reference.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("scores.json"))))
}

/// A raster to compare on, and to draw on.
private func writeImage(_ path: String, _ grid: GridGeometry) throws {
  let file = try RasterFile.create(path, driver: "GTiff", size: grid.size, bands: 3, type: .uint8)
  try file.set(grid)
  for band in 0..<3 {
    try file.write((0..<grid.size.pixelCount).map { UInt8(40 + $0 % 150) }, band: band, window: grid.size.window)
  }
  try file.close()
}

@Suite struct BuildingTests {
  @Test("Pixels and matches equal those that shapely gives (make_building_scores.py)")
  func equalsTheReference() throws {
    let reference = try reference()
    let grid = reference.geometry
    let predicted = try BuildingMap.read(fixture("predicted.geojson"), grid: grid)
    let truth = try BuildingMap.read(fixture("truth.geojson"), grid: grid)
    let pixels = Confusion(predicted: predicted.mask, truth: truth.mask)
    #expect(
      [pixels.truePositives, pixels.falsePositives, pixels.falseNegatives, pixels.trueNegatives] == reference.pixels)
    for (limit, expected) in reference.matches {
      let matches = BuildingMatches(
        predicted: predicted.buildings, truth: truth.buildings, limit: try #require(Double(limit)))
      #expect([matches.truePositives, matches.falsePositives, matches.falseNegatives] == expected, "at \(limit)")
    }
  }

  private func square(_ x: Double, _ y: Double, _ side: Double = 10) -> [PlanarPolygon] {
    [
      PlanarPolygon(rings: [
        [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)].map { PlanarPoint(x: $0.0, y: $0.1) }
      ])
    ]
  }

  @Test func theOrderOfTheFileDecides() {
    // Both overlap the first house; only the second is also near the other one.
    let truth = [square(0, 0), square(8, 0)]
    let (left, between) = (square(-3, 0), square(3.5, 0))
    let first = BuildingMatches(predicted: [left, between], truth: truth)
    #expect(first.partners == [0, 1] && first.f1 == 1)
    let second = BuildingMatches(predicted: [between, left], truth: truth)
    #expect(second.partners == [0, nil])
    // What is equal to the limit does not match: an overlap of 4 of 16 is 0.25.
    #expect(BuildingMatches(predicted: [square(6, 0)], truth: [square(0, 0)]).partners == [nil])
    #expect(BuildingMatches(predicted: [square(5.99, 0)], truth: [square(0, 0)]).partners == [0])
    let nothing = BuildingMatches(predicted: [], truth: [])
    #expect(nothing.f1 == 0 && nothing.precision == 0 && nothing.recall == 0)
  }

  /// A scene without buildings in which some are found, and one that is huge beside all others.
  @Test func whatIsLargeBesideTheTruthIsMatchedToo() {
    let none = BuildingMatches(predicted: [square(0, 0), square(5e6, 5e6, 40)], truth: [])
    #expect(none.partners == [nil, nil] && none.f1 == 0)
    let small = (0..<10).map { square(Double(20 * $0), 0, 0.01) }
    let huge = BuildingMatches(predicted: [square(-1e6, -1e6, 2e6)] + small, truth: small)
    #expect(huge.partners == [nil] + (0..<10).map { $0 })
    // As truth, too, and thin ones.
    let wide = (0..<2000).map { square(Double(20 * $0), 0, 10) }
    #expect(BuildingMatches(predicted: wide, truth: wide + [square(-1e7, -1e7, 3e7)]).f1 > 0.99)
    let thin = [
      PlanarPolygon(rings: [[(0, 0), (1e9, 0), (1e9, 1), (0, 1), (0, 0)].map { PlanarPoint(x: $0.0, y: $0.1) }])
    ]
    #expect(BuildingMatches(predicted: [thin], truth: wide).partners == [nil])
  }

  @Test func aMaskIsItsConnectedAreas() throws {
    let folder = try TemporaryFolder()
    let grid = try reference().geometry
    let path = folder.path + "/mask.tif"
    let file = try RasterFile.create(path, driver: "GTiff", size: grid.size, bands: 1, type: .uint8)
    try file.set(grid)
    let mask = (0..<grid.size.pixelCount).map {
      UInt8($0 % 100 < 4 && $0 / 100 < 3 || $0 % 100 == 4 && $0 / 100 == 3 ? 255 : 0)
    }
    try file.write(mask, band: 0, window: grid.size.window)
    try file.close()
    let map = try BuildingMap.read(path, grid: grid)
    #expect(map.buildings.count == 2 && map.mask == mask.map { $0 > 0 ? 1 : 0 })
    #expect(try BuildingMap.read(path, grid: grid, minArea: 26).buildings.count == 1)
    let other = GridGeometry(
      epsg: 32631, upperLeftX: 0, upperLeftY: 0, pixelWidth: 5, pixelHeight: 5, size: RasterSize(rows: 9, columns: 9))
    #expect(throws: EvaluationError.self) { try BuildingMap.read(path, grid: other) }
  }

  /// The map of a whole tile against a small piece of truth: what lies beside it is not wrong.
  @Test func buildingsBesideTheGridDoNotCount() throws {
    let folder = try TemporaryFolder()
    let grid = GridGeometry(
      epsg: 32631, upperLeftX: 400_000, upperLeftY: 4_850_000, pixelWidth: 5, pixelHeight: 5,
      size: RasterSize(rows: 20, columns: 20))
    // Inside; half inside, at the right; beside it.
    let corners = [(400_010.0, 4_849_990.0), (400_090.0, 4_849_950.0), (400_300.0, 4_849_990.0)]
    let features = corners.map { x, y in
      let ring = [(x, y), (x + 20, y), (x + 20, y - 20), (x, y - 20), (x, y)].map { "[\($0.0),\($0.1)]" }
      return "{\"type\":\"Feature\",\"properties\":{},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[["
        + ring.joined(separator: ",") + "]]}}"
    }
    let path = folder.path + "/b.geojson"
    let text =
      "{\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::32631\"}},"
      + "\"features\":[\(features.joined(separator: ","))]}"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let map = try BuildingMap.read(path, grid: grid)
    #expect(map.buildings.count == 2)
    let areas = map.buildings.map { $0.reduce(0) { $0 + $1.area } }
    #expect(zip(areas, [400, 200]).allSatisfy { abs($0 - $1) < 0.01 }, "\(areas)")
    #expect(map.mask.count { $0 == 1 } == 16 + 8)
  }

  /// A mask says in its own way what is no building: 0, the no-data value whatever its type holds, or no number.
  @Test(arguments: [nil, -3.4e38, 4_294_967_295.0]) func whatAMaskDoesNotKnowIsNoBuilding(noData: Double?) throws {
    let folder = try TemporaryFolder()
    let grid = try reference().geometry
    let path = folder.path + "/mask.tif"
    let file = try RasterFile.create(path, driver: "GTiff", size: grid.size, bands: 1, type: .float32)
    try file.set(grid)
    if let noData { try file.setNoData(noData, band: 0) }
    let unknown = noData.map { Float($0) } ?? .nan
    let values = (0..<grid.size.pixelCount).map { pixel -> Float in
      let (row, column) = (pixel / grid.size.columns, pixel % grid.size.columns)
      if row < 20 && column < 20 { return 0.4 }
      return column < 40 ? 0 : unknown
    }
    try file.write(values, band: 0, window: grid.size.window)
    try file.close()
    let map = try BuildingMap.read(path, grid: grid)
    #expect(map.buildings.count == 1 && map.mask.count { $0 == 1 } == 400)
  }

  /// What the truth says nothing of is left out: of the pixels, and of the buildings there.
  @Test func whatIsNotKnownIsNotCompared() throws {
    let folder = try TemporaryFolder()
    let grid = GridGeometry(
      epsg: 32631, upperLeftX: 400_000, upperLeftY: 4_850_000, pixelWidth: 5, pixelHeight: 5,
      size: RasterSize(rows: 20, columns: 20))
    func mask(_ name: String, buildings: [(row: Int, column: Int)], unknownFrom column: Int) throws -> String {
      let path = "\(folder.path)/\(name).tif"
      let file = try RasterFile.create(path, driver: "GTiff", size: grid.size, bands: 1, type: .uint8)
      try file.set(grid)
      try file.setNoData(255, band: 0)
      var values = [UInt8](repeating: 0, count: grid.size.pixelCount)
      for corner in buildings {
        for pixel in 0..<16 { values[(corner.row + pixel / 4) * 20 + corner.column + pixel % 4] = 1 }
      }
      for pixel in values.indices where pixel % 20 >= column { values[pixel] = 255 }
      try file.write(values, band: 0, window: grid.size.window)
      try file.close()
      return path
    }
    let (known, half, there) = ((row: 2, column: 2), (row: 8, column: 8), (row: 2, column: 14))
    let truth = try BuildingMap.read(try mask("truth", buildings: [known, half], unknownFrom: 10), grid: grid)
    let found = try BuildingMap.read(
      try mask("found", buildings: [known, half, there, (row: 12, column: 15)], unknownFrom: 20), grid: grid)
    let scores = BuildingScores(predicted: try found.seen(by: truth), truth: truth)
    #expect(scores.matches.truePositives == 2 && scores.matches.partners == [0, 1])
    #expect(scores.matches.falsePositives == 0 && scores.matches.falseNegatives == 0)
    #expect(scores.pixels.truePositives == 16 + 8 && scores.pixels.trueNegatives == 200 - 24)
    #expect(scores.pixels.falsePositives == 0 && scores.pixels.falseNegatives == 0)
    // A prediction does not hide what it missed.
    let missed = BuildingScores(predicted: try truth.seen(by: found), truth: found)
    #expect(missed.matches.truePositives == 2 && missed.matches.falseNegatives == 2)
    #expect(missed.pixels.truePositives == 16 + 8 && missed.pixels.falseNegatives == 64 - 24)
  }

  /// Masks lie where the grid lies, as `sr` and `evaluate` have it: to a hundredth of a pixel, and on north-up grids alone.
  @Test func aMaskLiesOnTheGridOrIsRefused() throws {
    let folder = try TemporaryFolder()
    let grid = try reference().geometry
    func read(_ change: (inout GridGeometry) -> Void) throws -> Int {
      var own = grid
      change(&own)
      let path = "\(folder.path)/\(UUID().uuidString).tif"
      let file = try RasterFile.create(path, driver: "GTiff", size: grid.size, bands: 1, type: .uint8)
      try file.set(own)
      try file.write([UInt8](repeating: 1, count: grid.size.pixelCount), band: 0, window: grid.size.window)
      try file.close()
      return try BuildingMap.read(path, grid: grid).buildings.count
    }
    #expect(try read { _ in } == 1)
    #expect(try read { $0.upperLeftX += 0.0001 } == 1)
    #expect(try read { $0.epsg = GridGeometry.unknownSystem } == 1)
    let error = #expect(throws: EvaluationError.self) { try read { $0.upperLeftX += 5 } }
    #expect(error?.description.contains("the grid at") == true)
    #expect(throws: EvaluationError.self) { try read { $0.epsg = 32632 } }

    // GDAL's own tool makes what ours does not: a turned raster, and one in a system without a code.
    func translated(_ system: String, _ transform: String) throws -> String {
      let (source, target) = (folder.path + "/s.vrt", "\(folder.path)/\(UUID().uuidString).tif")
      let text =
        "<VRTDataset rasterXSize=\"\(grid.size.columns)\" rasterYSize=\"\(grid.size.rows)\"><SRS>\(system)</SRS>"
        + "<GeoTransform>\(transform)</GeoTransform><VRTRasterBand dataType=\"Byte\" band=\"1\"/></VRTDataset>"
      try Data(text.utf8).write(to: URL(fileURLWithPath: source))
      let process = try Process.run(
        URL(fileURLWithPath: "/usr/bin/gdal_translate"), arguments: ["-q", source, target])
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      return target
    }
    let turned = try translated("EPSG:32631", "400000,5,1,4850000,1,-5")
    let isTurned = #expect(throws: EvaluationError.self) { try BuildingMap.read(turned, grid: grid) }
    #expect(isTurned?.description.contains("not north-up") == true)
    let bare = try translated("+proj=laea +lat_0=40 +lon_0=3 +ellps=GRS80 +units=m", "400000,5,0,4850000,0,-5")
    let noCode = #expect(throws: EvaluationError.self) { try BuildingMap.read(bare, grid: grid) }
    #expect(noCode?.description.contains("without an EPSG code") == true)
  }

  /// A ring that touches itself, as hands draw them, is the building that it surrounds.
  @Test func aRingThatCrossesItselfIsMatched() throws {
    let folder = try TemporaryFolder()
    let grid = GridGeometry(
      epsg: 32631, upperLeftX: 400_000, upperLeftY: 4_850_000, pixelWidth: 5, pixelHeight: 5,
      size: RasterSize(rows: 40, columns: 40))
    // A square of 100 m, one corner of which is a loop.
    let points = [
      (400_020, 4_849_980), (400_120, 4_849_980), (400_120, 4_849_880), (400_030, 4_849_880), (400_020, 4_849_890),
      (400_020, 4_849_880), (400_030, 4_849_890), (400_020, 4_849_980),
    ]
    let ring = points.map { "[\($0.0),\($0.1)]" }.joined(separator: ",")
    let text =
      "{\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::32631\"}},"
      + "\"features\":[{\"type\":\"Feature\",\"properties\":{},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[\(ring)]]}}]}"
    let path = folder.path + "/b.geojson"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let map = try BuildingMap.read(path, grid: grid)
    #expect(map.buildings.count == 1)
    #expect(BuildingMatches(predicted: map.buildings, truth: map.buildings).partners == [0])
  }

  /// Parts that overlap, as of buildings put together by their names, are one area: it is that of the whole.
  @Test func partsThatOverlapAreOneBuilding() throws {
    let folder = try TemporaryFolder()
    let grid = GridGeometry(
      epsg: 32631, upperLeftX: 400_000, upperLeftY: 4_850_000, pixelWidth: 5, pixelHeight: 5,
      size: RasterSize(rows: 40, columns: 40))
    func write(_ name: String, _ spans: [ClosedRange<Int>]) throws -> String {
      let polygons = spans.map { span in
        let (west, east) = (400_000 + span.lowerBound, 400_000 + span.upperBound)
        return "[[[\(west),4849980],[\(west),4849940],[\(east),4849940],[\(east),4849980],[\(west),4849980]]]"
      }
      let text =
        "{\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\",\"properties\":{\"name\":"
        + "\"urn:ogc:def:crs:EPSG::32631\"}},\"features\":[{\"type\":\"Feature\",\"properties\":{},\"geometry\":"
        + "{\"type\":\"MultiPolygon\",\"coordinates\":[\(polygons.joined(separator: ","))]}}]}"
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
      return folder.path + "/" + name
    }
    let parts = try BuildingMap.read(write("parts.geojson", [20...60, 52...100]), grid: grid, minArea: 3200)
    let whole = try BuildingMap.read(write("whole.geojson", [20...100]), grid: grid)
    try #require(parts.buildings.count == 1)
    #expect(abs(parts.buildings[0].reduce(0) { $0 + $1.area } - 3200) < 1e-6, "what overlaps counts once")
    #expect(BuildingMatches(predicted: parts.buildings, truth: parts.buildings).partners == [0])
    #expect(BuildingMatches(predicted: parts.buildings, truth: whole.buildings).partners == [0])
  }

  /// Of masks that are noise: most pairs of large and small areas are none at a glance.
  @Test func whatCannotMatchIsNotOverlaid() throws {
    let grid = GridGeometry(
      epsg: 32631, upperLeftX: 400_000, upperLeftY: 4_850_000, pixelWidth: 5, pixelHeight: 5,
      size: RasterSize(rows: 120, columns: 120))
    func noise(_ seed: UInt64) throws -> [[PlanarPolygon]] {
      var random = SeededGenerator(seed)
      let mask = random.floats(grid.size.pixelCount).map { UInt8($0 < 0 ? 1 : 0) }
      return try Polygonise.areas(mask, grid: grid).map { [$0] }
    }
    let (predicted, truth) = (try noise(1), try noise(2))
    var left = Array(truth.indices)
    let geometries = truth.map { VectorGeometry($0) }
    let partners = predicted.map { building -> Int? in
      let geometry = VectorGeometry(building)
      var best: (iou: Double, index: Int)?
      for index in left {
        let iou = geometry.intersectionOverUnion(geometries[index])
        if iou > 0.25, iou > best?.iou ?? 0 { best = (iou, index) }
      }
      left.removeAll { $0 == best?.index }
      return best?.index
    }
    try #require(partners.count { $0 != nil } > 20)
    #expect(BuildingMatches(predicted: predicted, truth: truth).partners == partners)
  }

  @Test func theLayerThatHasPolygonsIsRead() throws {
    let folder = try TemporaryFolder()
    let grid = GridGeometry(
      epsg: 4326, upperLeftX: 1, upperLeftY: 44, pixelWidth: 0.001, pixelHeight: 0.001,
      size: RasterSize(rows: 40, columns: 40))
    /// Of a KML file each folder is a layer.
    func file(_ name: String, _ layers: KeyValuePairs<String, String>) throws -> String {
      let folders = layers.map { "<Folder><name>\($0.key)</name><Placemark>\($0.value)</Placemark></Folder>" }.joined()
      let path = "\(folder.path)/\(name).kml"
      let document = "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>\(folders)</Document></kml>"
      try Data(document.utf8).write(to: URL(fileURLWithPath: path))
      return path
    }
    let line = "<LineString><coordinates>1.01,43.99 1.02,43.99</coordinates></LineString>"
    let corners = "1.01,43.98 1.02,43.98 1.02,43.99 1.01,43.99 1.01,43.98"
    let house =
      "<Polygon><outerBoundaryIs><LinearRing><coordinates>\(corners)</coordinates></LinearRing></outerBoundaryIs></Polygon>"
    let behind = try BuildingMap.read(file("behind", ["roads": line, "houses": house]), grid: grid)
    #expect(behind.buildings.count == 1)
    func message(_ path: String) throws -> String {
      let error = #expect(throws: GDALError.self) { try BuildingMap.read(path, grid: grid) }
      return "\(try #require(error))"
    }
    let several = try message(file("several", ["houses": house, "sheds": house]))
    #expect(several.contains("'houses', 'sheds'") && several.contains("ogr2ogr"), "\(several)")
    let roads = try message(file("roads", ["roads": line]))
    #expect(roads.contains("none of its features is a polygon (one is a LINESTRING)"), "\(roads)")
    let lines = try message(file("lines", ["roads": line, "paths": line]))
    #expect(lines.contains("none of its layers has any: 'roads', 'paths'"), "\(lines)")
  }

  /// A file that does not say where it is, and lies nowhere near, is not a map without buildings.
  @Test func polygonsOfNoKnownSystemAreRefusedWhereNoneLiesOnTheGrid() throws {
    let folder = try TemporaryFolder()
    let grid = try reference().geometry
    let path = folder.path + "/b.csv"
    let ring = "1 44,1.01 44,1.01 44.01,1 44"
    try Data("id,WKT\n1,\"POLYGON((\(ring)))\"\n".utf8).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: EvaluationError.self) { try BuildingMap.read(path, grid: grid) }
    #expect(error?.description.contains("has no coordinate system") == true)
  }

  @Test func theCommandMeasuresAndDraws() throws {
    let folder = try TemporaryFolder()
    let reference = try reference()
    let image = folder.path + "/image.tif"
    try writeImage(image, reference.geometry)
    let files = [try fixture("predicted.geojson"), try fixture("truth.geojson")]
    let result = try supertile(["evaluate", "buildings"] + files + ["--grid", image, "--json"])
    let record = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(result.status == 0 && record["truePositives"] as? Int == reference.matches["0.25"]?[0])
    let (tp, fp, fn) = (Double(reference.pixels[0]), Double(reference.pixels[1]), Double(reference.pixels[2]))
    #expect(abs((record["iouBuilding"] as? Double ?? 0) - tp / (tp + fp + fn)) < 1e-12)
    let report = folder.path + "/report"
    let drawn = try supertile(["evaluate", "buildings"] + files + ["--image", image, "-o", report])
    #expect(drawn.status == 0 && drawn.output.contains("mean"), "\(drawn.errors)")
    let page = try String(contentsOfFile: report + "/buildings.html", encoding: .utf8)
    #expect(page.contains("Mean IoU") && page.contains("data:image/png") && page.contains("solaris"))
    // Without any raster there are no pixels to compare.
    let none = try supertile(["evaluate", "buildings"] + files)
    #expect(none.status == 1 && none.errors.contains("--grid"))
    #expect(try supertile(["evaluate", "buildings"] + files + ["--iou", "1"]).status == 64)
  }

  @Test func aSetHasTheTablesOfThePaper() throws {
    let folder = try TemporaryFolder()
    let reference = try reference()
    try writeImage(folder.path + "/image.tif", reference.geometry)
    for name in ["predicted.geojson", "truth.geojson"] {
      try FileManager.default.copyItem(atPath: fixture(name), toPath: folder.path + "/" + name)
    }
    try Data(
      """
      {"title": "Two <inputs>", "methods": [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}],
       "scenes": [
        {"name": "one", "subset": "validation", "truth": "truth.geojson", "image": "image.tif",
         "predictions": {"a": "predicted.geojson", "b": "truth.geojson"}},
        {"name": "two", "subset": "test", "truth": "truth.geojson", "grid": "image.tif",
         "predictions": {"a": "predicted.geojson"}}]}
      """.utf8
    ).write(to: URL(fileURLWithPath: folder.path + "/set.json"))
    let result = try supertile(["evaluate", "buildings-set", folder.path + "/set.json", "-o", folder.path + "/report"])
    #expect(result.status == 0, "\(result.errors)")
    let text = try String(contentsOfFile: folder.path + "/report/buildings.md", encoding: .utf8)
    #expect(
      text.contains("| Input | validation Building | validation Background | validation Mean IoU | test Building |"))
    #expect(text.contains("| B | **1.000** | **1.000** | **1.000** | - | - | - |"))
    #expect(text.contains("Two &lt;inputs&gt;"))
    let page = try String(contentsOfFile: folder.path + "/report/buildings.html", encoding: .utf8)
    #expect(HTMLCheck(page).problems.isEmpty, "\(HTMLCheck(page).problems)")
    try Data("{\"title\": \"x\", \"methods\": [], \"scenes\": []}".utf8).write(
      to: URL(fileURLWithPath: folder.path + "/empty.json"))
    #expect(
      try supertile(["evaluate", "buildings-set", folder.path + "/empty.json", "-o", folder.path + "/r"]).status == 1)
  }
}
