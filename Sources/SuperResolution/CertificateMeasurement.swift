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
  private let pointSpread: PointSpread

  /// A multiple of the block whose means are compared.
  private static let rowsAtOnce = 8 * ConsistencySums.block

  package init(stack: ViewStack, pointSpread: PointSpread, read: @escaping Reader) {
    self.stack = stack
    self.read = read
    self.pointSpread = pointSpread
  }

  /// - Throws: what the reader throws.
  package func measure(bandNames: [String], rule: ConsistencyRule, clampedSamples: Int) throws -> Certificate {
    var sums = ConsistencySums(bands: stack.bands)
    var (published, fallback) = (0, 0)
    for row in stride(from: 0, to: stack.size.rows, by: Self.rowsAtOnce) {
      let window = PixelWindow(
        row: row, column: 0, rows: min(Self.rowsAtOnce, stack.size.rows - row), columns: stack.size.columns)
      sums.add(try view(window), rule: rule)
      for r in 0..<window.rows {
        for c in 0..<window.columns where stack.reference.clearViews(row: row + r, column: c) > 0 {
          published += 1
          if !stack.reference.isAnchorClear(row: row + r, column: c) { fallback += 1 }
        }
      }
      stack.release()
    }
    let shift = estimateShift()
    return Certificate(
      consistency: rule.rawValue,
      bands: zip(bandNames, sums.figures).map { name, figures in
        Certificate.Band(
          name: name, rmse: figures.rmse, bias: figures.bias, blockMeanRMSE: figures.blockMeanRMSE,
          boxRMSE: figures.boxRMSE, boxBias: figures.boxBias)
      },
      spectralAngleDegrees: sums.spectralAngleDegrees, shiftRows: shift?.rows, shiftColumns: shift?.columns,
      comparedPixels: sums.comparedPixels, clampedSamples: clampedSamples,
      fallbackFraction: Double(fallback) / Double(max(published, 1)),
      emptyFraction: 1 - Double(published) / Double(stack.size.pixelCount))
  }

  /// A window of the written file as the sensor sees it, beside the anchor.
  private func view(_ window: PixelWindow) throws -> AnchorComparison {
    let around = window.expanded(by: 4, within: stack.size)
    let fineWindow = around.scaled(by: 2)
    let counts = try read(fineWindow)
    let fine = FloatImage(
      bands: stack.bands, size: fineWindow.size,
      pixels: counts.flatMap { $0.map { Float($0) / ViewRaster.countsPerReflectance } })
    let inner = PixelWindow(
      row: window.row - around.row, column: window.column - around.column, rows: window.rows, columns: window.columns)
    let isAnchorClear = (0..<window.pixelCount).map { pixel in
      stack.reference.isAnchorClear(
        row: window.row + pixel / window.columns, column: pixel % window.columns + window.column)
    }
    return AnchorComparison(
      fine: fine, isMissing: counts[0].map { $0 == 0 }, inner: inner, anchor: stack.reference.publishable(window),
      isAnchorClear: isAnchorClear, pointSpread: pointSpread)
  }

  private func estimateShift() -> Shift? {
    let estimate = ShiftEstimator.estimate(size: stack.size) { window in
      stack.anchor.intensity(window)
    } moving: { window in
      (try? view(window))?.sensorIntensity ?? [Float](repeating: .nan, count: window.pixelCount)
    }
    return estimate.shift
  }
}
