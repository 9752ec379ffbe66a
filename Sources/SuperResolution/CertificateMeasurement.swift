private import Foundation
package import Geometry
package import Product
package import Raster
package import Stacking

/// Measures how far a written image, seen through the optics, agrees with the anchor of its stack.
package struct CertificateMeasurement {
  /// Reads a window of the written file: counts (reflectance x 10000, 0 = no data) for each band.
  package typealias Reader = (_ window: PixelWindow) throws -> [[UInt16]]

  private let stack: ViewStack
  private let read: Reader
  private let sensor: (first: Int, weights: [Float])

  private static let rowsAtOnce = 64
  private static let block = 8

  package init(stack: ViewStack, pointSpread: PointSpread, read: @escaping Reader) {
    self.stack = stack
    self.read = read
    sensor = pointSpread.centredWeights
  }

  /// Sums over the compared pixels of one band.
  private struct Sums {
    var sensor = 0.0
    var sensorSquared = 0.0
    var box = 0.0
    var boxSquared = 0.0
    var blockSquared = 0.0
  }

  /// - Throws: what the reader throws.
  package func measure(bandNames: [String], rule: ConsistencyRule, clampedSamples: Int) throws -> Certificate {
    var sums = [Sums](repeating: Sums(), count: stack.bands)
    var (compared, blocks, angle) = (0, 0, 0.0)
    var (published, fallback) = (0, 0)
    for row in stride(from: 0, to: stack.size.rows, by: Self.rowsAtOnce) {
      let window = PixelWindow(
        row: row, column: 0, rows: min(Self.rowsAtOnce, stack.size.rows - row), columns: stack.size.columns)
      let seen = try view(window)
      for r in 0..<window.rows {
        for c in 0..<window.columns where stack.reference.clearViews(row: row + r, column: c) > 0 {
          published += 1
          if !stack.reference.isAnchorClear(row: row + r, column: c) { fallback += 1 }
        }
      }
      let plane = window.pixelCount
      for pixel in 0..<plane where seen.isCompared[pixel] {
        compared += 1
        var (dot, lengthA, lengthB) = (0.0, 0.0, 0.0)
        for band in 0..<stack.bands {
          let anchor = Double(seen.anchor.pixels[band * plane + pixel])
          let modelled = Double(seen.sensor.pixels[band * plane + pixel])
          let pooled = Double(seen.box.pixels[band * plane + pixel])
          sums[band].sensor += modelled - anchor
          sums[band].sensorSquared += (modelled - anchor) * (modelled - anchor)
          sums[band].box += pooled - anchor
          sums[band].boxSquared += (pooled - anchor) * (pooled - anchor)
          dot += anchor * modelled
          lengthA += anchor * anchor
          lengthB += modelled * modelled
        }
        if lengthA > 0, lengthB > 0 { angle += acos(min(1, max(-1, dot / (lengthA * lengthB).squareRoot()))) }
      }
      blocks += addBlocks(seen, window.size, rule, &sums)
    }
    let n = Double(max(compared, 1))
    let shift = estimateShift()
    return Certificate(
      consistency: rule.rawValue,
      bands: zip(bandNames, sums).map { name, sum in
        Certificate.Band(
          name: name, rmse: (sum.sensorSquared / n).squareRoot(), bias: sum.sensor / n,
          blockMeanRMSE: blocks > 0 ? (sum.blockSquared / Double(blocks)).squareRoot() : abs(sum.sensor / n),
          boxRMSE: (sum.boxSquared / n).squareRoot(), boxBias: sum.box / n)
      },
      spectralAngleDegrees: angle / n * 180 / .pi, shiftRows: shift?.rows, shiftColumns: shift?.columns,
      comparedPixels: compared, clampedSamples: clampedSamples,
      fallbackFraction: Double(fallback) / Double(max(published, 1)),
      emptyFraction: 1 - Double(published) / Double(stack.size.pixelCount))
  }

  /// A window of the written file as the sensor sees it, beside the anchor.
  private struct Seen {
    var anchor: FloatImage
    var sensor: FloatImage
    var box: FloatImage
    /// The anchor is clear, and every fine pixel the sensor model looks at holds data.
    var isCompared: [Bool]
  }

  private func view(_ window: PixelWindow) throws -> Seen {
    let around = window.expanded(by: 4, within: stack.size)
    let fineWindow = around.scaled(by: 2)
    let counts = try read(fineWindow)
    let fine = FloatImage(
      bands: stack.bands, size: fineWindow.size,
      pixels: counts.flatMap { $0.map { Float($0) / ViewRaster.countsPerReflectance } })
    let missing = FloatImage(bands: 1, size: fineWindow.size, pixels: counts[0].map { $0 == 0 ? 1 : 0 })
    let inner = PixelWindow(
      row: window.row - around.row, column: window.column - around.column, rows: window.rows, columns: window.columns)
    let box = ConsistencyRule.box.weights(PointSpread.sentinel2())
    let missed = SensorView.apply(missing, taps: sensor).cropped(to: inner)
    var isCompared = [Bool](repeating: false, count: window.pixelCount)
    for row in 0..<window.rows {
      for column in 0..<window.columns {
        let pixel = row * window.columns + column
        isCompared[pixel] =
          missed.pixels[pixel] == 0
          && stack.reference.isAnchorClear(row: window.row + row, column: window.column + column)
      }
    }
    return Seen(
      anchor: stack.reference.publishable(window), sensor: SensorView.apply(fine, taps: sensor).cropped(to: inner),
      box: SensorView.apply(fine, taps: box).cropped(to: inner), isCompared: isCompared)
  }

  /// Adds the squared differences of the means of whole blocks; returns their number.
  private func addBlocks(_ seen: Seen, _ size: RasterSize, _ rule: ConsistencyRule, _ sums: inout [Sums]) -> Int {
    let block = Self.block
    let modelled = rule == .box ? seen.box : seen.sensor
    var count = 0
    for row in stride(from: 0, through: size.rows - block, by: block) {
      for column in stride(from: 0, through: size.columns - block, by: block) {
        let pixels = (0..<(block * block)).map { (row + $0 / block) * size.columns + column + $0 % block }
        guard pixels.allSatisfy({ seen.isCompared[$0] }) else { continue }
        count += 1
        for band in 0..<stack.bands {
          let start = band * size.pixelCount
          let difference = pixels.reduce(0.0) {
            $0 + Double(modelled.pixels[start + $1]) - Double(seen.anchor.pixels[start + $1])
          }
          let mean = difference / Double(pixels.count)
          sums[band].blockSquared += mean * mean
        }
      }
    }
    return count
  }

  private func estimateShift() -> Shift? {
    let estimate = ShiftEstimator.estimate(size: stack.size) { window in
      stack.anchor.intensity(window)
    } moving: { window in
      guard let seen = try? view(window) else { return [Float](repeating: .nan, count: window.pixelCount) }
      return (0..<window.pixelCount).map { pixel in
        guard seen.isCompared[pixel] else { return .nan }
        let sum = (0..<stack.bands).reduce(Float(0)) { $0 + seen.sensor.pixels[$1 * window.pixelCount + pixel] }
        return sum / Float(stack.bands)
      }
    }
    return estimate.shift
  }
}
