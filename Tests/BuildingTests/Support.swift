import Buildings
import Foundation
import GDALAdapter
import Geometry
import TestSupport
import Workers

/// Writes a raster of probabilities; NaN is not observed.
func writeProbabilities(
  _ path: String, grid: GridGeometry, bands: Int = 1, value: (_ band: Int, _ row: Int, _ column: Int) -> Float
) throws {
  let raster = try RasterFile.create(
    path, driver: "GTiff", size: grid.size, bands: bands, type: .uint16, options: ["TILED=YES", "COMPRESS=ZSTD"])
  try raster.set(grid)
  for band in 0..<bands {
    let counts = (0..<grid.size.pixelCount).map { pixel -> UInt16 in
      let p = value(band, pixel / grid.size.columns, pixel % grid.size.columns)
      return p.isNaN ? ProbabilityRaster.noData : ProbabilityRaster.count(p)
    }
    try raster.write(counts, band: band, window: grid.size.window)
    try raster.setNoData(Double(ProbabilityRaster.noData), band: band)
  }
  try raster.close()
}

func utm(
  rows: Int, columns: Int, epsg: Int = 32631, x: Double = 350_000, y: Double = 4_850_000, pixel: Double = 5
) -> GridGeometry {
  GridGeometry(
    epsg: epsg, upperLeftX: x, upperLeftY: y, pixelWidth: pixel, pixelHeight: pixel,
    size: RasterSize(rows: rows, columns: columns))
}

/// A map from rows of text: `#` is a building, `?` is not observed.
func probability(_ map: [String], _ row: Int, _ column: Int) -> Float {
  let lines = map.map { Array($0) }
  guard lines.indices.contains(row), lines[row].indices.contains(column) else { return 0 }
  return lines[row][column] == "#" ? 0.9 : lines[row][column] == "?" ? .nan : 0.1
}

/// What comes of a search in a raster made of a map.
func search(
  _ path: String, output: String, rule: InstanceRule = InstanceRule(minArea: 25), cell: TileCell? = nil,
  previous: [String] = [], views: String? = nil, place: String = "31TCJ", workers: Int = 2
) async throws -> BuildingCounts {
  try await findBuildings(
    path,
    BuildingSearch(
      rule: rule, provenance: Provenance(tile: "31TCJ", item: "ITEM", model: "test 1"), place: place, cell: cell,
      views: views, previous: previous, output: output), workers: WorkerPool(workers: workers))
}

struct ProcessOutput {
  let status: Int32
  let text: String
}

func run(_ program: String, _ arguments: [String]) throws -> ProcessOutput {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return ProcessOutput(status: process.terminationStatus, text: String(decoding: data, as: UTF8.self))
}
