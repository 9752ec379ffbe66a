import Foundation
import Geometry
import Product
import Raster
import Testing

@Test(arguments: ["31TCJ", "T31TCJ", "T01WCP", "60XWV"])
func readsTiles(text: String) throws {
  let tile = try #require(MGRSTile(text))
  #expect(tile.name == (text.count == 6 ? String(text.dropFirst()) : text))
}

@Test(arguments: [
  "+1TCJ", "-1TCJ", "", "31TC", "3TCJ", "61TCJ", "00TCJ", "31ICJ", "31TOJ", "31TCW", "31tcj", "TT1TCJ", "31TCJX",
])
func refusesOtherTiles(text: String) { #expect(MGRSTile(text) == nil) }

@Test func readsProductNames() throws {
  let text = "S2B_MSIL2A_20210122T133229_N0214_R081_T22HBD_20210122T155500"
  for suffix in ["", ".SAFE", ".zip", ".SAFE.zip"] {
    let name = try #require(ProductName(text + suffix))
    #expect(name.mission == "S2B" && name.level == "L2A" && name.tile.name == "22HBD")
    #expect(name.baseline == ProcessingBaseline(2, 14) && name.relativeOrbit == 81 && name.stem == text)
    #expect(UTCTime.compact(name.datatakeStart) == "20210122T133229")
  }
}

@Test(arguments: [
  "S2B_MSIL2A_20210122T133229_N0214_R081_T22HBD", "S3B_MSIL2A_20210122T133229_N0214_R081_T22HBD_20210122T155500",
  "S2B_MSIL2A_20211322T133229_N0214_R081_T22HBD_20210122T155500",
  "S2B_MSIL2A_20210122T133229_N0214_R999_T22HBD_20210122T155500", "../S2B", "",
  "S2B_MSIL2A_20210122T133229_N0214_R+12_T22HBD_20210122T155500",
  "S2B_MSIL2A_20210122T133229_N0214_R081_T+2HBD_20210122T155500",
])
func refusesOtherNames(text: String) { #expect(ProductName(text) == nil) }

/// Pictures are made of any numbers: one value however large, none at all, infinities.
@Test(
  arguments: [
    [-1e10, -1e10], [1e30, 1e30], [0.1, .infinity], [-.infinity, .nan],
    [-.greatestFiniteMagnitude, .greatestFiniteMagnitude],
    [],
  ] as [[Float]])
func anyNumbersCanBeShown(values: [Float]) {
  let stretch = DisplayStretch(values)
  #expect(stretch.low < stretch.high)
  #expect(stretch.byte(-.infinity) == 0 && stretch.byte(.infinity) == 255 && stretch.byte(.nan) == 0)
}

@Test func ordersBaselines() throws {
  let order = ["02.14", "04.00", "05.00", "05.09", "05.10", "05.11"]
  let baselines = try order.map { try #require(ProcessingBaseline($0)) }
  #expect(baselines == baselines.sorted())
  #expect(baselines.map(\.description) == order)
  #expect(ProcessingBaseline(digits: "9999")?.isOfficial == false)
  #expect(ProcessingBaseline("5.11") == nil)
  #expect(ProcessingBaseline("+5.11") == nil)
  #expect(ProcessingBaseline(digits: "+511") == nil)
}

@Test(arguments: ["2023-06-25T23:47:55.578Z", "2023-06-25T23:47:55.578000Z", "2023-06-25T23:47:55Z"])
func readsTimes(text: String) throws {
  let date = try #require(UTCTime.parse(text))
  #expect(UTCTime.compact(date) == "20230625T234755")
  #expect(UTCTime.day(date) == "2023-06-25")
}

@Test func pointSpreadHasTheStatedTransfer() {
  let spread = PointSpread.sentinel2()
  #expect(abs(spread.sigma - 0.98785) < 1e-4)
  let (first, weights) = spread.centredWeights
  #expect(first == -3 && weights.count == 8)
  #expect(abs(weights.reduce(0, +) - 1) < 1e-6)
  // Modulation transfer of the taps at the low-resolution Nyquist frequency, 0.25 cycles a fine pixel.
  let transfer = weights.enumerated().reduce(0.0) {
    $0 + Double($1.element) * cos(2 * .pi * 0.25 * (Double(first + $1.offset) - 0.5))
  }
  #expect(abs(transfer - 0.3) < 0.005)
}

@Test func windowsExpandWithinTheRaster() {
  let raster = RasterSize(rows: 10, columns: 20)
  let window = PixelWindow(row: 2, column: 3, rows: 4, columns: 5)
  #expect(window.expanded(by: 3, within: raster) == PixelWindow(row: 0, column: 0, rows: 9, columns: 11))
  #expect(window.scaled(by: 2) == PixelWindow(row: 4, column: 6, rows: 8, columns: 10))
  #expect(raster.window.intersection(PixelWindow(row: 8, column: 18, rows: 5, columns: 5))?.pixelCount == 4)
  #expect(raster.window.intersection(PixelWindow(row: 10, column: 0, rows: 5, columns: 5)) == nil)
}

@Test func certificateKnowsItsLimits() {
  func certificate(rmse: Double, bias: Double, block: Double) -> Certificate {
    Certificate(
      consistency: "sensor",
      bands: [.init(name: "B04", rmse: rmse, bias: bias, blockMeanRMSE: block, boxRMSE: 1, boxBias: 1)],
      spectralAngleDegrees: 0, shiftRows: nil, shiftColumns: nil, comparedPixels: 1, clampedSamples: 0,
      fallbackFraction: 0, emptyFraction: 0)
  }
  #expect(certificate(rmse: 0.002, bias: -0.0001, block: 0.0005).isWithinLimits)
  #expect(!certificate(rmse: 0.0021, bias: 0, block: 0).isWithinLimits)
  #expect(!certificate(rmse: 0, bias: -0.00011, block: 0).isWithinLimits)
  #expect(!certificate(rmse: 0, bias: 0, block: 0.0006).isWithinLimits)
}

@Test func certificateKnowsAnAnchorThatIsTooBright() {
  func certificate(_ biases: [Double]) -> Certificate {
    Certificate(
      consistency: "sensor",
      bands: [.init(name: "B04", rmse: 0.001, bias: 0, blockMeanRMSE: 0, boxRMSE: 1, boxBias: 1)],
      spectralAngleDegrees: 0, shiftRows: nil, shiftColumns: nil, comparedPixels: 1, clampedSamples: 0,
      fallbackFraction: 0, emptyFraction: 0,
      others: .init(
        bands: biases.map { .init(name: "B04", rmse: 0.01, bias: 0, unharmonisedBias: $0) }, comparedPixels: 1))
  }
  #expect(certificate([-0.1004, -0.12, -0.3]).anchorBrighterBy == 0.1004)
  #expect(certificate([-0.1, -0.12, -0.04]).anchorBrighterBy == nil)
  #expect(certificate([0.1, 0.12, 0.14]).anchorBrighterBy == nil)
}

@Test func timesThatDoNotExistAreNone() {
  for text in ["10:60:00Z", "10:26:99Z", "24:00:00Z", "10:60:00.024Z"] {
    #expect(UTCTime.parse("2024-05-03T\(text)") == nil, "\(text)")
  }
  for text in ["10:59:59.9999Z", "23:59:59.9996Z", "00:00:00.0004Z", "00:00:00Z", "10:50:31.024Z"] {
    #expect(UTCTime.parse("2024-05-03T\(text)") != nil, "\(text)")
  }
}

@Test func daysThatDoNotExistAreNone() {
  for text in ["2024-02-30T00:00:00Z", "2023-02-29T10:00:00.024Z", "2024-13-01T00:00:00Z", "2024-04-31T00:00:00Z"] {
    #expect(UTCTime.parse(text) == nil, "\(text)")
  }
  #expect(UTCTime.parse("2024-02-29T23:59:59.999Z") != nil)
}

@Test func windowsHaveNames() throws {
  let name = try #require(WindowName("31TCJ-20240503-60d"))
  #expect(name.tile.name == "31TCJ" && name.days == 60 && "\(name)" == "31TCJ-20240503-60d")
  #expect(UTCTime.seconds(name.start) == "2024-05-03T00:00:00Z" && UTCTime.seconds(name.end) == "2024-07-02T23:59:59Z")
  for text in [
    "", "g1", "31TCJ-20240503", "31TCJ-20240231-60d", "31TCJ-20240503-0d", "31TCJ-20240503-60", "X-20240503-60d",
  ] {
    #expect(WindowName(text) == nil, "\(text)")
  }
  #expect(WindowName("31TCJ-20240503-\(Int.max)d")?.end != nil)
}

@Test func untrustedTextMovesNoCursor() {
  #expect("a\u{1b}[31mRED\u{7}\nb\u{202e}".printable() == "a?[31mRED??b?")
  #expect("abcdef".printable(limit: 3) == "abc...")
}
