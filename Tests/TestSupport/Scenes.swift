private import Foundation
package import Geometry
package import Raster
package import Stacking

/// A smooth scene that can be evaluated anywhere: sums of waves, in reflectance around 0.15.
package struct WaveScene: Sendable {
  private struct Wave: Sendable {
    let row: Double
    let column: Double
    let phase: Double
    let amplitude: Double
  }
  private let waves: [[Wave]]

  /// - Parameter finest: shortest wavelength, in the pixels `value` is asked for.
  package init(bands: Int = 3, finest: Double = 4, seed: UInt64 = 7) {
    var generator = SeededGenerator(seed)
    waves = (0..<bands).map { _ in
      (0..<24).map { index in
        let length = finest * pow(1.25, Double(index))
        let angle = Double.random(in: 0..<(2 * .pi), using: &generator)
        return Wave(
          row: 2 * .pi * cos(angle) / length, column: 2 * .pi * sin(angle) / length,
          phase: Double.random(in: 0..<(2 * .pi), using: &generator), amplitude: 0.008)
      }
    }
  }

  package func value(band: Int, row: Double, column: Double) -> Double {
    waves[band].reduce(0.15) { $0 + $1.amplitude * sin($1.row * row + $1.column * column + $1.phase) }
  }

  /// Image of pixel centres at row - shift.rows, column - shift.columns: what it shows lies shifted by that much.
  package func image(_ size: RasterSize, shift: Shift = Shift(rows: 0, columns: 0)) -> FloatImage {
    var image = FloatImage(bands: waves.count, size: size)
    for band in 0..<waves.count {
      for row in 0..<size.rows {
        for column in 0..<size.columns {
          image[band, row, column] = Float(
            value(band: band, row: Double(row) - shift.rows, column: Double(column) - shift.columns))
        }
      }
    }
    return image
  }
}

extension ViewRaster {
  /// A view of given reflectance. `state` gives a sentinel for pixels that are not clear, nil for clear ones.
  package static func make(
    _ image: FloatImage, name: String, scratch: String, state: (_ row: Int, _ column: Int) -> Int16? = { _, _ in nil }
  ) throws -> ViewRaster {
    let view = try ViewRaster(name: name, bands: image.bands, size: image.size, scratch: "\(scratch)/\(name)")
    for band in 0..<image.bands {
      let counts = view.counts(band: band)
      for row in 0..<image.rows {
        for column in 0..<image.columns {
          counts[row * image.columns + column] =
            state(row, column) ?? ViewRaster.count(ofReflectance: image[band, row, column])
        }
      }
    }
    return view
  }
}

extension ViewStack {
  /// A stack of views that are all there, every row of it ready; not harmonised unless stated.
  package static func make(
    _ views: [ViewRaster], harmonisations: [Harmonisation]? = nil, filling: [Float]? = nil, scratch: String
  ) throws -> ViewStack {
    let stack = try ViewStack(
      views.map { LoadedView($0) },
      harmonisations: harmonisations ?? views.map { .identity(bands: $0.bands) },
      filling: filling ?? [Float](repeating: 0.1, count: views[0].bands), scratch: scratch)
    try stack.require()
    return stack
  }
}
