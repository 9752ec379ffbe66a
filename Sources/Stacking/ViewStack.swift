package import Geometry
package import Raster

/// Views of one tile, ready to be super-resolved: the anchor first, then clearest first, each with what brings it to
/// the anchor's radiometry, and the reference frame made of them.
package struct ViewStack: Sendable {
  package let views: [ViewRaster]
  /// Same order as `views`; the anchor's is the identity.
  package let harmonisations: [Harmonisation]
  package let reference: ReferenceFrame
  private let rows: StackRows

  package var anchor: ViewRaster { views[0] }
  package var size: RasterSize { anchor.size }
  package var bands: Int { anchor.bands }

  /// - Parameters:
  ///   - sources: the anchor's first; what they have not decoded yet is decoded when it is wanted.
  ///   - shifts: of the views against the anchor; nil for none.
  ///   - filling: reflectance a band where nothing was ever seen.
  ///   - darkestFilling: see `ReferenceFrame`.
  ///   - scratch: folder for the reference frame.
  ///   - leastStrip, onPiece: see `StackRows`.
  /// - Throws: `StorageError`.
  package init(
    _ sources: [any ViewSource], harmonisations: [Harmonisation], shifts: [Shift]? = nil, filling: [Float],
    darkestFilling: [Float]? = nil, scratch: String,
    leastStrip: Int = 1024, onPiece: @escaping @Sendable () -> Void = {}
  ) throws {
    precondition(!sources.isEmpty && sources.count == harmonisations.count, "one harmonisation a view")
    views = sources.map(\.view)
    self.harmonisations = harmonisations
    reference = try ReferenceFrame(
      views: views, harmonisations: harmonisations,
      shifts: shifts ?? sources.map { _ in Shift(rows: 0, columns: 0) }, filling: filling,
      darkestFilling: darkestFilling,
      scratch: scratch)
    rows = StackRows(sources, reference: reference, leastStrip: leastStrip, onPiece: onPiece)
  }

  /// Waits until the rows before `end` can be looked at, and does a part of the work that they need; nil for all rows.
  /// - Throws: `UndecodableView`, `GDALError`, `StorageError`.
  package func require(rowsBefore end: Int? = nil) throws { try rows.require(end ?? size.rows) }

  /// Does a piece of the work that rows before `end` need, if there is any left.
  /// - Throws: as `require`.
  package func workAhead(rowsBefore end: Int) throws { try rows.workAhead(to: end) }

  /// Lets go of the memory that holds what was looked at; the scratch files keep it.
  package func release() {
    for view in views { view.release() }
    reference.release()
  }

  /// Whether any view saw a pixel, clear or masked.
  package func isSeen(row: Int, column: Int) -> Bool {
    let pixel = row * size.columns + column
    return views.contains { $0.counts(band: 0)[pixel] > ViewRaster.edge }
  }

  /// Share of what was seen that no view shows clear, 0 to 1.
  /// - Throws: as `require`.
  package func neverClearFraction() throws -> Double {
    try require()
    var (seen, clear) = (0, 0)
    for row in 0..<size.rows {
      for column in 0..<size.columns where isSeen(row: row, column: column) {
        seen += 1
        if reference.clearViews(row: row, column: column) > 0 { clear += 1 }
      }
    }
    release()
    return Double(seen - clear) / Double(max(seen, 1))
  }

  /// A view's harmonised reflectance in `window`; pixels that must not be used are the reference frame's.
  package func reflectance(ofView index: Int, _ window: PixelWindow) -> FloatImage {
    let view = views[index]
    let harmonisation = harmonisations[index]
    var image = reference.reflectance(window)
    image.pixels.withUnsafeMutableBufferPointer { pixels in
      for band in 0..<bands {
        let counts = view.counts(band: band)
        let (line, scale) = (harmonisation.line(band), 1 / ViewRaster.countsPerReflectance)
        for row in 0..<window.rows {
          let source = (window.row + row) * size.columns + window.column
          let target = (band * window.rows + row) * window.columns
          for column in 0..<window.columns where counts[source + column] >= ViewRaster.lowestCount {
            pixels[target + column] = line(Float(counts[source + column]) * scale)
          }
        }
      }
    }
    return image
  }
}
