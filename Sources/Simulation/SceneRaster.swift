internal import GDALAdapter
internal import Geometry
internal import Product

/// A raster handed in as fine truth: reflectance x 10000, bands red, green, blue[, near infrared].
struct SceneRaster: Sendable {
  let path: String
  /// Cut so that both 10 m and 20 m pixels are whole.
  let size: RasterSize
  let hasNearInfrared: Bool
  /// UTM code and upper-left corner; nil where the raster is not in UTM.
  let place: (epsg: Int, x: Double, y: Double)?
  /// Of the colours.
  private let noData: [Double?]
  private let isSigned: Bool

  init(path: String) throws {
    self.path = path
    let file = try RasterFile.openPlaced(path)
    defer { try? file.close() }
    guard file.bandCount >= 3 else {
      throw SimulationError(path, found: "\(file.bandCount) bands", expected: "red, green, blue[, near infrared]")
    }
    let types = try (0..<3).map { try file.type(ofBand: $0) }
    let type = types[0]
    if let odd = types.first(where: { $0 != .uint16 && $0 != .int16 }) {
      throw SimulationError(path, found: "\(odd.rawValue) pixels", expected: "uint16 or int16 reflectance x 10000")
    }
    if let problem = try file.orderProblem() { throw SimulationError(path, problem: problem) }
    for band in 0..<3 {
      if let problem = try file.scaleProblem(ofBand: band) { throw SimulationError(path, problem: problem) }
    }
    isSigned = type == .int16
    size = RasterSize(rows: file.size.rows / 4 * 4, columns: file.size.columns / 4 * 4)
    guard size.rows >= 64, size.columns >= 64 else {
      throw SimulationError(
        path, found: "\(file.size.rows) x \(file.size.columns) pixels", expected: "64 x 64 fine pixels or more")
    }
    // The fourth band is near infrared, unless the file says that it is opacity.
    hasNearInfrared = try file.bandCount >= 4 && file.color(ofBand: 3) != .alpha
    noData = try (0..<3).map { try file.noData(ofBand: $0) }
    if let grid = file.grid, Place.isUTM(grid.epsg) {
      place = (grid.epsg, grid.upperLeftX, grid.upperLeftY)
    } else {
      place = nil
    }
  }

  /// Rows of the truth, in the order of `Band`; 0 where there is no data.
  func rows(_ window: PixelWindow) throws -> [[UInt16]] {
    let file = try RasterFile.openPlaced(path)
    defer { try? file.close() }
    var bands = try (0..<(hasNearInfrared ? 4 : 3)).map { try file.read(Int32.self, band: $0, window: window) }
    if !hasNearInfrared {
      bands.append(
        (0..<window.pixelCount).map { index in
          let (red, green, blue) = (bands[0][index], bands[1][index], bands[2][index])
          return Int32(
            10_000
              * Band.derivedNearInfrared(
                red: Float(red) / 10_000, green: Float(green) / 10_000, blue: Float(blue) / 10_000))
        })
    }
    var result = bands.map { $0.map { UInt16(min(max($0, 1), 32_767)) } }
    let masks = try (0..<3).map { try file.mask(ofBand: $0, window: window) }
    for index in 0..<window.pixelCount {
      let isHidden = masks.contains { $0?[index] == false }
      let isNamed = (0..<3).contains { Double(bands[$0][index]) == noData[$0] }
      let zeros = (0..<3).count { bands[$0][index] == 0 }
      if isHidden || isNamed || zeros == 3 || zeros > 0 && !isSigned {
        for band in result.indices { result[band][index] = 0 }
      }
    }
    return result
  }
}
