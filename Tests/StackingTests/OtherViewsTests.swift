import Geometry
import Raster
import Stacking
import TestSupport
import Testing

private let size = RasterSize(rows: 41, columns: 50)

/// What the views show where the anchor is clear, too, against sums over every pixel of the lattice.
@Test func otherViewsAreComparedWithTheAnchorWhereBothAreClear() throws {
  let folder = try TemporaryFolder()
  let scene = WaveScene(finest: 5).image(size)
  func changed(_ gain: Float, _ offset: Float) -> FloatImage {
    FloatImage(bands: 3, size: size, pixels: scene.pixels.map { gain * $0 + offset })
  }
  let anchor = try ViewRaster.make(scene, name: "0", scratch: folder.path) { row, _ in row < 8 ? ViewRaster.masked : nil
  }
  let images = [changed(1, 0.05), changed(0.5, 0.02), changed(1, -0.01)]
  let clear: (_ view: Int, _ column: Int) -> Bool = { view, column in column >= 10 && (view != 2 || column >= 30) }
  let views = try images.enumerated().map { index, image in
    try ViewRaster.make(image, name: "\(index + 1)", scratch: folder.path) { _, column in
      clear(index, column) ? nil : ViewRaster.noData
    }
  }
  let lines = [
    Harmonisation.identity(bands: 3), Harmonisation(gain: [1, 1, 1], offset: [-0.05, -0.05, -0.05]),
    Harmonisation(gain: [2, 2, 2], offset: [-0.04, -0.04, -0.05]),
    Harmonisation(gain: [1, 1, 1], offset: [0.02, 0.02, 0.02]),
  ]
  let stack = try ViewStack.make([anchor] + views, harmonisations: lines, scratch: folder.path)
  var sums = OthersAgainstAnchor(bands: 3)
  // However it is cut.
  for rows in [0..<13, 13..<30, 30..<41] {
    sums.add(
      stack.reference.othersAgainstAnchor(
        PixelWindow(row: rows.lowerBound, column: 0, rows: rows.count, columns: size.columns)))
  }
  func median(_ values: [Float]) -> Float {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
  var (pixels, difference, squared, raw) = (0, 0.0, 0.0, 0.0)
  for row in stride(from: 8, to: size.rows, by: 4) {
    for column in stride(from: 12, to: size.columns, by: 4) {
      let shown = images.indices.filter { clear($0, column) }
      let asTheyAre = shown.map { images[$0][2, row, column] }
      let harmonised = zip(shown, asTheyAre).map { lines[$0 + 1].gain[2] * $1 + lines[$0 + 1].offset[2] }
      let off = Double(median(harmonised) - scene[2, row, column])
      pixels += 1
      difference += off
      squared += off * off
      raw += Double(median(asTheyAre) - scene[2, row, column])
    }
  }
  let n = Double(pixels)
  #expect(sums.comparedPixels == pixels && pixels == 9 * 10)
  let blue = sums.figures[2]
  #expect(abs(blue.bias - difference / n) < 1e-4 && abs(blue.rmse - (squared / n).squareRoot()) < 1e-4)
  #expect(abs(blue.asTheyAre - raw / n) < 1e-4 && abs(raw / n) > 0.001)
  #expect(blue.rmse > 0.002)
  let alone = try TemporaryFolder()
  let none = try ViewStack.make([anchor], scratch: alone.path).reference.othersAgainstAnchor(size.window)
  #expect(none.comparedPixels == 0)
}
