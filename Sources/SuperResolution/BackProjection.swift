internal import Networks
internal import Geometry
internal import Kernels
package import Raster
private import Foundation

/// Makes a super-resolved image agree with the anchor: what the sensor model says differs is projected back, smoothly,
/// until the rest is the anchor's own noise.
///
/// Each round models the anchor from the image and splits the difference in two. Its low frequencies (a Gaussian of
/// 2 pixels) are corrected in full: they carry the colour, and hardly any noise. Of the rest only what exceeds the
/// sensor's noise is corrected, so that the anchor's noise is not copied into an image that several views have
/// cleaned. The correction is upsampled bicubically: no blocks.
package struct BackProjection: Sendable {
  package let rule: ConsistencyRule
  private let taps: (first: Int, weights: [Float])

  private static let rounds = 14
  /// Step of a round; below 2 the rounds converge, since sensor model and upsampling both have gain 1 at most.
  private static let step: Float = 1.5
  /// Reflectance; differences up to this are noise. A little below the 0.002 that the contract allows.
  private static let noise: Float = 0.0016
  private static let smoothing: Float = 2
  private static let smoothingReach = 6

  package init(rule: ConsistencyRule, pointSpread: PointSpread) {
    self.rule = rule
    taps = rule.weights(pointSpread)
  }

  /// Low-resolution pixels around a window that its result depends on: sensor model 2, smoothing 6, upsampling 2 a
  /// round.
  package static let halo = rounds * (2 + smoothingReach + 2)

  /// - Parameters:
  ///   - image: super-resolved reflectance, 2 rows x 2 columns.
  ///   - anchor: reflectance, rows x columns; ignored where it is not clear.
  ///   - clear: 1 where the anchor is clear, 0 elsewhere.
  package func apply(_ image: FloatImage, anchor: FloatImage, clear: [Float]) -> FloatImage {
    guard rule != .none, clear.contains(1) else { return image }
    var result = image
    let coverage = smooth(clear, anchor.size)
    for _ in 0..<Self.rounds {
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
        for pixel in 0..<plane where clear[pixel] != 0 {
          let colour = low[pixel] / coverage[pixel]
          let detail = difference[pixel] - colour
          let excess = max(0, abs(detail) - Self.noise)
          correction.pixels[band * plane + pixel] = Self.step * (colour + (detail < 0 ? -excess : excess))
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
