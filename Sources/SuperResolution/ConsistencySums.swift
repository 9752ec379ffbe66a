private import Foundation
internal import Geometry
internal import Raster

/// Sums over the compared pixels of windows of an image: consistency with its anchor.
package struct ConsistencySums: Sendable {
  /// Side of the blocks whose means are compared, low-resolution pixels.
  package static let block = 8

  private struct Band {
    var absolute = 0.0
    var sensor = 0.0
    var sensorSquared = 0.0
    var box = 0.0
    var boxSquared = 0.0
    var blockSquared = 0.0
  }
  private var bands: [Band]
  private var angle = 0.0
  private var blocks = 0
  package private(set) var comparedPixels = 0

  package init(bands: Int) { self.bands = [Band](repeating: Band(), count: bands) }

  /// - Parameters:
  ///   - seen: a window that starts at a multiple of `block`.
  ///   - rule: whose view the block means are taken of; `.none` takes the sensor's.
  package mutating func add(_ seen: AnchorComparison, rule: ConsistencyRule = .sensor) {
    let plane = seen.anchor.size.pixelCount
    for pixel in 0..<plane where seen.isCompared[pixel] {
      comparedPixels += 1
      var (dot, lengthA, lengthB) = (0.0, 0.0, 0.0)
      for band in bands.indices {
        let anchor = Double(seen.anchor.pixels[band * plane + pixel])
        let modelled = Double(seen.sensor.pixels[band * plane + pixel])
        let pooled = Double(seen.box.pixels[band * plane + pixel])
        bands[band].absolute += abs(modelled - anchor)
        bands[band].sensor += modelled - anchor
        bands[band].sensorSquared += (modelled - anchor) * (modelled - anchor)
        bands[band].box += pooled - anchor
        bands[band].boxSquared += (pooled - anchor) * (pooled - anchor)
        dot += anchor * modelled
        lengthA += anchor * anchor
        lengthB += modelled * modelled
      }
      if lengthA > 0, lengthB > 0 { angle += acos(min(1, max(-1, dot / (lengthA * lengthB).squareRoot()))) }
    }
    addBlocks(seen, modelled: rule == .box ? seen.box : seen.sensor)
  }

  /// Adds the squared differences of the means of whole blocks.
  private mutating func addBlocks(_ seen: AnchorComparison, modelled: FloatImage) {
    let size = seen.anchor.size
    let block = Self.block
    for row in stride(from: 0, through: size.rows - block, by: block) {
      for column in stride(from: 0, through: size.columns - block, by: block) {
        let pixels = (0..<(block * block)).map { (row + $0 / block) * size.columns + column + $0 % block }
        guard pixels.allSatisfy({ seen.isCompared[$0] }) else { continue }
        blocks += 1
        for band in bands.indices {
          let start = band * size.pixelCount
          let difference = pixels.reduce(0.0) {
            $0 + Double(modelled.pixels[start + $1]) - Double(seen.anchor.pixels[start + $1])
          }
          let mean = difference / Double(pixels.count)
          bands[band].blockSquared += mean * mean
        }
      }
    }
  }

  /// What one band came to, reflectance.
  package struct Figures: Sendable {
    package let meanAbsoluteDifference: Double
    package let rmse: Double
    package let bias: Double
    /// The bias' size where no block was whole.
    package let blockMeanRMSE: Double
    package let boxRMSE: Double
    package let boxBias: Double

    /// What the contract is about: the 2 x 2 means by the box rule, else what the sensor sees.
    func agreement(_ rule: ConsistencyRule) -> (rmse: Double, bias: Double) {
      rule == .box ? (boxRMSE, boxBias) : (rmse, bias)
    }
  }

  /// For each band; zeros where nothing was compared.
  package var figures: [Figures] {
    let n = Double(max(comparedPixels, 1))
    return bands.map {
      Figures(
        meanAbsoluteDifference: $0.absolute / n, rmse: ($0.sensorSquared / n).squareRoot(), bias: $0.sensor / n,
        blockMeanRMSE: blocks > 0 ? ($0.blockSquared / Double(blocks)).squareRoot() : abs($0.sensor / n),
        boxRMSE: ($0.boxSquared / n).squareRoot(), boxBias: $0.box / n)
    }
  }

  /// Mean angle between the spectra of image and anchor, degrees.
  package var spectralAngleDegrees: Double { angle / Double(max(comparedPixels, 1)) * 180 / .pi }
}
