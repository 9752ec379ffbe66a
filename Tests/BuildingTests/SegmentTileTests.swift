import Buildings
import Geometry
import Networks
import Raster
import TestSupport
import Testing

@Test func tilesAreLargeWhereThereIsRoomAndWork() {
  let tile = RasterSize(rows: 21_960, columns: 21_960)
  let large = 2 * SegmentTiles.workerBytes(side: 1280) + SegmentTiles.stripBytes(side: 1280, columns: tile.columns)
  #expect(SegmentTiles.side(tile, workers: 2, memory: large) == 1280)
  #expect(SegmentTiles.side(tile, workers: 2, memory: large - 1) == 768)
  #expect(SegmentTiles.side(tile, workers: 3, memory: large) == 768)
  // As few tiles as a small image has are for as many workers as there are.
  #expect(SegmentTiles.side(RasterSize(rows: 3841, columns: 3841), workers: 2, memory: .max) == 1280)
  #expect(SegmentTiles.side(RasterSize(rows: 3840, columns: 3840), workers: 2, memory: .max) == 768)
  #expect(SegmentTiles.side(RasterSize(rows: 10, columns: 10), workers: 1, memory: 0) == 768)
}

/// What a plan sets aside for a worker is what the network's maps take, the images around them, and little more.
@Test func theMemoryOfATileIsWhatIsPlanned() throws {
  let model = try BuildingModel.load(packageFolder() + "/models/hrnet-buildings.json")
  // As the windows of a row of tiles grow from the image's corner to its middle, at half the size.
  var size = RasterSize(rows: 0, columns: 0)
  for (rows, columns) in [(464, 464), (464, 560), (544, 544), (560, 560), (464, 560), (560, 560)] {
    size = RasterSize(rows: rows, columns: columns)
    _ = model.probabilities(FloatImage(bands: 3, size: size))
  }
  let maps = Double(model.network.keptBytes) / Double(size.pixelCount)
  // Reflectance, the same normalised, logits, and the counts that are read.
  let images = Double(4 * (3 + 3 + model.card.classes.count) + 2 * 3)
  let planned = Double(SegmentTiles.workerBytes(side: 768)) / (1120 * 1120)
  #expect(maps + images < planned && planned < 1.2 * (maps + images), "\(maps) + \(images), planned \(planned)")
}
