internal import GDALAdapter
internal import Geometry
internal import Product
internal import Raster

/// Renders what the sensor sees of the truth on one date: point spread at the shifted position, gain and offset,
/// veil, shadow, cloud, noise.
struct SensorModel: StripSource {
  /// Fine pixels per low-resolution pixel.
  static let factor = 2

  let truthPath: String
  let size: RasterSize
  let revisit: Revisit
  let sky: Sky
  private let spread = PointSpread.sentinel2(factor: SensorModel.factor)

  init(truthPath: String, size: RasterSize, revisit: Revisit) {
    self.truthPath = truthPath
    self.size = size
    self.revisit = revisit
    sky = Sky(revisit, size: size)
  }

  func strip(_ window: PixelWindow) throws -> ProductStrip {
    let file = try RasterFile.open(truthPath, drivers: ["GTiff"])
    var ground: [[Float]] = []
    var isValid = [Bool](repeating: true, count: window.pixelCount)
    for band in Band.allCases {
      ground.append(try blurred(file, band: band.rawValue, window: window, isValid: &isValid))
    }
    try file.close()
    if revisit.hasSwathEdge { cutSwath(window, &isValid) }
    return observed(ground, isValid, window)
  }

  /// Truth under the point spread, reflectance. Beyond the truth's border its last pixels are repeated; a pixel whose
  /// support touches fine pixels without data (0) is not valid.
  private func blurred(_ file: RasterFile, band: Int, window: PixelWindow, isValid: inout [Bool]) throws -> [Float] {
    let fine = size.scaled(by: Self.factor)
    let rowTaps = spread.weights(center: 0.5 - Double(Self.factor) * revisit.shiftRows)
    let columnTaps = spread.weights(center: 0.5 - Double(Self.factor) * revisit.shiftColumns)
    let count = rowTaps.weights.count
    let first = Self.factor * window.row + rowTaps.first
    let last = Self.factor * (window.endRow - 1) + rowTaps.first + count - 1
    let top = min(max(first, 0), fine.rows - 1)
    let bottom = min(max(last, 0), fine.rows - 1)
    let needed = PixelWindow(row: top, column: 0, rows: bottom - top + 1, columns: fine.columns)
    let counts = try file.read(UInt16.self, band: band, window: needed)

    var result = [Float](repeating: 0, count: window.pixelCount)
    var sums = [Float](repeating: 0, count: fine.columns)
    var isEmpty = [Bool](repeating: false, count: fine.columns)
    for row in 0..<window.rows {
      for column in 0..<fine.columns {
        sums[column] = 0
        isEmpty[column] = false
      }
      for tap in 0..<count {
        let source = min(max(Self.factor * (window.row + row) + rowTaps.first + tap, top), bottom) - top
        let weight = rowTaps.weights[tap]
        let start = source * fine.columns
        for column in 0..<fine.columns {
          let value = counts[start + column]
          sums[column] += weight * Float(value)
          if value == 0 { isEmpty[column] = true }
        }
      }
      for column in 0..<window.columns {
        var sum: Float = 0
        var touchesEmpty = false
        for tap in 0..<count {
          let source = min(max(Self.factor * column + columnTaps.first + tap, 0), fine.columns - 1)
          sum += columnTaps.weights[tap] * sums[source]
          touchesEmpty = touchesEmpty || isEmpty[source]
        }
        result[row * window.columns + column] = sum / 10_000
        if touchesEmpty { isValid[row * window.columns + column] = false }
      }
    }
    return result
  }

  /// Applies radiometry, sky and noise, and classifies.
  private func observed(_ ground: [[Float]], _ isValid: [Bool], _ window: PixelWindow) -> ProductStrip {
    var strip = ProductStrip(window: window)
    var excess = [Float](repeating: -1, count: window.pixelCount)
    var shade = [Float](repeating: 0, count: window.pixelCount)
    for index in 0..<window.pixelCount where isValid[index] {
      let (inRow, column) = index.quotientAndRemainder(dividingBy: window.columns)
      let (y, x) = (Float(window.row + inRow), Float(column))
      let cloud = sky.cloud(row: y, column: x)
      let veil = sky.veil(row: y, column: x)
      let top = cloud.opacity > 0 ? sky.cloudTop(row: y, column: x, opacity: cloud.opacity) : 0
      excess[index] = cloud.excess
      shade[index] = sky.shadow(row: y, column: x)
      let position = UInt64(window.row + inRow) << 20 | UInt64(column) << 2
      for band in 0..<Band.allCases.count {
        var value = revisit.gains[band] * ground[band][index] + revisit.offsets[band]
        value *= 1 - shade[index] * (1 - Sky.shadeByBand[band])
        let scattered = veil * Sky.veilByBand[band]
        value = value * (1 - scattered) + scattered
        value += (top - value) * cloud.opacity
        value += revisit.noise * RandomStream.normal(seed: revisit.seed, index: position | UInt64(band))
        strip.counts[band][index] = ProductStrip.count(ofReflectance: value)
      }
    }
    for pixel in 0..<strip.classes.count {
      let columns = window.columns / 2
      let first = pixel / columns * 2 * window.columns + pixel % columns * 2
      strip.classes[pixel] =
        classify(
          [first, first + 1, first + window.columns, first + window.columns + 1], ground, isValid, excess, shade,
          row: window.row / 2 + pixel / columns, column: pixel % columns
        ).rawValue
    }
    return strip
  }

  /// Class of a 20 m pixel from its four 10 m pixels. Cloud edges are off by a little, as real ones are.
  private func classify(
    _ four: [Int], _ ground: [[Float]], _ isValid: [Bool], _ excess: [Float], _ shade: [Float], row: Int, column: Int
  ) -> SceneClass {
    guard four.allSatisfy({ isValid[$0] }) else { return .noData }
    func mean(_ values: [Float]) -> Float { four.reduce(0) { $0 + values[$1] } / 4 }
    let doubt = 0.18 * Lattice.noise(Float(row) / 2.7, Float(column) / 2.7, UInt32(truncatingIfNeeded: revisit.seed))
    let cloud = mean(excess) + doubt
    if cloud > 0.45 { return .cloudHighProbability }
    if cloud > 0.16 { return .cloudMediumProbability }
    if cloud > 0 { return .thinCirrus }
    if mean(shade) + doubt > 0.4 { return .cloudShadow }
    return SceneClassifier.ground(
      red: mean(ground[Band.red.rawValue]), green: mean(ground[Band.green.rawValue]),
      nearInfrared: mean(ground[Band.nearInfrared.rawValue]))
  }

  /// Takes away what lies east of the swath's slanting edge.
  private func cutSwath(_ window: PixelWindow, _ isValid: inout [Bool]) {
    let place = 0.6 + 0.3 * Lattice.uniform(UInt32(truncatingIfNeeded: revisit.seed), 12)
    for row in 0..<window.rows {
      let edge = Int(place * Float(size.columns) - 0.23 * (Float(window.row + row) - Float(size.rows) / 2))
      for column in max(edge, 0)..<max(window.columns, max(edge, 0)) {
        isValid[row * window.columns + column] = false
      }
    }
  }
}
