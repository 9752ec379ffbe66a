import Buildings
import Foundation
import GDALAdapter
import Geometry
import Networks
import Publishing
import Raster
import Storage
import TestSupport
import Testing
import Workers

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
