import Foundation
import Geometry
import Raster
import Stacking
import TestSupport
import Testing

private let size = RasterSize(rows: 120, columns: 150)

@Test(arguments: [(0.0, 0.0), (0.37, -0.81), (-1.4, 0.2), (2.6, -3.1)])
func shiftsAreFound(rows: Double, columns: Double) throws {
  let folder = try TemporaryFolder()
  let scene = WaveScene(finest: 5)
  let anchor = try ViewRaster.make(scene.image(size), name: "anchor", scratch: folder.path)
  let image = scene.image(size, shift: Shift(rows: rows, columns: columns))
  let moved = try ViewRaster.make(
    FloatImage(bands: 3, size: size, pixels: image.pixels.map { 0.9 * $0 + 0.02 }), name: "moved", scratch: folder.path)
  let shift = try #require(
    ShiftEstimator.estimate(size: size, fixed: anchor.intensity, moving: moved.intensity).shift)
  #expect(abs(shift.rows - rows) < 0.05 && abs(shift.columns - columns) < 0.05)
}

@Test func cloudsAndNoiseDoNotDisturbTheShift() throws {
  let folder = try TemporaryFolder()
  let scene = WaveScene(finest: 5)
  var generator = SeededGenerator(1)
  func noisy(_ image: FloatImage) -> FloatImage {
    var result = image
    for index in result.pixels.indices { result.pixels[index] += 0.0015 * generator.normal() }
    return result
  }
  let anchor = try ViewRaster.make(noisy(scene.image(size)), name: "anchor", scratch: folder.path) { row, column in
    row < 30 ? ViewRaster.noData : nil
  }
  let moved = try ViewRaster.make(
    noisy(scene.image(size, shift: Shift(rows: 0.5, columns: 0.25))), name: "moved", scratch: folder.path
  ) { row, column in
    (row - 70) * (row - 70) + (column - 60) * (column - 60) < 400 ? ViewRaster.masked : nil
  }
  let shift = try #require(
    ShiftEstimator.estimate(size: size, fixed: anchor.intensity, moving: moved.intensity).shift)
  #expect(abs(shift.rows - 0.5) < 0.08 && abs(shift.columns - 0.25) < 0.08)
}

@Test func nothingClearGivesNoShift() throws {
  let folder = try TemporaryFolder()
  let image = WaveScene().image(size)
  let anchor = try ViewRaster.make(image, name: "anchor", scratch: folder.path)
  let cloudy = try ViewRaster.make(image, name: "cloudy", scratch: folder.path) { _, _ in ViewRaster.masked }
  #expect(ShiftEstimator.estimate(size: size, fixed: anchor.intensity, moving: cloudy.intensity) == .unmeasurable)
  let flat = try ViewRaster.make(
    FloatImage(bands: 3, size: size, repeating: 0.1), name: "flat", scratch: folder.path)
  #expect(ShiftEstimator.estimate(size: size, fixed: flat.intensity, moving: flat.intensity) == .unmeasurable)
}

@Test func anotherPlaceIsNotMistakenForAShift() throws {
  let folder = try TemporaryFolder()
  let anchor = try ViewRaster.make(WaveScene(finest: 5).image(size), name: "anchor", scratch: folder.path)
  let far = WaveScene(finest: 5).image(size, shift: Shift(rows: 30, columns: -17))
  let other = WaveScene(finest: 5, seed: 99).image(size)
  for (name, image) in [("far", far), ("other", other)] {
    let view = try ViewRaster.make(image, name: name, scratch: folder.path)
    #expect(ShiftEstimator.estimate(size: size, fixed: anchor.intensity, moving: view.intensity) == .unmatched)
  }
  // Noise over open water has no contrast: nothing can be said, and the view is not to blame.
  var generator = SeededGenerator(8)
  func water() -> FloatImage {
    FloatImage(
      bands: 3, size: size, pixels: (0..<(3 * size.pixelCount)).map { _ in 0.02 + 0.0015 * generator.normal() })
  }
  let calm = try ViewRaster.make(water(), name: "calm", scratch: folder.path)
  let rough = try ViewRaster.make(water(), name: "rough", scratch: folder.path)
  #expect(ShiftEstimator.estimate(size: size, fixed: calm.intensity, moving: rough.intensity) == .unmeasurable)
}

/// Fields change with the seasons, roads and shores do not: the windows that still look alike decide.
@Test func seasonsDoNotHideTheShift() throws {
  let folder = try TemporaryFolder()
  let large = RasterSize(rows: 300, columns: 300)
  let anchor = try ViewRaster.make(WaveScene(finest: 5).image(large), name: "anchor", scratch: folder.path)
  var image = WaveScene(finest: 5, seed: 77).image(large)
  let same = WaveScene(finest: 5).image(large, shift: Shift(rows: 0.4, columns: 0.7))
  for band in 0..<3 {
    for row in 0..<large.rows {
      for column in 0..<100 { image[band, row, column] = same[band, row, column] }
    }
  }
  let view = try ViewRaster.make(image, name: "view", scratch: folder.path)
  let shift = try #require(
    ShiftEstimator.estimate(size: large, fixed: anchor.intensity, moving: view.intensity).shift)
  #expect(abs(shift.rows - 0.4) < 0.1 && abs(shift.columns - 0.7) < 0.1)
}

/// What looks alike at any shift, or along a line, tells nothing of the shift along it, and is no other place.
@Test(arguments: ["slope", "steep slope", "bowl", "road", "stripes"])
func smoothGroundIsNoOtherPlace(kind: String) throws {
  let folder = try TemporaryFolder()
  var generator = SeededGenerator(31)
  func ground(_ row: Int, _ column: Int) -> Float {
    let (y, x) = (Float(row) / Float(size.rows), Float(column) / Float(size.columns))
    return switch kind {
    case "slope": 0.1 + 0.02 * x + 0.01 * y
    case "steep slope": 0.1 + 0.2 * x
    case "bowl": 0.1 + 0.1 * ((x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5))
    case "road": abs(row - 60 - column / 5) < 2 ? 0.16 : 0.1
    default: 0.1 + (row / 4 % 2 == 0 ? 0.02 : 0)
    }
  }
  func view(_ name: String) throws -> ViewRaster {
    var image = FloatImage(bands: 3, size: size)
    for band in 0..<3 {
      for row in 0..<size.rows {
        for column in 0..<size.columns {
          image[band, row, column] = ground(row, column) + 0.0015 * generator.normal()
        }
      }
    }
    return try ViewRaster.make(image, name: name, scratch: folder.path)
  }
  let fixed = try view("fixed")
  for number in 0..<4 {
    let moving = try view("moving\(number)")
    switch ShiftEstimator.estimate(size: size, fixed: fixed.intensity, moving: moving.intensity) {
    case .unmatched: Issue.record("taken for another place")
    case .unmeasurable: break
    case .found(let shift): #expect(shift.length <= 1, "\(shift)")
    }
  }
}

/// Ground that shows in the anchor does not lose its contrast: a cloud that the mask missed lies over it.
@Test func anEvenViewOfGroundWithContrastDoesNotMatch() throws {
  let folder = try TemporaryFolder()
  let ground = try ViewRaster.make(WaveScene(finest: 5).image(size), name: "ground", scratch: folder.path)
  var generator = SeededGenerator(5)
  let cloud = FloatImage(
    bands: 3, size: size, pixels: (0..<(3 * size.pixelCount)).map { _ in 0.5 + 0.001 * generator.normal() })
  let stratus = try ViewRaster.make(cloud, name: "stratus", scratch: folder.path)
  #expect(ShiftEstimator.estimate(size: size, fixed: ground.intensity, moving: stratus.intensity) == .unmatched)
  // Whoever is followed is not to blame a view for what it does not show itself.
  #expect(ShiftEstimator.estimate(size: size, fixed: stratus.intensity, moving: ground.intensity) == .unmeasurable)
}

/// Fields that were harvested meanwhile make two images of one place unlike as a whole; what stands between and on them
/// tells where they lie.
@Test(arguments: [(0.3, -0.4), (-0.7, 0.5)])
func harvestedFieldsDoNotHideTheShift(rows: Double, columns: Double) throws {
  let folder = try TemporaryFolder()
  let scene = WaveScene(finest: 5)
  let size = RasterSize(rows: 192, columns: 192)
  /// The middle of a pixel lies in a field: 24 pixels a side, two in five of them.
  func isField(_ row: Double, _ column: Double) -> Bool {
    (Int((row + 480) / 24) * 3 + Int((column + 480) / 24)) % 5 < 2
  }
  /// Roads every 17 rows and 23 columns.
  func road(_ place: Double, _ period: Double) -> Float {
    let off = (place + 8).truncatingRemainder(dividingBy: period) - 8
    return Float(0.1 * exp(-off * off / 3))
  }
  func image(_ shift: Shift, fields: Float) -> FloatImage {
    var image = scene.image(size, shift: shift)
    for band in 0..<3 {
      for row in 0..<size.rows {
        for column in 0..<size.columns {
          let (y, x) = (Double(row) - shift.rows, Double(column) - shift.columns)
          image[band, row, column] += road(y, 17) + road(x, 23) + (isField(y, x) ? fields : 0)
        }
      }
    }
    return image
  }
  let green = image(Shift(rows: 0, columns: 0), fields: 0)
  let harvested = image(Shift(rows: rows, columns: columns), fields: 0.22)
  let fixed = try ViewRaster.make(green, name: "green", scratch: folder.path)
  let moving = try ViewRaster.make(harvested, name: "harvested", scratch: folder.path)
  let estimate = ShiftEstimator.estimate(size: size, fixed: fixed.intensity, moving: moving.intensity)
  let shift = try #require(estimate.shift, "\(estimate)")
  #expect(abs(shift.rows - rows) < 0.15 && abs(shift.columns - columns) < 0.15, "\(shift)")
}

/// Ground that shines through a cloud which the mask missed is no view of it, though its detail is there.
@Test func groundSeenThroughCloudDoesNotMatch() throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 200, columns: 200)
  let ground = WaveScene(finest: 5).image(size)
  // Of waves as long as fields are wide.
  let cloud = WaveScene(finest: 20, seed: 31).image(size)
  var veiled = ground
  for index in veiled.pixels.indices {
    veiled.pixels[index] = 0.18 * ground.pixels[index] + 0.45 + 0.8 * (cloud.pixels[index] - 0.15)
  }
  let fixed = try ViewRaster.make(ground, name: "ground", scratch: folder.path)
  let moving = try ViewRaster.make(veiled, name: "veiled", scratch: folder.path)
  #expect(ShiftEstimator.estimate(size: size, fixed: fixed.intensity, moving: moving.intensity) == .unmatched)
}

/// Windows are where both views show something, wherever that is.
@Test func windowsAreFoundInANarrowOverlap() throws {
  let folder = try TemporaryFolder()
  let large = RasterSize(rows: 700, columns: 900)
  let image = WaveScene(finest: 9).image(large)
  let left = try ViewRaster.make(image, name: "left", scratch: folder.path) { _, column in
    column < 560 ? nil : ViewRaster.noData
  }
  let right = try ViewRaster.make(image, name: "right", scratch: folder.path) { row, column in
    column < 440 || row < 200 ? ViewRaster.masked : nil
  }
  let windows = ShiftEstimator.windows(sharedBy: left, right)
  #expect((3...16).contains(windows.count), "\(windows)")
  for window in windows {
    #expect(window.column >= 432 && window.endColumn <= 576 && window.row >= 192 && window.endRow <= 700)
  }
  #expect(Set(windows.map(\.row)).count > 2, "spread over what they share")
  let nothing = try ViewRaster.make(image, name: "nothing", scratch: folder.path) { _, _ in ViewRaster.masked }
  #expect(ShiftEstimator.windows(sharedBy: left, nothing).isEmpty)
}
