import Foundation
import Testing

import Supervision

/// A full tile, 8 views, 3 bands: what the documents promise operators.
private let full = SpaceForecast(pixels: 10980 * 10980, bands: 3, views: 8)

@Test func aFullTileNeedsWhatTheManualSays() {
  #expect((15...22).contains(full.scratch >> 30), "\(full.scratch)")
  // Uncompressed image, mask, views and their overviews.
  let rasters = 21960 * 21960 * (3 * 2 + 1 + 1)
  #expect(full.output >= rasters && full.output < 2 * rasters)
}

@Test func theForecastGrowsWithViewsAndPixels() {
  let small = SpaceForecast(pixels: 100, bands: 3, views: 1)
  let more = SpaceForecast(pixels: 100, bands: 3, views: 2)
  let larger = SpaceForecast(pixels: 200, bands: 3, views: 1)
  let inhabited = SpaceForecast(pixels: 100, bands: 3, views: 1, buildings: true)
  // Two classes of 16 bits at each of the four pixels that one becomes.
  #expect(inhabited.scratch == small.scratch + 1600 && inhabited.output > small.output)
  #expect(more.scratch > small.scratch && more.output == small.output)
  #expect(larger.scratch == 2 * small.scratch && abs(larger.output - 2 * small.output) <= 1)
}

@Test func whatIsShortIsNamedWithItsNumbers() throws {
  let forecast = SpaceForecast(pixels: 1 << 20, bands: 3, views: 4)
  let (scratch, output, reserve) = (forecast.scratch, forecast.output, 100 << 20)
  func shortage(_ scratchFree: Int, _ storeFree: Int, isShared: Bool = false) -> String? {
    forecast.shortage(
      scratchFolder: "/scratch", store: "/store", free: (scratchFree, storeFree), isShared: isShared, reserve: reserve)
  }
  #expect(shortage(scratch + reserve, output + reserve) == nil)
  let noScratch = try #require(shortage(scratch + reserve - 1, output + reserve))
  #expect(noScratch.hasPrefix("/scratch: ") && noScratch.contains("100 MiB stay in reserve"))
  let noStore = try #require(shortage(scratch + reserve, output + reserve - 1))
  #expect(noStore.hasPrefix("/store: ") && noStore.contains("make room"))
  // On one file system both have to fit.
  #expect(shortage(scratch + output + reserve, scratch + output + reserve, isShared: true) == nil)
  #expect(shortage(scratch + output + reserve - 1, scratch + output + reserve - 1, isShared: true) != nil)
}

@Test func placesThatCannotBeAskedAreAnError() {
  #expect(throws: (any Error).self) {
    try SpaceForecast(pixels: 1, bands: 3, views: 1).shortage(scratch: "/proc/none", store: "/", reserve: 0)
  }
}
