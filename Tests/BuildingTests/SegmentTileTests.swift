import Buildings
import Geometry
import Networks
import Raster
import SuperResolution
import TestSupport
import Testing

@Test func tilesAreLargeWhereThereIsRoom() {
  let tile = RasterSize(rows: 21_960, columns: 21_960)
  func bytes(_ workers: Int, _ side: Int) -> Int {
    workers * SegmentTiles.workerBytes(side: side) + SegmentTiles.stripBytes(side: side, columns: tile.columns)
  }
  #expect(SegmentTiles.side(tile, workers: 2, memory: .max) == 2048)
  #expect(SegmentTiles.side(tile, workers: 2, memory: bytes(2, 1280)) == 1280)
  #expect(SegmentTiles.side(tile, workers: 2, memory: bytes(2, 768)) == 768)
  #expect(SegmentTiles.side(tile, workers: 2, memory: 0) == 768)
}

/// Tiles are for as many workers as there are: one in which all is computed would leave the others without.
@Test func tilesOfASmallImageAreForAllWorkers() {
  let image = RasterSize(rows: 2048, columns: 2048)
  #expect(SegmentTiles.side(image, workers: 1, memory: .max) == 2048)
  // Four of 1024 for four, and for two, for whom one at a time would be as long as all of it.
  #expect(TilePlan.count(image, coreSide: SegmentTiles.side(image, workers: 4, memory: .max)) == 4)
  #expect(TilePlan.count(image, coreSide: SegmentTiles.side(image, workers: 9, memory: .max)) == 9)
  // Neighbours would compute nearly all of it again.
  #expect(SegmentTiles.side(RasterSize(rows: 300, columns: 300), workers: 2, memory: .max) == 2048)
}

/// What a plan sets aside for a worker is what the network's maps take, the images around them, and little more.
@Test func theMemoryOfATileIsWhatIsPlanned() throws {
  let model = try BuildingModel.load(packageFolder() + "/models/hrnet-buildings.json")
  // As the windows of a row of tiles grow from the image's corner to its middle.
  var size = RasterSize(rows: 0, columns: 0)
  for (rows, columns) in [(928, 928), (928, 1120), (1120, 1120), (928, 1120), (1120, 1120)] {
    size = RasterSize(rows: rows, columns: columns)
    _ = model.probabilities(FloatImage(bands: 3, size: size))
  }
  let maps = Double(model.network.keptBytes) / Double(size.pixelCount)
  // Reflectance, the same normalised, logits, and the counts that are read.
  let images = Double(4 * (3 + 3 + model.card.classes.count) + 2 * 3)
  let planned = Double(SegmentTiles.workerBytes(side: 768)) / (1120 * 1120)
  #expect(maps + images < planned && planned < 1.2 * (maps + images), "\(maps) + \(images), planned \(planned)")
}
