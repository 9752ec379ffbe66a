package import Geometry
internal import Kernels
internal import Raster
package import Stacking
package import Workers

/// A finished window of the output, as it is written.
package struct FinishedWindow: Sendable {
  /// On the super-resolved grid.
  package var window: PixelWindow
  /// Reflectance x 10000 for each band, row by row; 0 = no data, otherwise 1...65535.
  package var counts: [[UInt16]]
  /// `PixelOrigin` of each pixel.
  package var mask: [UInt8]
  /// Clear views at each pixel.
  package var views: [UInt8]
  /// Samples that had to be clamped into 1...65535.
  package var clampedSamples: Int
}

/// Values of the mask band.
package enum PixelOrigin: UInt8, Sendable, CaseIterable {
  /// No view saw this place.
  case noData = 0
  /// The anchor is clear here: the colours are the anchor's.
  case anchor = 1
  /// The anchor is masked here: the pixel comes from other views, harmonised to the anchor.
  case otherViews = 2
  /// Views saw this place, but none is clear: no data is published.
  case neverClear = 3

  package var name: String {
    switch self {
    case .noData: "no_data"
    case .anchor: "anchor"
    case .otherViews: "other_views"
    case .neverClear: "never_clear"
    }
  }

  package var explanation: String {
    switch self {
    case .noData: "No view saw this place."
    case .anchor: "The anchor is clear: reflectance agrees with the anchor."
    case .otherViews: "The anchor is masked: reflectance comes from other views, harmonised to the anchor."
    case .neverClear: "Views saw this place, but none is clear."
    }
  }
}

/// Makes the mosaic agree with the anchor and hands it over window by window, in order, as it is to be written.
///
/// - Parameters:
///   - side: side of a window, low-resolution pixels.
///   - deliver: called one at a time, in row-major order of windows.
/// - Throws: what `deliver` throws, `CancellationError`.
package func finish(
  _ mosaic: Mosaic, _ stack: ViewStack, with backProjection: BackProjection, side: Int = 512, workers: WorkerPool,
  deliver: @escaping @Sendable (FinishedWindow) throws -> Void
) async throws {
  let size = stack.size
  let columns = (size.columns + side - 1) / side
  let rows = (size.rows + side - 1) / side
  let halo = backProjection.rule == .none ? 0 : BackProjection.halo
  try await workers.run(count: rows * columns) { index in
    let (row, column) = (index / columns * side, index % columns * side)
    let core = PixelWindow(
      row: row, column: column, rows: min(side, size.rows - row), columns: min(side, size.columns - column))
    return finishWindow(core, halo: halo, mosaic, stack, backProjection)
  } commit: { index, window in
    try deliver(window)
    if (index + 1) % columns == 0 {
      stack.release()
      mosaic.release()
    }
  }
}

private func finishWindow(
  _ core: PixelWindow, halo: Int, _ mosaic: Mosaic, _ stack: ViewStack, _ backProjection: BackProjection
) -> FinishedWindow {
  let around = core.expanded(by: halo, within: stack.size)
  var clear = [Float](repeating: 0, count: around.pixelCount)
  for row in 0..<around.rows {
    for column in 0..<around.columns
    where stack.reference.isAnchorClear(row: around.row + row, column: around.column + column) {
      clear[row * around.columns + column] = 1
    }
  }
  let kept = PixelWindow(
    row: core.row - around.row, column: core.column - around.column, rows: core.rows, columns: core.columns)
  var result = unfinished(core, stack)
  backProjection.apply(anchor: stack.reference.publishable(around), clear: clear, keeping: kept) { band, fine in
    fine.update(from: mosaic.view(band, around.scaled(by: 2)))
  } deliver: { _, finished in
    result.appendBand(finished)
  }
  return result
}

/// A window without its bands: where its pixels come from.
private func unfinished(_ core: PixelWindow, _ stack: ViewStack) -> FinishedWindow {
  let window = core.scaled(by: 2)
  var result = FinishedWindow(
    window: window, counts: [], mask: [UInt8](repeating: 0, count: window.pixelCount),
    views: [UInt8](repeating: 0, count: window.pixelCount), clampedSamples: 0)
  // Each low-resolution pixel's state belongs to four fine ones.
  for row in 0..<core.rows {
    for column in 0..<core.columns {
      let (lowRow, lowColumn) = (core.row + row, core.column + column)
      let clearViews = stack.reference.clearViews(row: lowRow, column: lowColumn)
      let origin: PixelOrigin =
        stack.reference.isAnchorClear(row: lowRow, column: lowColumn)
        ? .anchor
        : clearViews > 0 ? .otherViews : stack.isSeen(row: lowRow, column: lowColumn) ? .neverClear : .noData
      for pixel in [2 * row * window.columns + 2 * column, (2 * row + 1) * window.columns + 2 * column] {
        for fine in pixel...(pixel + 1) {
          result.views[fine] = UInt8(clamping: clearViews)
          result.mask[fine] = origin.rawValue
        }
      }
    }
  }
  return result
}

extension FinishedWindow {
  /// Reflectance becomes counts, where any view is clear.
  fileprivate mutating func appendBand(_ band: BandView) {
    var clamped = 0
    let counts = [UInt16](unsafeUninitializedCapacity: window.pixelCount) { counts, initialized in
      views.withUnsafeBufferPointer { published in
        for row in 0..<window.rows {
          let start = row * window.columns
          clamped += CorrectionArithmetic.quantise(
            band.pointer(row, 0), scale: ViewRaster.countsPerReflectance, published: published.baseAddress! + start,
            into: counts.baseAddress! + start, count: window.columns)
        }
      }
      initialized = window.pixelCount
    }
    clampedSamples += clamped
    self.counts.append(counts)
  }
}
