import Buildings
import Geometry
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
