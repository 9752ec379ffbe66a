package import Geometry
package import Product
package import Raster
package import Stacking
private import Synchronization
package import Workers

/// Measures how far a written image, seen through the optics, agrees with the anchor of its stack.
package struct CertificateMeasurement: Sendable {
  /// Reads a window of the written file: counts (reflectance x 10000, 0 = no data) for each band.
  package typealias Reader = (_ window: PixelWindow) throws -> [[UInt16]]

  private let stack: ViewStack
  private let open: @Sendable () throws -> Reader
  private let pointSpread: PointSpread

  /// A multiple of the block whose means are compared.
  private static let rowsAtOnce = Certificate.Squares.side

  /// - Parameter open: makes a reader for one thread; several are used at the same time.
  package init(stack: ViewStack, pointSpread: PointSpread, open: @escaping @Sendable () throws -> Reader) {
    self.stack = stack
    self.open = open
    self.pointSpread = pointSpread
  }

  /// What is measured of some rows.
  private struct Strip: Sendable {
    var comparison: AnchorComparison
    var squares = SquareAgreement()
    /// Pixels that are published, and those of them where the anchor is masked.
    var published = 0
    var fallback = 0
    /// Where the anchor is masked, if it is anywhere.
    var fill: AnchorComparison?
    var others: OthersAgainstAnchor
  }

  /// What is measured of all rows so far.
  private struct Measured: Sendable {
    var sums: ConsistencySums
    var fill: ConsistencySums
    var others: OthersAgainstAnchor
    var squares = SquareAgreement()
    var published = 0
    var fallback = 0
  }

  /// Strips are measured on the workers and summed in order: the figures do not depend on the number of workers.
  /// - Throws: what the reader throws, `CancellationError`.
  package func measure(
    bandNames: [String], rule: ConsistencyRule, clampedSamples: Int, workers: WorkerPool
  ) async throws -> Certificate {
    let (size, rowsAtOnce) = (stack.size, Self.rowsAtOnce)
    let nothing = ConsistencySums(bands: stack.bands)
    let total = Mutex(Measured(sums: nothing, fill: nothing, others: OthersAgainstAnchor(bands: stack.bands)))
    try await workers.run(count: (size.rows + rowsAtOnce - 1) / rowsAtOnce) { index in
      let row = index * rowsAtOnce
      let window = PixelWindow(row: row, column: 0, rows: min(rowsAtOnce, size.rows - row), columns: size.columns)
      var strip = try strip(window)
      strip.squares.add(strip.comparison, row: row, column: 0, bandNames: bandNames, rule: rule)
      return strip
    } commit: { _, strip in
      total.withLock {
        $0.sums.add(strip.comparison, rule: rule)
        $0.squares.add(strip.squares)
        if let fill = strip.fill { $0.fill.add(fill, rule: rule) }
        $0.others.add(strip.others)
        $0.published += strip.published
        $0.fallback += strip.fallback
      }
      stack.release()
    }
    let measured = total.withLock { $0 }
    let (sums, published, fallback) = (measured.sums, measured.published, measured.fallback)
    let shift = try await workers.run { try estimateShift() }
    return Certificate(
      consistency: rule.rawValue,
      bands: zip(bandNames, sums.figures).map { name, figures in
        let (rmse, bias) = figures.agreement(rule)
        return Certificate.Band(
          name: name, rmse: rmse, bias: bias, blockMeanRMSE: figures.blockMeanRMSE, boxRMSE: figures.boxRMSE,
          boxBias: figures.boxBias)
      },
      spectralAngleDegrees: sums.spectralAngleDegrees, shiftRows: shift?.rows, shiftColumns: shift?.columns,
      comparedPixels: sums.comparedPixels, clampedSamples: clampedSamples,
      fallbackFraction: Double(fallback) / Double(max(published, 1)),
      emptyFraction: 1 - Double(published) / Double(stack.size.pixelCount), fill: fill(measured.fill, bandNames, rule),
      others: others(measured.others, bandNames), squares: measured.squares.squares)
  }

  private func fill(_ sums: ConsistencySums, _ bandNames: [String], _ rule: ConsistencyRule) -> Certificate.Fill? {
    guard sums.comparedPixels > 0 else { return nil }
    let bands = zip(bandNames, sums.figures).map { name, figures in
      let (rmse, bias) = figures.agreement(rule)
      return Certificate.Fill.Band(name: name, rmse: rmse, bias: bias)
    }
    return Certificate.Fill(bands: bands, comparedPixels: sums.comparedPixels)
  }

  private func others(_ sums: OthersAgainstAnchor, _ bandNames: [String]) -> Certificate.Others? {
    guard sums.comparedPixels > 0 else { return nil }
    let bands = zip(bandNames, sums.figures).map { name, figures in
      Certificate.Others.Band(
        name: name, rmse: figures.rmse, bias: figures.bias, unharmonisedBias: figures.asTheyAre)
    }
    return Certificate.Others(bands: bands, comparedPixels: sums.comparedPixels)
  }

  private func strip(_ window: PixelWindow) throws -> Strip {
    var strip = Strip(
      comparison: try view(window, open()), others: stack.reference.othersAgainstAnchor(window))
    var isFilled = [Bool](repeating: false, count: window.pixelCount)
    for row in window.row..<window.endRow {
      for column in window.column..<window.endColumn where stack.reference.clearViews(row: row, column: column) > 0 {
        strip.published += 1
        guard !stack.reference.isAnchorClear(row: row, column: column) else { continue }
        strip.fallback += 1
        isFilled[(row - window.row) * window.columns + column - window.column] = true
      }
    }
    if strip.fallback > 0 { strip.fill = strip.comparison.comparing(isFilled) }
    return strip
  }

  /// A window of the written file as the sensor sees it, beside the anchor.
  private func view(_ window: PixelWindow, _ read: Reader) throws -> AnchorComparison {
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

  private func estimateShift() throws -> Shift? {
    let read = try open()
    var failure: (any Error)?
    let estimate = ShiftEstimator.estimate(size: stack.size) { window in
      stack.anchor.intensity(window)
    } moving: { window in
      do { return try view(window, read).sensorIntensity } catch {
        failure = error
        return [Float](repeating: .nan, count: window.pixelCount)
      }
    }
    if let failure { throw failure }
    return estimate.shift
  }
}
