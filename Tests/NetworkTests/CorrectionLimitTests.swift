import Geometry
import Networks
import Raster
import TestSupport
import Testing

private func rootMeanSquare(_ values: some Sequence<Float>) -> Float {
  let squares = values.map { $0 * $0 }
  return (squares.reduce(0, +) / Float(squares.count)).squareRoot()
}

/// Surfaces brighter than those the network learnt from, with the sensor's noise: it adds next to nothing to what is
/// there. Without the limit it prints a pattern of 0.01 to 0.05 onto them.
@Test(arguments: [1, 2, 8], [Float(0.3), 0.6])
func brightFlatSurfacesStayFlat(views: Int, reflectance: Float) throws {
  let model = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json")
  let size = RasterSize(rows: 48, columns: 44)
  var generator = SeededGenerator(5)
  let stack = (0..<views).map { _ in
    FloatImage(
      bands: 3, size: size,
      // Uniform, with a standard deviation of 0.0015.
      pixels: generator.floats(3 * size.pixelCount).map { reflectance + 0.0026 * $0 })
  }
  let output = model.superResolve(views: stack, reference: stack[0])
  let bicubic = Bicubic.upsample(stack[0])
  let added = rootMeanSquare(zip(output.pixels, bicubic.pixels).map { $0 - $1 })
  #expect(added < 0.0034, "\(added)")
}

/// What lies within the limit is left alone to the last bit; what lies beyond is made smaller, and keeps its shape.
@Test func theLimitIsThatOfTheNeighbourhood() {
  let size = RasterSize(rows: 20, columns: 24)
  var reference = FloatImage(bands: 1, size: size, repeating: 0.4)
  // Contrast on the right: its standard deviation is 0.05.
  for row in 0..<20 { for column in 12..<24 { reference[0, row, column] += (row + column) % 2 == 0 ? 0.05 : -0.05 } }
  var correction = FloatImage(bands: 1, size: size.scaled(by: 2))
  for row in 0..<40 { for column in 0..<48 { correction[0, row, column] = (row + column) % 2 == 0 ? 0.02 : -0.02 } }
  var limited = correction
  CorrectionLimit.apply(to: &limited, reference: reference, around: size.window)
  for row in 0..<40 {
    for column in 0..<48 {
      let share = limited[0, row, column] / correction[0, row, column]
      if column >= 2 * 14 {
        #expect(share == 1)
      } else if column < 2 * 10 {
        #expect(abs(share - 1.5 * 0.0015 / 0.02) < 1e-3, "\(share) at \(row), \(column)")
      }
    }
  }
}

/// A part is limited as the whole is, if what the limit looks at lies around it.
@Test func aPartIsLimitedAsTheWholeIs() throws {
  let model = try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json")
  let size = RasterSize(rows: 70, columns: 66)
  var generator = SeededGenerator(6)
  let stack = (0..<2).map { _ in
    FloatImage(bands: 3, size: size, pixels: generator.floats(3 * size.pixelCount).map { 0.4 + 0.01 * $0 })
  }
  let whole = model.superResolve(views: stack, reference: stack[0])
  for window in [
    PixelWindow(row: 0, column: 0, rows: 20, columns: 66), PixelWindow(row: 30, column: 30, rows: 4, columns: 5),
  ] {
    let computed = window.expanded(by: model.card.halo(views: 2), within: size)
    let part = model.superResolve(
      views: stack.map { $0.cropped(to: computed) }, reference: stack[0].cropped(to: computed),
      keeping: PixelWindow(
        row: window.row - computed.row, column: window.column - computed.column, rows: window.rows,
        columns: window.columns))
    let isSame = zip(part.pixels, whole.cropped(to: window.scaled(by: 2)).pixels).allSatisfy { abs($0 - $1) < 1e-5 }
    #expect(isSame, "\(window)")
  }
}
