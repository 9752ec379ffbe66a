import Geometry
import Networks
import Raster
import TestSupport
import Testing

/// Cubic convolution with a = -0.75 from its formula, edges repeated.
private func definition(_ image: FloatImage, _ row: Int, _ column: Int) -> Float {
  func kernel(_ x: Double) -> Double {
    let (t, a) = (abs(x), -0.75)
    if t <= 1 { return (a + 2) * t * t * t - (a + 3) * t * t + 1 }
    return t < 2 ? a * t * t * t - 5 * a * t * t + 8 * a * t - 4 * a : 0
  }
  let (y, x) = ((Double(row) + 0.5) / 2 - 0.5, (Double(column) + 0.5) / 2 - 0.5)
  var sum = 0.0
  for r in Int(y.rounded(.down)) - 1...Int(y.rounded(.down)) + 2 {
    for c in Int(x.rounded(.down)) - 1...Int(x.rounded(.down)) + 2 {
      let value = image[0, min(max(r, 0), image.rows - 1), min(max(c, 0), image.columns - 1)]
      sum += kernel(y - Double(r)) * kernel(x - Double(c)) * Double(value)
    }
  }
  return Float(sum)
}

@Test(arguments: [(1, 1), (2, 5), (9, 4), (7, 13)])
func bicubicEqualsItsDefinition(rows: Int, columns: Int) {
  var generator = SeededGenerator(5)
  let size = RasterSize(rows: rows, columns: columns)
  let image = FloatImage(bands: 1, size: size, pixels: generator.floats(rows * columns))
  let fine = Bicubic.upsample(image)
  #expect(fine.size == size.scaled(by: 2))
  for row in 0..<(2 * rows) {
    for column in 0..<(2 * columns) {
      #expect(abs(fine[0, row, column] - definition(image, row, column)) < 1e-5)
    }
  }
}
