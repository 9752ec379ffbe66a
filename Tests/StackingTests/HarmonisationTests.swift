import Geometry
import Raster
import Stacking
import TestSupport
import Testing

private let size = RasterSize(rows: 100, columns: 80)

@Test func gainAndOffsetAreFound() throws {
  let folder = try TemporaryFolder()
  let image = WaveScene(finest: 9).image(size)
  var generator = SeededGenerator(2)
  var other = image
  for index in other.pixels.indices {
    other.pixels[index] = image.pixels[index] / 1.2 - 0.03 + 0.001 * generator.normal()
  }
  let anchor = try ViewRaster.make(image, name: "anchor", scratch: folder.path)
  // A bright roof built in between, and a cloud the mask missed.
  for row in 0..<12 {
    for column in 0..<40 { other[0, row, column] = 0.6 }
  }
  let view = try ViewRaster.make(other, name: "view", scratch: folder.path) { row, column in
    column > 60 ? ViewRaster.masked : nil
  }
  let fit = try #require(Harmonisation.fit(view, to: anchor))
  for band in 0..<3 {
    #expect(abs(fit.gain[band] - 1.2) < 0.02)
    // The offset that belongs to the gain: what is left at the mean reflectance of 0.15.
    let left = fit.gain[band] * (0.15 / 1.2 - 0.03) + fit.offset[band] - 0.15
    #expect(abs(left) < 0.001)
  }
}

/// Half of the contrast, as under haze, and much less: the gain ends, and that is told.
@Test(arguments: [(0.8, false), (0.2, true)] as [(Float, Bool)])
func aGainThatEndsIsTold(contrast: Float, isAtLimit: Bool) throws {
  let folder = try TemporaryFolder()
  let image = WaveScene(finest: 9).image(size)
  var hazy = image
  for index in hazy.pixels.indices { hazy.pixels[index] = 0.15 + (image.pixels[index] - 0.15) * contrast }
  let anchor = try ViewRaster.make(image, name: "anchor", scratch: folder.path)
  let view = try ViewRaster.make(hazy, name: "view", scratch: folder.path)
  let fit = try #require(Harmonisation.fit(view, to: anchor))
  #expect(fit.isAtLimit == isAtLimit, "gains \(fit.gain)")
}

/// Too few samples for a line: the difference is taken out all the same.
@Test func fewCommonPixelsGiveAnOffset() throws {
  let folder = try TemporaryFolder()
  let image = WaveScene(finest: 9).image(RasterSize(rows: 24, columns: 24))
  var brighter = image
  for pixel in brighter.pixels.indices { brighter.pixels[pixel] += 0.1 }
  let anchor = try ViewRaster.make(image, name: "a", scratch: folder.path)
  let view = try ViewRaster.make(brighter, name: "b", scratch: folder.path)
  let fit = try #require(Harmonisation.fit(view, to: anchor))
  #expect(fit.gain == [1, 1, 1] && fit.offset.allSatisfy { abs($0 + 0.1) < 1e-3 }, "\(fit)")
}

/// Samples lie on a lattice, which may miss what two views share.
@Test func aNarrowOverlapIsHarmonisedToo() throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 1200, columns: 1500)
  let image = WaveScene(finest: 9).image(size)
  var brighter = image
  for pixel in brighter.pixels.indices { brighter.pixels[pixel] = 1.25 * image.pixels[pixel] + 0.05 }
  let anchor = try ViewRaster.make(image, name: "a", scratch: folder.path) { _, column in
    column < 705 ? nil : ViewRaster.noData
  }
  let view = try ViewRaster.make(brighter, name: "b", scratch: folder.path) { _, column in
    column < 699 ? ViewRaster.noData : nil
  }
  let fit = try #require(Harmonisation.fit(view, to: anchor))
  #expect(fit.gain.allSatisfy { abs($0 - 0.8) < 0.02 } && fit.offset.allSatisfy { abs($0 + 0.04) < 0.005 }, "\(fit)")
}

@Test func withoutCommonPixelsNothingIsKnown() throws {
  let folder = try TemporaryFolder()
  let image = WaveScene().image(size)
  let anchor = try ViewRaster.make(image, name: "a", scratch: folder.path) { row, _ in
    row < 50 ? ViewRaster.masked : nil
  }
  let view = try ViewRaster.make(image, name: "b", scratch: folder.path) { row, _ in row >= 50 ? ViewRaster.masked : nil
  }
  #expect(Harmonisation.fit(view, to: anchor) == nil)
}

/// A sea whose plume has twice the contrast on the other date tells nothing of how bright the land is.
@Test func whatTheSeaTellsHoldsForNoLand() throws {
  let folder = try TemporaryFolder()
  let scene = WaveScene(finest: 9).image(size)
  var (sea, plume) = (scene, scene)
  for index in scene.pixels.indices {
    sea.pixels[index] = 0.035 + 0.1 * (scene.pixels[index] - 0.15)
    plume.pixels[index] = 0.035 + 0.06 * (scene.pixels[index] - 0.15)
  }
  let anchor = try ViewRaster.make(sea, name: "anchor", scratch: folder.path)
  let view = try ViewRaster.make(plume, name: "view", scratch: folder.path)
  let fit = try #require(Harmonisation.fit(view, to: anchor))
  for band in 0..<3 {
    let line = fit.line(band)
    #expect(fit.gain[band] > 1.3, "as far as it was compared")
    #expect(abs(line(0.036) - 0.035 - fit.gain[band] * 0.001) < 0.001)
    #expect(abs(line(0.25) - 0.25) < 0.005 && abs(line(0.02) - 0.02) < 0.005)
  }
}

/// A gain and an offset, and ground that is half of one kind or another: `change` may alter what the view shows.
private func fitted(
  gain: Float, offset: Float, seed: UInt64 = 3, ground: (_ row: Int, _ value: Float) -> Float,
  change: (_ row: Int, _ column: Int, _ value: Float) -> Float = { $2 }
) throws -> Harmonisation {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 200, columns: 160)
  let scene = WaveScene(finest: 9).image(size)
  var generator = SeededGenerator(seed)
  var (anchor, view) = (scene, scene)
  for band in 0..<3 {
    for row in 0..<size.rows {
      for column in 0..<size.columns {
        let truth = ground(row, scene[band, row, column])
        anchor[band, row, column] = truth + 0.0015 * generator.normal()
        let seen = (change(row, column, truth) - offset) / gain
        view[band, row, column] = max(0.0002, seen + 0.0015 * generator.normal())
      }
    }
  }
  return try #require(
    Harmonisation.fit(
      try ViewRaster.make(view, name: "view", scratch: folder.path),
      to: try ViewRaster.make(anchor, name: "anchor", scratch: folder.path)))
}

/// Even ground (salt, snow, water), however much of it there is, does not decide for the other ground that both views
/// show: here three quarters.
@Test(arguments: [0.62, 0.35, 0.02] as [Float], [0.93, 1.08, 1.2] as [Float])
func evenGroundDoesNotDecideForOther(level: Float, gain: Float) throws {
  let fit = try fitted(gain: gain, offset: 0.005) { row, value in row < 50 ? value : level }
  for band in 0..<3 {
    let line = fit.line(band)
    for reflectance in [0.11, 0.15, 0.19] as [Float] {
      let left = line((reflectance - 0.005) / gain) - reflectance
      #expect(abs(left) < 0.004, "off by \(left) at \(reflectance)")
    }
    #expect(abs(line((level - 0.005) / gain) - level) < 0.002)
  }
}

/// A sea that is brighter on one of the dates, as by glint, agrees with itself alone: the land decides.
@Test(arguments: [0.05, 0.08] as [Float])
func aSeaThatChangedDoesNotDecideForTheLand(glint: Float) throws {
  let fit = try fitted(gain: 1, offset: 0) { row, value in
    row < 120 ? 0.06 + 0.02 * (value - 0.15) : value + 0.02
  } change: { row, _, value in
    row < 120 ? value + glint : value
  }
  for band in 0..<3 {
    for reflectance in [0.11, 0.15, 0.2] as [Float] {
      let left = fit.line(band)(reflectance) - reflectance
      #expect(abs(left) < 0.005, "off by \(left) at \(reflectance)")
    }
  }
}

/// Fields that were harvested meanwhile, as many as there may be, and clouds that the mask missed have no say.
@Test(arguments: [0.94, 1, 1.1] as [Float])
func whatChangedHasNoSay(gain: Float) throws {
  let harvested = try fitted(gain: gain, offset: 0.004, ground: { _, value in value }) { row, column, value in
    (row / 20 * 8 + column / 20) * 7 % 20 < 9 ? value + 0.12 : value
  }
  let clouded = try fitted(gain: gain, offset: 0.004, ground: { _, value in value }) { row, _, value in
    row < 70 ? value + Float(row) / 70 * (0.7 - value) : value
  }
  for fit in [harvested, clouded] {
    for band in 0..<3 {
      for reflectance in [0.1, 0.15, 0.2] as [Float] {
        let left = fit.line(band)((reflectance - 0.004) / gain) - reflectance
        #expect(abs(left) < 0.003, "off by \(left) at \(reflectance)")
      }
    }
  }
}

/// What does not go together has no gain, however it is cut: then the difference of the middle is all that is known.
@Test(arguments: [0.05, 0.012] as [Float])
func noGainIsFoundWhereNothingCorrelates(spread: Float) throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 200, columns: 240)
  var generator = SeededGenerator(8)
  // Even within the blocks that are compared.
  func image(_ mean: Float) -> FloatImage {
    var image = FloatImage(bands: 3, size: size)
    for band in 0..<3 {
      for row in stride(from: 0, to: size.rows, by: 4) {
        for column in stride(from: 0, to: size.columns, by: 4) {
          let value = max(0.001, mean + spread * generator.normal())
          for pixel in 0..<16 { image[band, row + pixel / 4, column + pixel % 4] = value }
        }
      }
    }
    return image
  }
  let fit = try #require(
    Harmonisation.fit(
      try ViewRaster.make(image(0.22), name: "view", scratch: folder.path),
      to: try ViewRaster.make(image(0.2), name: "anchor", scratch: folder.path)))
  #expect(fit.gain == [1, 1, 1] && fit.offset.allSatisfy { abs($0 + 0.02) < 0.006 }, "\(fit)")
}

/// A band of a view: how much of the anchor's it shows, and of noise.
private struct ChangedBand: Sendable {
  var gain: Float
  var offset: Float
  var noise: Float = 0
  var isUnlike: Bool
}

private let changedBands: [ChangedBand] = [
  ChangedBand(gain: 0, offset: 0.05, isUnlike: true),
  ChangedBand(gain: 0, offset: 0.15, noise: 0.03, isUnlike: true),
  ChangedBand(gain: 0.35, offset: 0.1, isUnlike: false),
  ChangedBand(gain: 2.6, offset: 0, isUnlike: false),
  ChangedBand(gain: 0.6, offset: 0.05, isUnlike: false),
  ChangedBand(gain: 1.8, offset: 0, isUnlike: false),
]

/// Nothing makes the anchor's colours of a band that is dead; one of another contrast is told from that.
@Test(arguments: changedBands)
private func bandsThatAreDeadAreTold(changed: ChangedBand) throws {
  let folder = try TemporaryFolder()
  let image = WaveScene(finest: 9).image(size)
  var (other, generator) = (image, SeededGenerator(4))
  for row in 0..<size.rows {
    for column in 0..<size.columns {
      for band in [0, 2] { other[band, row, column] += 0.001 * generator.normal() }
      other[1, row, column] =
        changed.gain * image[1, row, column] + changed.offset + changed.noise * generator.normal()
    }
  }
  let anchor = try ViewRaster.make(image, name: "anchor", scratch: folder.path)
  let view = try ViewRaster.make(other, name: "view", scratch: folder.path)
  let fit = try #require(Harmonisation.fit(view, to: anchor))
  #expect(fit.unlikeBand == (changed.isUnlike ? 1 : nil), "\(fit)")
}

/// Even ground says nothing of a band.
@Test func evenGroundIsNotUnlike() throws {
  let folder = try TemporaryFolder()
  var (image, other, generator) = (
    WaveScene(finest: 9).image(size), WaveScene(finest: 9).image(size), SeededGenerator(5)
  )
  for row in 0..<size.rows {
    for column in 0..<size.columns {
      (image[0, row, column], other[0, row, column]) = (
        0.04 + 0.001 * generator.normal(), 0.05 + 0.001 * generator.normal()
      )
    }
  }
  let anchor = try ViewRaster.make(image, name: "anchor", scratch: folder.path)
  let view = try ViewRaster.make(other, name: "view", scratch: folder.path)
  let fit = try #require(Harmonisation.fit(view, to: anchor))
  #expect(fit.unlikeBand == nil && abs(fit.offset[0] + 0.01) < 0.002, "\(fit)")
}
