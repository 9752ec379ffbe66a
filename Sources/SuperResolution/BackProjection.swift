private import Foundation
internal import Geometry
internal import Kernels
internal import Networks
package import Raster
internal import Stacking

/// Makes a super-resolved image agree with the anchor: what the sensor model says differs is projected back, smoothly,
/// until the rest is the anchor's own noise.
///
/// Each round models the anchor from the image and splits the difference in two. Its low frequencies (a Gaussian of
/// 1.5 pixels) are corrected in full: they carry the colour, and hardly any noise. The rest is corrected only where it
/// is more than the sensor's noise: where its local root mean square exceeds the noise, by what it exceeds it; and
/// where a single pixel exceeds three times the noise. So the anchor's noise is not copied into an image that several
/// views have cleaned, and nowhere is more than noise left. The correction is upsampled bicubically: no blocks.
package struct BackProjection: Sendable {
  package let rule: ConsistencyRule
  private let taps: (first: Int, weights: [Float])
  private let darkest: Float

  private static let rounds = 10
  /// Step of a round; below 2 the rounds converge, since sensor model and upsampling both have gain 1 at most.
  private static let step: Float = 1.5
  /// Reflectance, root mean square: what may be left. A little below the 0.002 that the contract allows.
  private static let noise: Float = 0.0017
  /// Reflectance: three times the sensor's noise of 0.0015.
  private static let outlier: Float = 0.0045
  /// Standard deviation and reach of the smoothing, low-resolution pixels.
  private static let smoothing: Float = 1.5
  private static let smoothingReach = 4

  /// - Parameter darkest: reflectance of the darkest pixel that can be published.
  package init(rule: ConsistencyRule, pointSpread: PointSpread, darkest: Float = ReferenceFrame.darkest) {
    self.rule = rule
    self.darkest = darkest
    taps = rule.weights(pointSpread)
  }

  /// Low-resolution pixels around a window that its result depends on, a round: sensor model 2, smoothing twice,
  /// upsampling 2.
  package static let halo = rounds * (2 + 2 * smoothingReach + 2)

  /// - Parameters:
  ///   - image: super-resolved reflectance, 2 rows x 2 columns.
  ///   - anchor: reflectance, rows x columns; ignored where it is not clear.
  ///   - clear: 1 where the anchor is clear, 0 elsewhere.
  package func apply(_ image: FloatImage, anchor: FloatImage, clear: [Float]) -> FloatImage {
    guard rule != .none, clear.contains(1) else { return image }
    var result = image
    let coverage = smooth(clear, anchor.size)
    for round in 0..<Self.rounds {
      // What is darker than can be published is brought into range between the rounds, so that its surroundings make
      // up for it.
      if round > 0 {
        for index in result.pixels.indices { result.pixels[index] = max(result.pixels[index], darkest) }
      }
      let modelled = SensorView.apply(result, taps: taps)
      var correction = FloatImage(bands: image.bands, size: anchor.size)
      let plane = anchor.size.pixelCount
      for band in 0..<image.bands {
        var difference = [Float](repeating: 0, count: plane)
        for pixel in 0..<plane {
          let index = band * plane + pixel
          difference[pixel] = clear[pixel] * (anchor.pixels[index] - modelled.pixels[index])
        }
        let low = smooth(difference, anchor.size)
        var detail = [Float](repeating: 0, count: plane)
        var energy = detail
        for pixel in 0..<plane where clear[pixel] != 0 {
          detail[pixel] = difference[pixel] - low[pixel] / coverage[pixel]
          energy[pixel] = detail[pixel] * detail[pixel]
        }
        let localEnergy = smooth(energy, anchor.size)
        for pixel in 0..<plane where clear[pixel] != 0 {
          let size = abs(detail[pixel])
          let local = (localEnergy[pixel] / coverage[pixel]).squareRoot()
          let excess = max(size * (1 - Self.noise / max(local, Self.noise)), size - Self.outlier, 0)
          let colour = difference[pixel] - detail[pixel]
          correction.pixels[band * plane + pixel] = Self.step * (colour + (detail[pixel] < 0 ? -excess : excess))
        }
      }
      let fine = Bicubic.upsample(correction)
      result.pixels.withUnsafeMutableBufferPointer { target in
        fine.pixels.withUnsafeBufferPointer {
          RowArithmetic.add($0.baseAddress!, weight: 1, to: target.baseAddress!, count: target.count)
        }
      }
    }
    return result
  }

  /// Gaussian smoothing; outside the window counts as zero.
  private func smooth(_ values: [Float], _ size: RasterSize) -> [Float] {
    let reach = Self.smoothingReach
    let weights = Self.gaussian
    var vertical = [Float](repeating: 0, count: values.count)
    var result = [Float](repeating: 0, count: values.count)
    values.withUnsafeBufferPointer { source in
      vertical.withUnsafeMutableBufferPointer { target in
        for row in 0..<size.rows {
          for other in max(0, row - reach)...min(size.rows - 1, row + reach) {
            RowArithmetic.add(
              source.baseAddress! + other * size.columns, weight: weights[other - row + reach],
              to: target.baseAddress! + row * size.columns, count: size.columns)
          }
        }
      }
    }
    vertical.withUnsafeBufferPointer { source in
      result.withUnsafeMutableBufferPointer { target in
        for row in 0..<size.rows {
          let start = row * size.columns
          for offset in -min(reach, size.columns - 1)...min(reach, size.columns - 1) {
            let (from, to) = (max(0, offset), max(0, -offset))
            RowArithmetic.add(
              source.baseAddress! + start + from, weight: weights[offset + reach],
              to: target.baseAddress! + start + to, count: size.columns - abs(offset))
          }
        }
      }
    }
    return result
  }

  private static let gaussian: [Float] = {
    let raw = (-smoothingReach...smoothingReach).map { index -> Float in
      let x = Float(index) / smoothing
      return exp(-x * x / 2)
    }
    let sum = raw.reduce(0, +)
    return raw.map { $0 / sum }
  }()
}
