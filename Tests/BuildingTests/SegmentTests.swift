import Buildings
import Foundation
import GDALAdapter
import Geometry
import Networks
import Raster
import Storage
import TestSupport
import Testing
import Workers
import Writing

private func model() throws -> BuildingModel {
  try BuildingModel.load(packageFolder() + "/models/hrnet-buildings.json")
}

/// An image with noise, so that what lies far away matters, and some pixels without data.
private func writeImage(_ path: String, grid: GridGeometry, seed: UInt64 = 1) throws {
  var generator = SeededGenerator(seed)
  let file = try RasterFile.create(path, driver: "GTiff", size: grid.size, bands: 3, type: .uint16)
  try file.set(grid)
  for band in 0..<3 {
    var counts = (0..<grid.size.pixelCount).map { _ in UInt16.random(in: 200...3000, using: &generator) }
    for pixel in 0..<20 { counts[pixel * 7] = 0 }
    try file.write(counts, band: band, window: grid.size.window)
  }
  try file.close()
}

private func probabilities(
  _ image: String, grid: GridGeometry, coreSide: Int, workers: Int, scratch: String
) async throws -> [[UInt16]] {
  let raster = try StreamedRaster(scratchPath: scratch, layout: ProbabilityRaster.layout(grid: grid, bands: 2))
  try await segment(image, with: model(), coreSide: coreSide, into: raster, workers: WorkerPool(workers: workers))
  try raster.close()
  let file = try RasterFile.openGeoTIFF(scratch)
  return try (0..<2).map { try file.read(UInt16.self, band: $0, window: grid.size.window) }
}

@Test func tilesGiveTheProbabilitiesOfTheUntiledRun() async throws {
  let folder = try TemporaryFolder()
  let image = folder.path + "/image.tif"
  // No multiple of 16, more than two halos in one direction.
  let grid = utm(rows: 470, columns: 621)
  try writeImage(image, grid: grid)
  let tiled = try await probabilities(image, grid: grid, coreSide: 100, workers: 2, scratch: folder.path + "/tiled.tif")
  let again = try await probabilities(image, grid: grid, coreSide: 100, workers: 1, scratch: folder.path + "/again.tif")
  #expect(tiled == again, "the number of workers changes bits")
  let whole = try await probabilities(
    image, grid: grid, coreSide: 1000, workers: 1, scratch: folder.path + "/whole.tif")
  for band in 0..<2 {
    let off = zip(tiled[band], whole[band]).map { abs(Int($0) - Int($1)) }.max() ?? .max
    #expect(off <= 1, "probabilities x 10000 differ by \(off)")
    #expect(whole[band].count { $0 == ProbabilityRaster.noData } == 20)
  }

  // The untiled run is the network's on the image continued to a multiple of 16.
  let network = try model()
  let file = try RasterFile.openGeoTIFF(image)
  let counts = try (0..<3).map { try file.read(UInt16.self, band: $0, window: grid.size.window) }
  var padded = FloatImage(bands: 3, size: RasterSize(rows: 480, columns: 624))
  for row in 0..<480 {
    for column in 0..<624 {
      let pixel = min(row, 469) * 621 + min(column, 620)
      let isValid = counts.allSatisfy { $0[pixel] != 0 }
      for band in 0..<3 { padded[band, row, column] = isValid ? Float(counts[band][pixel]) * 1e-4 : .nan }
    }
  }
  let direct = network.probabilities(padded)
  var off: Float = 0
  for row in 0..<470 {
    for column in 0..<621 where whole[0][row * 621 + column] != ProbabilityRaster.noData {
      off = max(off, abs(direct[0, row, column] - Float(whole[0][row * 621 + column]) * 1e-4))
    }
  }
  #expect(off < 1e-4)
}

/// Two images that show the same ground, as tiles that overlap, have the same buildings there: each leaves to the other
/// what it does not publish itself.
@Test func imagesThatOverlapAgree() async throws {
  let folder = try TemporaryFolder()
  // Sentinel-2's tiles lie 99,960 or 100,020 m apart: 8 or 4 pixels beside a multiple of 16.
  let whole = utm(rows: 400, columns: 408)
  let path = folder.path + "/whole.tif"
  try writeImage(path, grid: whole, seed: 3)
  let file = try RasterFile.openGeoTIFF(path)
  let first = try await probabilities(path, grid: whole, coreSide: 1000, workers: 1, scratch: folder.path + "/a.tif")
  let part = PixelWindow(row: 4, column: 8, rows: 396, columns: 400)
  let grid = utm(rows: part.rows, columns: part.columns, x: 350_000 + 40, y: 4_850_000 - 20)
  let cut = try RasterFile.create(folder.path + "/part.tif", driver: "GTiff", size: grid.size, bands: 3, type: .uint16)
  try cut.set(grid)
  for band in 0..<3 {
    try cut.write(file.read(UInt16.self, band: band, window: part), band: band, window: grid.size.window)
  }
  try cut.close()
  let second = try await probabilities(
    folder.path + "/part.tif", grid: grid, coreSide: 1000, workers: 1, scratch: folder.path + "/b.tif")
  // Farther from the borders than the network sees.
  let reach = 170
  var off = 0
  for row in reach..<part.rows - reach {
    for column in reach..<part.columns - reach {
      let (a, b) = ((row + 4) * whole.size.columns + column + 8, row * grid.size.columns + column)
      off = max(off, abs(Int(first[0][a]) - Int(second[0][b])))
    }
  }
  #expect(off <= 1, "probabilities x 10000 differ by \(off)")
}

/// What the file says to hold no data is not looked at.
@Test func noDataIsWhatTheFileSays() throws {
  let folder = try TemporaryFolder()
  let grid = utm(rows: 4, columns: 4)
  let file = try RasterFile.create(folder.path + "/i.tif", driver: "GTiff", size: grid.size, bands: 3, type: .uint16)
  try file.set(grid)
  for band in 0..<3 {
    try file.setNoData(65_535, band: band)
    let counts = (0..<16).map { UInt16($0 < 4 ? 65_535 : $0 == 5 ? 0 : 900) }
    try file.write(counts, band: band, window: grid.size.window)
  }
  try file.close()
  let isValid = try BuildingImage.open(folder.path + "/i.tif").isValid(grid.size.window)
  #expect(isValid == (0..<16).map { $0 >= 4 && $0 != 5 })
}

@Test(arguments: [RasterMask.alpha, .inside, .beside])
func whatAMaskOfTheImageHidesIsNotLookedAt(mask: RasterMask) throws {
  let folder = try TemporaryFolder()
  let grid = utm(rows: 4, columns: 4)
  try writeMasked(
    [UInt16](repeating: 900, count: 16), hidden: [2, 9], by: mask, size: grid.size, grid: grid,
    to: folder.path + "/i.tif")
  let isValid = try BuildingImage.open(folder.path + "/i.tif").isValid(grid.size.window)
  #expect(isValid == (0..<16).map { $0 != 2 && $0 != 9 })
}

@Test func imagesOfAnotherKindAreRefusedWithWords() throws {
  let folder = try TemporaryFolder()
  func refusal(_ grid: GridGeometry?, bands: Int = 3, type: SampleType = .uint16, scale: Double? = nil) throws -> String
  {
    let path = folder.path + "/\(UUID().uuidString).tif"
    let size = RasterSize(rows: 4, columns: 4)
    let file = try RasterFile.create(path, driver: "GTiff", size: size, bands: bands, type: type)
    if let grid { try file.set(grid) }
    if let scale { try file.setScale(scale, offset: 0, band: 0) }
    try file.close()
    let error = #expect(throws: BuildingError.self) { _ = try BuildingImage.open(path) }
    return error?.reason ?? ""
  }
  #expect(try refusal(utm(rows: 4, columns: 4), bands: 4).contains("4 bands, expected 3"))
  #expect(try refusal(utm(rows: 4, columns: 4), type: .float32).contains("uint16"))
  #expect(try refusal(utm(rows: 4, columns: 4), scale: 0.001).contains("scale"))
  #expect(try refusal(nil).contains("no georeference"))
  #expect(try refusal(utm(rows: 4, columns: 4, epsg: 3857)).contains("EPSG:3857"))
  #expect(try refusal(utm(rows: 4, columns: 4, pixel: 10)).contains("10.0 x 10.0 m"))
  #expect(throws: GDALError.self) { try BuildingImage.open(folder.path + "/none.tif") }
}

/// Weights that are numbers, as loading demands, and too large for their sums to be: nothing is published of them.
@Test func aBuildingNetworkThatGivesNoNumbersIsAnError() async throws {
  let folder = try TemporaryFolder()
  let damaged = try writeDamagedModel("hrnet-buildings", into: folder.path, bytes: 2_000_000, alternate: true)
  let model = try BuildingModel.load(damaged)
  let image = folder.path + "/image.tif"
  let grid = utm(rows: 48, columns: 48)
  try writeImage(image, grid: grid)
  let raster = try StreamedRaster(
    scratchPath: folder.path + "/p.tif", layout: ProbabilityRaster.layout(grid: grid, bands: 2))
  let error = await #expect(throws: NetworkError.self) {
    try await segment(image, with: model, coreSide: 64, into: raster, workers: WorkerPool(workers: 1))
  }
  #expect(error?.description.contains("no numbers") == true)
}
