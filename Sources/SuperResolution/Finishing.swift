package import Geometry
internal import Kernels
internal import Raster
package import Stacking
private import Synchronization
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
  /// Samples that had to be clamped into 1...65535, or that follow an anchor which had to be.
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

/// Makes a mosaic agree with the anchor and hands it over window by window, as it is to be written: each as soon as the
/// rows that it looks at are settled.
package final class WindowFinisher: Sendable {
  private let mosaic: Mosaic
  private let stack: ViewStack
  private let backProjection: BackProjection
  private let deliver: @Sendable (FinishedWindow) throws -> Void
  /// Row after row.
  private let cores: [PixelWindow]
  private let state = Mutex(State())

  private struct State {
    var next = 0
    /// Of the mosaic.
    var settledRows = 0
  }

  /// Side of a window, low-resolution pixels. Twice as large ones take a fifth less time, and three times the memory.
  package static let side = 512

  /// What a window takes while it is finished, with the pixels of files that it looks at, bytes.
  package static func workingBytes(views: Int, bands: Int) -> Int {
    let looked = side + 2 * BackProjection.halo
    // The image of a band and seven planes (`BackProjection`), the anchor, where it is clear; the mosaic, the frame and its
    // states, a band of the views. Of the result, counts, mask and views.
    let pixel = 4 * (4 + 7 + bands + 1) + 4 * (4 * bands + bands) + 1 + 2 * views
    // A quarter more, and the program's own pages: what was freed from band to band is not given back at once. Measured.
    return (looked * looked * pixel + side * side * 4 * (2 * bands + 2)) * 5 / 4 + (8 << 20)
  }

  /// - Parameters:
  ///   - side: side of a window, low-resolution pixels.
  ///   - deliver: called from the workers, in any order and several at a time.
  package init(
    _ mosaic: Mosaic, _ stack: ViewStack, with backProjection: BackProjection, side: Int = WindowFinisher.side,
    deliver: @escaping @Sendable (FinishedWindow) throws -> Void
  ) {
    (self.mosaic, self.stack, self.backProjection, self.deliver) = (mosaic, stack, backProjection, deliver)
    let size = stack.size
    let columns = (size.columns + side - 1) / side
    cores = (0..<((size.rows + side - 1) / side * columns)).map { index in
      let (row, column) = (index / columns * side, index % columns * side)
      return PixelWindow(
        row: row, column: column, rows: min(side, size.rows - row), columns: min(side, size.columns - column))
    }
  }

  /// Nothing is added any more to the mosaic's rows before `end`.
  package func settle(rowsBefore end: Int) { state.withLock { $0.settledRows = max($0.settledRows, end) } }

  /// What a window looks at.
  private func around(_ core: PixelWindow) -> PixelWindow {
    core.expanded(by: backProjection.rule == .none ? 0 : BackProjection.halo, within: stack.size)
  }

  /// Finishes windows that can be, as many as come to one of so many pieces of other work, and one more.
  /// - Throws: what `deliver` throws, and `ViewStack.require`.
  func workAhead(beside pieces: Int) throws {
    for _ in 0...(cores.count / pieces + 1) where try !finishOne() { return }
  }

  /// - Returns: whether there was one to finish.
  private func finishOne() throws -> Bool {
    let core: PixelWindow? = state.withLock { state in
      guard state.next < cores.count, 2 * around(cores[state.next]).endRow <= state.settledRows else { return nil }
      defer { state.next += 1 }
      return cores[state.next]
    }
    guard let core else { return false }
    try stack.require(rowsBefore: around(core).endRow)
    try deliver(finishWindow(core, around: around(core), mosaic, stack, backProjection))
    stack.release()
    mosaic.release()
    return true
  }

  /// Finishes what is left, when all rows of the mosaic are settled.
  /// - Parameter progress: called with the share of it that is done, 0 to 1, one call at a time.
  /// - Throws: what `deliver` throws, and `ViewStack.require`; `CancellationError`.
  package func finishRest(workers: WorkerPool, progress: @escaping @Sendable (Double) -> Void = { _ in }) async throws {
    settle(rowsBefore: 2 * stack.size.rows)
    let left = state.withLock { cores.count - $0.next }
    try await workers.run(count: left) { [self] _ in
      _ = try finishOne()
    } commit: { index, _ in
      progress(Double(index + 1) / Double(left))
    }
  }
}

private func finishWindow(
  _ core: PixelWindow, around: PixelWindow, _ mosaic: Mosaic, _ stack: ViewStack, _ backProjection: BackProjection
) -> FinishedWindow {
  var clear = [Float](repeating: 0, count: around.pixelCount)
  for row in 0..<around.rows {
    for column in 0..<around.columns
    where stack.reference.clearViews(row: around.row + row, column: around.column + column) > 0 {
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
  // Following an anchor that was brought into range, nothing is left to clamp.
  if backProjection.rule != .none {
    result.clampedSamples = max(result.clampedSamples, 4 * stack.reference.unpublishableSamples(core))
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
