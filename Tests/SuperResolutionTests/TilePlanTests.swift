import Geometry
import SuperResolution
import Testing

@Test(arguments: [(100, 70, 32, 4), (8, 9, 256, 4), (513, 256, 128, 4), (50, 51, 8, 4), (33, 40, 16, 2)])
func weightsSumToOneAndHalosFit(rows: Int, columns: Int, side: Int, margin: Int) {
  let size = RasterSize(rows: rows, columns: columns)
  let plan = TilePlan(size: size, coreSide: side, halo: 16, margin: margin)
  var sum = [Float](repeating: 0, count: size.pixelCount * 4)
  for tile in plan.tiles {
    #expect(tile.computed == tile.blended.expanded(by: 16, within: size))
    let window = tile.blended.scaled(by: 2)
    for row in 0..<window.rows {
      for column in 0..<window.columns {
        sum[(window.row + row) * columns * 2 + window.column + column] +=
          tile.rowWeights[row] * tile.columnWeights[column]
      }
    }
  }
  #expect(sum.allSatisfy { abs($0 - 1) < 1e-5 })
}
