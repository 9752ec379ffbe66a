import Geometry
import Raster
import Stacking
import TestSupport
import Testing

private let size = RasterSize(rows: 40, columns: 30)

private func flat(_ value: Float) -> FloatImage { FloatImage(bands: 3, size: size, repeating: value) }

private func frame(_ views: [ViewRaster], _ folder: TemporaryFolder, harmonisations: [Harmonisation]? = nil) throws
  -> ReferenceFrame
{
  try ViewStack.make(views, harmonisations: harmonisations, scratch: folder.path).reference
}

@Test func takesTheAnchorThenTheMedianOfClearViews() throws {
  let folder = try TemporaryFolder()
  let anchor = try ViewRaster.make(flat(0.2), name: "0", scratch: folder.path) { row, column in
    row < 10 ? ViewRaster.masked : row < 12 ? ViewRaster.noData : nil
  }
  let views =
    [anchor]
    + (try [Float(0.2), 0.8, 1.4].enumerated().map { index, value in
      try ViewRaster.make(flat(value), name: "\(index + 1)", scratch: folder.path) { row, column in
        row < 4 || (index == 2 && row < 8) ? ViewRaster.masked : nil
      }
    })
  let reference = try frame(views, folder)
  let image = reference.reflectance(size.window)
  #expect(image[0, 20, 5] == 0.2 && reference.isAnchorClear(row: 20, column: 5))
  #expect(reference.clearViews(row: 20, column: 5) == 4)
  // Three clear views: the middle one; two: their mean; so far from each other that nothing is evened out.
  #expect(image[1, 9, 0] == 0.8 && reference.clearViews(row: 9, column: 0) == 3)
  #expect(abs(image[1, 6, 0] - 0.5) < 1e-6 && reference.clearViews(row: 6, column: 0) == 2)
  #expect(!reference.isAnchorClear(row: 11, column: 0))
  // No clear view: the surroundings, continued, and nothing of what was masked.
  #expect(reference.clearViews(row: 2, column: 3) == 0)
  #expect(abs(image[2, 2, 3] - 0.5) < 1e-5)
}

/// Where another view's cloud begins inside a hole the filling does not step, though the views differ.
@Test func theFillingDoesNotStepWhereOtherViewsBegin() throws {
  let folder = try TemporaryFolder()
  let anchor = try ViewRaster.make(flat(0.2), name: "0", scratch: folder.path) { _, _ in ViewRaster.masked }
  let scene = WaveScene(finest: 12).image(size)
  let views = try [Float(0), 0.06].enumerated().map { index, brighter in
    var image = scene
    for pixel in image.pixels.indices { image.pixels[pixel] += brighter }
    return try ViewRaster.make(image, name: "\(index + 1)", scratch: folder.path) { _, column in
      index == 1 && column < 15 ? ViewRaster.masked : nil
    }
  }
  let image = try frame([anchor] + views, folder).reflectance(size.window)
  for row in 0..<size.rows {
    let (own, step) = (scene[0, row, 15] - scene[0, row, 14], image[0, row, 15] - image[0, row, 14])
    #expect(abs(step - own) < 0.008, "row \(row): \(step), of the ground \(own)")
    // Far from there each is what its views show.
    #expect(
      abs(image[0, row, 0] - scene[0, row, 0]) < 0.002 && abs(image[0, row, 29] - scene[0, row, 29] - 0.03) < 0.002)
  }
}

/// A line that takes haze off a view makes ground negative where there was none: what fills the anchor is as dark as the
/// anchor's darkest ground, or as the view is as it is, if that is darker.
@Test func theFillingIsNoDarkerThanGroundIs() throws {
  let folder = try TemporaryFolder()
  let half = try ViewRaster.make(flat(0.05), name: "half", scratch: folder.path) { row, _ in
    row < 30 ? ViewRaster.masked : nil
  }
  #expect(half.darkest(0.005, in: [size.window]) == [0.05, 0.05, 0.05])
  #expect(half.darkest(0.005, in: [PixelWindow(row: 0, column: 0, rows: 20, columns: 30)]) == nil)
  let anchor = try ViewRaster.make(flat(0.05), name: "0", scratch: folder.path) { _, _ in ViewRaster.masked }
  var image = flat(0.03)
  for row in 0..<8 { for column in 0..<30 { for band in 0..<3 { image[band, row, column] = 0.01 } } }
  let view = try ViewRaster.make(image, name: "1", scratch: folder.path)
  let stack = try ViewStack(
    [anchor, view].map { LoadedView($0) },
    harmonisations: [.identity(bands: 3), Harmonisation(gain: [1, 1, 1], offset: [-0.05, 0, 0.1])],
    filling: [0.1, 0.1, 0.1], darkestFilling: [0.02, 0.02, 0.02], scratch: folder.path)
  try stack.require()
  let filled = stack.reference.reflectance(size.window)
  #expect([0, 1, 2].map { filled[$0, 12, 12] } == [0.02, 0.03, 0.13], "bright enough")
  #expect([0, 1, 2].map { filled[$0, 2, 12] } == [0.01, 0.01, 0.11], "as dark as the view is")
}

/// What fills the anchor is brought to its place: no seam, whatever the rows are cut into.
@Test(arguments: [Shift(rows: 0, columns: 1.4), Shift(rows: -1.2, columns: 0.5), Shift(rows: 0.04, columns: 0.03)])
func whatFillsTheAnchorLiesWhereItDoes(shift: Shift) throws {
  let folder = try TemporaryFolder()
  let scene = WaveScene(finest: 12)
  let anchor = try ViewRaster.make(scene.image(size), name: "0", scratch: folder.path) { _, column in
    column < 15 ? ViewRaster.masked : nil
  }
  let other = try ViewRaster.make(scene.image(size, shift: shift), name: "1", scratch: folder.path)
  let stack = try ViewStack(
    [anchor, other].map { LoadedView($0) }, harmonisations: [.identity(bands: 3), .identity(bands: 3)],
    shifts: [Shift(rows: 0, columns: 0), shift], filling: [0.1, 0.1, 0.1], scratch: folder.path, leastStrip: 16)
  try stack.require()
  let (frame, truth) = (stack.reference.reflectance(size.window), scene.image(size))
  var (worst, unshifted): (Float, Float) = (0, 0)
  for row in 3..<(size.rows - 3) {
    for column in 3..<15 {
      worst = max(worst, abs(frame[0, row, column] - truth[0, row, column]))
      unshifted = max(unshifted, abs(scene.image(size, shift: shift)[0, row, column] - truth[0, row, column]))
    }
  }
  #expect(worst < 0.01, "\(worst), \(unshifted) where nothing is shifted")
}

@Test func harmonisesWhatFillsTheAnchor() throws {
  let folder = try TemporaryFolder()
  let anchor = try ViewRaster.make(flat(0.2), name: "0", scratch: folder.path) { row, _ in
    // Far from the border, where the anchor's own colours do not reach.
    row < 30 ? ViewRaster.masked : nil
  }
  let other = try ViewRaster.make(flat(0.3), name: "1", scratch: folder.path)
  let harmonisation = Harmonisation(gain: [0.5, 1, 1], offset: [0.05, -0.1, 0])
  let reference = try frame([anchor, other], folder, harmonisations: [.identity(bands: 3), harmonisation])
  let image = reference.reflectance(size.window)
  #expect(abs(image[0, 0, 0] - 0.2) < 1e-6 && abs(image[1, 0, 0] - 0.2) < 1e-6 && abs(image[2, 0, 0] - 0.3) < 1e-6)
}

@Test func aStackShowsHarmonisedViewsAndHidesMaskedPixels() throws {
  let folder = try TemporaryFolder()
  let anchor = try ViewRaster.make(flat(0.2), name: "0", scratch: folder.path)
  let other = try ViewRaster.make(flat(0.3), name: "1", scratch: folder.path) { row, column in
    column == 7 ? ViewRaster.masked : nil
  }
  let harmonisations = [Harmonisation.identity(bands: 3), Harmonisation(gain: [1, 1, 1], offset: [-0.05, 0, 0])]
  let stack = try ViewStack.make([anchor, other], harmonisations: harmonisations, scratch: folder.path)
  let image = stack.reflectance(ofView: 1, PixelWindow(row: 3, column: 5, rows: 2, columns: 4))
  #expect(abs(image[0, 0, 0] - 0.25) < 1e-6 && abs(image[0, 1, 2] - 0.2) < 1e-6 && abs(image[1, 0, 3] - 0.3) < 1e-6)
}

@Test func swathEdgesAreTrimmed() throws {
  let folder = try TemporaryFolder()
  let view = try ViewRaster.make(flat(0.2), name: "0", scratch: folder.path) { row, column in
    row + column < 10 ? ViewRaster.noData : nil
  }
  view.trimSwathEdge(margin: 2)
  let counts = view.counts(band: 2)
  for row in 0..<size.rows {
    for column in 0..<size.columns {
      let isNear = (row - 2...row + 2).contains { r in
        (column - 2...column + 2).contains { c in r >= 0 && c >= 0 && r + c < 10 }
      }
      #expect((counts[row * size.columns + column] <= ViewRaster.edge) == isNear)
    }
  }
}

/// Haze over a part of the anchor, glint on its sea: one gain and offset do not fit all places. A hole is filled at the
/// colours that the anchor has around it; the middle of a large one, far from all that is known, as the others are.
@Test func whatFillsTheAnchorHasItsColoursThere() throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 160, columns: 200)
  let truth = WaveScene(finest: 6).image(size)
  /// Reflectance that haze adds.
  func haze(_ row: Int, _ column: Int) -> Float { column < 100 ? 0 : 0.05 * Float(column - 100) / 100 }
  func isHole(_ row: Int, _ column: Int) -> Bool {
    (30..<50).contains(row) && (20..<40).contains(column) || (90..<110).contains(row) && (150..<170).contains(column)
  }
  var hazy = truth
  for band in 0..<3 {
    for row in 0..<size.rows { for column in 0..<size.columns { hazy[band, row, column] += haze(row, column) } }
  }
  let anchor = try ViewRaster.make(hazy, name: "0", scratch: folder.path) { isHole($0, $1) ? ViewRaster.masked : nil }
  let other = try ViewRaster.make(truth, name: "1", scratch: folder.path)
  let image = try frame([anchor, other], folder).reflectance(size.window)
  for (rows, columns) in [(30..<50, 20..<40), (90..<110, 150..<170)] {
    for row in rows {
      for column in columns {
        let left = image[0, row, column] - hazy[0, row, column]
        #expect(abs(left) < 0.006, "\(left) at \(row), \(column)")
      }
    }
  }
}

/// Ground that is another one beside a hole, as a roof or a cloud that the mask missed, does not colour it; nor does what lies
/// far away.
@Test func otherGroundDoesNotColourAHole() throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 160, columns: 160)
  let flat = FloatImage(bands: 3, size: size, repeating: 0.1)
  var changed = flat
  for band in 0..<3 {
    for row in 0..<size.rows {
      for column in 0..<size.columns {
        // A cloud's rim around the hole, a field on one side, haze far away.
        let distance = max(abs(row - 80), abs(column - 80))
        if (17..<19).contains(distance) { changed[band, row, column] = 0.16 }
        if column < 56 { changed[band, row, column] = 0.3 }
        if row > 150 { changed[band, row, column] = 0.15 }
      }
    }
  }
  let anchor = try ViewRaster.make(changed, name: "0", scratch: folder.path) { row, column in
    max(abs(row - 80), abs(column - 80)) < 17 ? ViewRaster.masked : nil
  }
  let other = try ViewRaster.make(flat, name: "1", scratch: folder.path)
  let image = try frame([anchor, other], folder).reflectance(size.window)
  for row in 64..<97 {
    for column in 64..<97 {
      #expect(abs(image[1, row, column] - 0.1) < 0.008, "\(image[1, row, column]) at \(row), \(column)")
    }
  }
}

/// At the border the frame goes on as it is outside, and what is farther in is the other views'.
@Test func thereIsNoStepAtTheBorderOfAHole() throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 90, columns: 100)
  let scene = WaveScene(finest: 6).image(size)
  // Too fine for cells of 40 m: waves with a mean of nothing, others in each band.
  let difference = WaveScene(finest: 7, seed: 3).image(size)
  let mean = difference.pixels.reduce(0, +) / Float(difference.pixels.count)
  let changed = FloatImage(
    bands: 3, size: size, pixels: zip(scene.pixels, difference.pixels).map { $0 + 0.6 * ($1 - mean) })
  func isHole(_ row: Int, _ column: Int) -> Bool { abs(row - 45) < 25 && abs(column - 50) < 30 }
  let anchor = try ViewRaster.make(changed, name: "0", scratch: folder.path) {
    isHole($0, $1) ? ViewRaster.masked : nil
  }
  let other = try ViewRaster.make(scene, name: "1", scratch: folder.path)
  let image = try frame([anchor, other], folder).reflectance(size.window)
  var (step, stepBefore): (Float, Float) = (0, 0)
  for column in 25..<75 {
    step += abs(image[0, 69, column] - changed[0, 69, column]) / 50
    stepBefore += abs(scene[0, 69, column] - changed[0, 69, column]) / 50
  }
  #expect(stepBefore > 0.005 && step < 0.5 * stepBefore, "\(step) of \(stepBefore)")
  // Twenty pixels in nothing of it is left.
  for column in 45..<55 { #expect(abs(image[0, 45, column] - scene[0, 45, column]) < 0.002) }
}

/// A border that is brighter in every band, as the rim of a cloud that the mask misses, brightens nothing; a darker one, as
/// its shadow's, darkens nothing.
@Test(arguments: [Float(-0.06), 0.03, 0.09, 0.3])
func aRimThatTheMaskMissesIsNotCarriedIntoAHole(brighter: Float) throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 80, columns: 80)
  let flat = FloatImage(bands: 3, size: size, repeating: 0.1)
  var changed = flat
  for (band, more) in [brighter, brighter + 0.005, brighter + 0.005].enumerated() {
    for row in 0..<80 {
      for column in 0..<80 where (15..<17).contains(max(abs(row - 40), abs(column - 40))) {
        changed[band, row, column] += more
      }
    }
  }
  let anchor = try ViewRaster.make(changed, name: "0", scratch: folder.path) { row, column in
    max(abs(row - 40), abs(column - 40)) < 15 ? ViewRaster.masked : nil
  }
  let image = try frame(
    [anchor, try ViewRaster.make(flat, name: "1", scratch: folder.path)], folder
  ).reflectance(size.window)
  for row in 26..<55 {
    for column in 26..<55 { #expect(abs(image[0, row, column] - 0.1) < 0.008) }
  }
}
