import GDALAdapter
import Geometry

/// Small images as products hold them, encoded once.
enum SampleImages {
  static let size = RasterSize(rows: 120, columns: 120)

  /// 15-bit counts around 2000 with texture; 0 in the first row.
  static func band(_ seed: UInt64, suffix: String) -> [UInt8] {
    var random = SeededRandom(seed)
    let pixels = (0..<size.pixelCount).map { $0 < size.columns ? 0 : UInt16(1500 + random.next(1000)) }
    return encode(pixels, size: size, type: .uint16, name: "band\(seed)", suffix: suffix)
  }

  /// Quarters of vegetation, water, high probability cloud and no data.
  static func classification(_ classes: [UInt8] = [4, 6, 9, 0], suffix: String, side: Int = 60) -> [UInt8] {
    let size = RasterSize(rows: side, columns: side)
    let pixels = (0..<size.pixelCount).map { classes[$0 * classes.count / size.pixelCount] }
    return encode(pixels, size: size, type: .uint8, name: "scl\(classes.hashValue)\(side)", suffix: suffix)
  }

  static func encode<Sample: RasterSample>(
    _ pixels: [Sample], size: RasterSize, type: SampleType, name: String, suffix: String
  ) -> [UInt8] {
    do {
      let raster = try RasterFile.create("", driver: "MEM", size: size, bands: 1, type: type)
      try raster.write(pixels, band: 0, window: size.window)
      let path = "/vsimem/\(name)-\(UInt64.random(in: 0...UInt64.max))\(suffix)"
      if suffix == ".tif" {
        try raster.copy(to: path, driver: "GTiff", options: ["COMPRESS=DEFLATE"])
      } else {
        try raster.copy(to: path, driver: "JP2OpenJPEG", options: ["QUALITY=100", "REVERSIBLE=YES"])
      }
      return try VirtualFile.read(path, limit: 1 << 24)
    } catch {
      fatalError("cannot encode a sample image: \(error)")
    }
  }

  static let jp2: [String: [UInt8]] = [
    "B02": band(2, suffix: ".jp2"), "B03": band(3, suffix: ".jp2"), "B04": band(4, suffix: ".jp2"),
    "SCL": classification(suffix: ".jp2"),
  ]
  static let tif: [String: [UInt8]] = [
    "B02": band(2, suffix: ".tif"), "B03": band(3, suffix: ".tif"), "B04": band(4, suffix: ".tif"),
    "SCL": classification(suffix: ".tif"),
  ]
}

/// SplitMix64: the same numbers on every run.
struct SeededRandom {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }

  mutating func next(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
