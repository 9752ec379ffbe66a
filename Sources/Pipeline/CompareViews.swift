internal import GDALAdapter
internal import Geometry
internal import Stacking
private import Synchronization
internal import Workers

/// A view that is open, or what GDAL said of its files.
typealias Opened = Result<any ViewSource, GDALError>

/// A view that GDAL cannot decode is left out; the anchor, and a full disk, are another matter. One of those behind the
/// first `wanted` is left out whatever is wrong with it: nobody relies on it.
func unlessUndecodable(_ index: Int, of wanted: Int, _ body: () throws -> any ViewSource) throws -> Opened {
  do { return .success(try body()) } catch let error as GDALError where index > 0 && error.isAboutReading {
    return .failure(error)
  } catch let error where index >= wanted && !(error is CancellationError) {
    return .failure(GDALError(call: "read", path: "", message: "\(error)"))
  }
}

/// The views of a stack beside its anchor: in areas that are decoded first, and where these tell too little, everywhere.
final class Comparison: Sendable {
  let anchor: ViewRaster
  private let names: [String]
  private let wanted: Int
  let maxShift: Double
  /// Where views are compared first.
  private let areas: [PixelWindow]
  /// The views, as far as they were opened; what could not be decoded turns into a failure.
  private let views: Mutex<[Opened]>

  /// - Parameter opened: the anchor, and the views that are looked at first.
  /// - Throws: what was said of the anchor, `StackingError` where a view has another size.
  init(_ opened: [Opened], names: [String], wanted: Int, maxShift: Double) throws {
    anchor = try opened[0].get().view
    (self.names, self.wanted, self.maxShift) = (names, wanted, maxShift)
    for (name, source) in zip(names, opened) {
      guard case .success(let source) = source, source.view.size != anchor.size else { continue }
      throw StackingError("\(name): \(otherSize(source.view.size, anchor.size)); views must lie on one grid")
    }
    let sources = opened.compactMap { try? $0.get() }
    areas = SampleAreas.areas(
      in: anchor.size,
      piece: RasterSize(
        rows: sources.map(\.piece.rows).max() ?? 1, columns: sources.map(\.piece.columns).max() ?? 1),
      margin: sources.map(\.swathEdgeMargin).max() ?? 0)
    views = Mutex(opened)
  }

  private var whole: [PixelWindow] { [anchor.size.window] }

  func add(_ opened: [Opened]) { views.withLock { $0 += opened } }

  /// Decodes a view in the areas, or in others.
  func sample(_ index: Int, in others: [PixelWindow]? = nil) throws {
    guard case .success(let source) = views.withLock({ $0[index] }), source.view.size == anchor.size else { return }
    let sampled = try unlessUndecodable(index, of: wanted) {
      try source.sample(others ?? areas)
      return source
    }
    views.withLock { $0[index] = sampled }
  }

  /// Reflectance a band that hardly any of the anchor's ground is darker than.
  var darkestOfAnchor: [Float]? { anchor.darkest(0.005, in: areas) }

  func anchorShowsSomething() throws -> Bool { try views.withLock { $0[0] }.get().hasClearPixel(areas) }

  /// - Parameter chosen: views that were opened and sampled.
  /// - Returns: what was found out about each of them, in their order.
  func run(_ chosen: Range<Int>, _ workers: WorkerPool) async throws -> [Compared] {
    // Views that share little of the areas with the anchor, as from another orbit: these are compared everywhere.
    let sharesLittle = try await workers.collect(count: chosen.count) { [self] offset -> Bool in
      let index = chosen.lowerBound + offset
      guard index > 0, areas != whole, case .success(let source) = views.withLock({ $0[index] }),
        source.view.size == anchor.size
      else { return false }
      return !Harmonisation.areEnough(areas, source.view, anchor)
    }
    if sharesLittle.contains(true) { try await workers.run { try self.sample(0, in: self.whole) } }
    var compared = try await workers.collect(count: chosen.count) {
      try self.look(chosen.lowerBound + $0, everywhere: sharesLittle[$0])
    }
    // Nor do the areas have to show what a shift can be told from.
    let unmeasured = areas == whole ? [] : compared.indices.filter { !sharesLittle[$0] && compared[$0].isUnmeasured }
    if !unmeasured.isEmpty {
      try await workers.run { try self.sample(0, in: self.whole) }
      let again = try await workers.collect(count: unmeasured.count) {
        try self.look(chosen.lowerBound + unmeasured[$0], everywhere: true)
      }
      for (offset, found) in zip(unmeasured, again) { compared[offset] = found }
    }
    // What was decoded of views that are left out is of no use to anybody, unless it tells on the anchor.
    for (index, found) in zip(chosen, compared) where found.source == nil && !found.contradicts { drop(index) }
    return compared
  }

  /// A view that is open and lies on the anchor's grid.
  func raster(_ index: Int) -> ViewRaster? {
    guard case .success(let source) = views.withLock({ $0[index] }), source.view.size == anchor.size else { return nil }
    return source.view
  }

  /// What was decoded of a view is of no use to anybody.
  func drop(_ index: Int) {
    let dropped = views.withLock { views in
      defer { views[index] = .failure(GDALError(call: "read", path: "", message: "left out")) }
      return try? views[index].get()
    }
    dropped?.close()
  }

  private func look(_ index: Int, everywhere: Bool) throws -> Compared {
    defer { anchor.release() }
    if everywhere { try sample(index, in: whole) }
    return compare(
      views.withLock { $0[index] }, with: anchor, in: everywhere ? whole : areas, isAll: everywhere || areas == whole,
      index: index, name: names[index], maxShift: maxShift)
  }
}

private func otherSize(_ size: RasterSize, _ wanted: RasterSize) -> String {
  "is \(size.columns) x \(size.rows) pixels, the anchor is \(wanted.columns) x \(wanted.rows)"
}

extension ViewSource {
  /// Decodes and trims some areas.
  fileprivate func sample(_ areas: [PixelWindow]) throws {
    for area in areas {
      try decode(area)
      for top in stride(from: area.row, to: area.endRow, by: 512) {
        view.trimSwathEdge(
          margin: swathEdgeMargin,
          in: PixelWindow(
            row: top, column: area.column, rows: min(512, area.endRow - top), columns: area.columns))
        view.release()
      }
    }
  }

  /// Whether any pixel is clear; all is decoded where none is in the areas that already are.
  fileprivate func hasClearPixel(_ areas: [PixelWindow]) throws -> Bool {
    if view.clearPixels(in: areas) > 0 { return true }
    try sample([view.size.window])
    return view.clearPixels() > 0
  }
}

/// What was found out about one view.
struct Compared: Sendable {
  var described: StackedView
  /// Nil where it is left out.
  var source: (any ViewSource)?
  var harmonisation: Harmonisation

  /// It is left out for showing something else than the anchor does, or elsewhere.
  var contradicts = false
  /// It would be used, and nobody knows where it lies.
  var isUnmeasured: Bool { source != nil && described.shift == nil }
}

/// Shift and harmonisation of one view, or why it cannot be used.
/// - Parameter isAll: nothing else is there to compare it in.
func compare(
  _ sampled: Opened, with anchor: ViewRaster, in areas: [PixelWindow], isAll: Bool,
  index: Int, name: String, maxShift: Double
) -> Compared {
  let identity = Harmonisation.identity(bands: anchor.bands)
  func out(_ reason: String, _ shift: Shift? = nil, contradicts: Bool = false) -> Compared {
    let left = StackedView(index: index, name: name, shift: shift, reason: reason)
    return Compared(described: left, source: nil, harmonisation: identity, contradicts: contradicts)
  }
  let source: any ViewSource
  switch sampled {
  case .success(let opened): source = opened
  case .failure(let error):
    var left = out("cannot be decoded: \(error.message)")
    left.described.isUndecodable = true
    return left
  }
  let raster = source.view
  // Those that were chosen first have one size, or nothing is done.
  if raster.size != anchor.size { return out(otherSize(raster.size, anchor.size)) }
  if index == 0 {
    let described = StackedView(index: 0, name: name, shift: Shift(rows: 0, columns: 0))
    return Compared(described: described, source: source, harmonisation: identity)
  }
  guard raster.clearPixels(in: areas) > 0 else { return out("no clear pixel with data in every band") }
  defer { raster.release() }
  var estimate = ShiftEstimator.estimate(size: anchor.size, fixed: anchor.intensity, moving: raster.intensity)
  if estimate == .unmeasurable, isAll {
    estimate = ShiftEstimator.estimate(
      size: anchor.size, fixed: anchor.intensity, moving: raster.intensity,
      windows: ShiftEstimator.windows(sharedBy: anchor, raster))
  }
  switch estimate {
  case .unmatched:
    return out(
      "does not match the anchor: shifted by more than \(ShiftEstimator.farthest) pixels, another place, cloud that its "
        + "mask misses, or ground that changed too much to tell", contradicts: true)
  case .found(let shift) where shift.length > maxShift:
    let (rows, columns) = ((shift.rows * 100).rounded() / 100, (shift.columns * 100).rounded() / 100)
    return out(
      "shifted by \(rows) rows, \(columns) columns against the anchor; \(maxShift) pixels are allowed", shift,
      contradicts: true)
  case .found, .unmeasurable:
    guard let harmonisation = Harmonisation.fit(raster, to: anchor, in: areas) else {
      // Elsewhere they may share something.
      let described = StackedView(index: index, name: name)
      guard isAll else { return Compared(described: described, source: source, harmonisation: identity) }
      return out("shows nothing that is clear in the anchor too: its colours cannot be compared")
    }
    if let band = harmonisation.unlikeBand {
      let colour = anchor.bands == 3 ? ["red", "green", "blue"][band] : "number \(band + 1)"
      return out(
        "its band \(colour) shows nothing of what the anchor's shows, as one that is dead or another one",
        estimate.shift, contradicts: true)
    }
    let described = StackedView(
      index: index, name: name, shift: estimate.shift, harmonisation: harmonisation)
    return Compared(described: described, source: source, harmonisation: harmonisation)
  }
}
