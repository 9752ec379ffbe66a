private import Foundation
package import Geometry
internal import Kernels
internal import Networks
package import Raster
internal import Stacking
private import Synchronization

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
  private let memories = Memories()

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

  /// Low-resolution pixels around a window that a round looks at: sensor model 2, smoothing twice, upsampling 2.
  private static let reach = sensorReach + 2 * smoothingReach + upsamplingReach
  private static let sensorReach = 2
  private static let upsamplingReach = 2

  /// Low-resolution pixels around a window that its result depends on.
  package static let halo = rounds * reach

  /// - Parameters:
  ///   - image: super-resolved reflectance, 2 rows x 2 columns.
  ///   - anchor: reflectance, rows x columns; ignored where it is not clear.
  ///   - clear: 1 where the anchor is clear, 0 elsewhere.
  ///   - kept: low-resolution pixels whose result is wanted, nil for all. Every round computes only what later rounds
  ///     look at.
  /// - Returns: `kept`, super-resolved.
  package func apply(
    _ image: FloatImage, anchor: FloatImage, clear: [Float], keeping kept: PixelWindow? = nil
  ) -> FloatImage {
    let kept = kept ?? anchor.size.window
    var result = FloatImage(bands: image.bands, size: kept.size.scaled(by: 2))
    apply(anchor: anchor, clear: clear, keeping: kept) { band, fine in
      image.withBand(band) { fine.update(from: $0) }
    } deliver: { band, finished in
      result.withMutableBand(band) { $0.update(from: finished) }
    }
    return result
  }

  /// The same a band at a time, for who has its image elsewhere and takes the result elsewhere.
  /// - Parameters:
  ///   - load: writes a band of the image.
  ///   - deliver: takes a band of `kept`, super-resolved.
  package func apply(
    anchor: FloatImage, clear: [Float], keeping kept: PixelWindow, load: (_ band: Int, _ fine: BandView) -> Void,
    deliver: (_ band: Int, _ finished: BandView) -> Void
  ) {
    let memory = memories.take(anchor.size)
    defer { memories.keep(memory) }
    let isCorrected = rule != .none && clear.contains(1)
    if isCorrected {
      memory.setClear(clear)
      smooth(memory.clear.view, anchor.size.window, into: memory.coverage.view)
    }
    let fine = memory.fine.view
    let finished = BandView(
      origin: fine.pointer(2 * kept.row, 2 * kept.column), size: kept.size.scaled(by: 2), step: fine.step)
    for band in 0..<anchor.bands {
      load(band, fine)
      if isCorrected {
        anchor.withBand(band) { target in
          for round in 0..<Self.rounds { project(memory, target, round: round, kept) }
        }
      }
      deliver(band, finished)
    }
  }

  /// One round on one band: what is wrong in `memory.fine` is corrected where `kept` still depends on it.
  private func project(_ memory: Workspace, _ anchor: BandView, round: Int, _ kept: PixelWindow) {
    let size = memory.size
    func around(_ margin: Int) -> PixelWindow {
      kept.expanded(by: (Self.rounds - 1 - round) * Self.reach + margin, within: size)
    }
    // What is darker than can be published is brought into range between the rounds, so that its surroundings make
    // up for it.
    if round > 0 {
      let window = around(Self.reach).scaled(by: 2)
      for row in window.row..<window.endRow {
        CorrectionArithmetic.raise(memory.fine.view.pointer(row, window.column), to: darkest, count: window.columns)
      }
    }
    let compared = around(Self.upsamplingReach + 2 * Self.smoothingReach)
    let (difference, low) = (memory.difference.view, memory.low.view)
    SensorView.apply(memory.fine.view, taps: taps, window: compared, into: difference)
    for row in compared.row..<compared.endRow {
      CorrectionArithmetic.difference(
        difference.pointer(row, compared.column), from: anchor.pointer(row, compared.column),
        clear: memory.clear.view.pointer(row, compared.column), count: compared.columns)
    }

    let split = around(Self.upsamplingReach + Self.smoothingReach)
    smooth(difference, split, into: low)
    memory.eachRow(split) { at, count in
      CorrectionArithmetic.detail(
        at(memory.detail), energy: at(memory.energy), difference: at(memory.difference), low: at(memory.low),
        coverage: at(memory.coverage), clear: at(memory.clear), count: count)
    }
    let corrected = around(Self.upsamplingReach)
    smooth(memory.energy.view, corrected, into: low)
    memory.eachRow(corrected) { at, count in
      CorrectionArithmetic.correction(
        at(memory.correction), difference: at(memory.difference), detail: at(memory.detail),
        localEnergy: at(memory.low),
        coverage: at(memory.coverage), clear: at(memory.clear), noise: Self.noise, outlier: Self.outlier,
        step: Self.step, count: count)
    }
    Bicubic.add(memory.correction.view, window: around(0), to: memory.fine.view)
  }

  /// Gaussian smoothing of a window; the source's border counts.
  private func smooth(_ source: BandView, _ window: PixelWindow, into target: BandView) {
    let reach = Self.smoothingReach
    let count = window.columns + 2 * reach
    let line = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
    defer { line.deallocate() }
    let offsets = -reach...reach
    let shifted = (0..<offsets.count).map { UnsafePointer<Float>?(UnsafePointer(line.baseAddress! + $0)) }
    var rows = shifted
    for row in window.row..<window.endRow {
      for (index, offset) in offsets.enumerated() {
        rows[index] = UnsafePointer(source.pointer(row + offset, window.column - reach))
      }
      RowArithmetic.weightedSum(rows, weights: Self.gaussian, into: line.baseAddress!, count: count)
      RowArithmetic.weightedSum(
        shifted, weights: Self.gaussian, into: target.pointer(row, window.column), count: window.columns)
    }
  }

  /// Memory that is used from window to window: as much as windows are worked on at the same time.
  private final class Memories: Sendable {
    private let spare = Mutex<[Workspace]>([])

    func take(_ size: RasterSize) -> Workspace {
      spare.withLock { spare -> Workspace? in
        if let fitting = spare.firstIndex(where: { $0.size == size }) { return spare.remove(at: fitting) }
        // Windows at the borders have sizes of their own: what was for others goes.
        if !spare.isEmpty { spare.removeFirst() }
        return nil
      } ?? Workspace(size: size)
    }

    func keep(_ memory: Workspace) { spare.withLock { $0.append(memory) } }
  }

  /// Memory for the bands of a window. Borders stay zero; the rest holds what it held.
  ///
  /// `@unchecked Sendable`: one window at a time works in it.
  private final class Workspace: @unchecked Sendable {
    let size: RasterSize
    let fine: BandBuffer
    let clear, coverage, difference, low, detail, energy, correction: BandBuffer

    init(size: RasterSize) {
      self.size = size
      fine = BandBuffer(size: size.scaled(by: 2))
      let planes = (0..<7).map { _ in BandBuffer(size: size, border: smoothingReach) }
      (clear, coverage, difference, low) = (planes[0], planes[1], planes[2], planes[3])
      (detail, energy, correction) = (planes[4], planes[5], planes[6])
    }

    func setClear(_ values: [Float]) {
      values.withUnsafeBufferPointer { source in
        for row in 0..<size.rows {
          clear.view.pointer(row, 0).update(from: source.baseAddress! + row * size.columns, count: size.columns)
        }
      }
    }

    /// Hands over the pointers of each row of a window.
    func eachRow(
      _ window: PixelWindow, _ body: (_ at: (BandBuffer) -> UnsafeMutablePointer<Float>, _ count: Int) -> Void
    ) {
      for row in window.row..<window.endRow { body({ $0.view.pointer(row, window.column) }, window.columns) }
    }
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
