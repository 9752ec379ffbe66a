import GDALAdapter
import Geometry
import Raster
import Stacking
import Synchronization
import TestSupport
import Testing
import Workers

private let size = RasterSize(rows: 150, columns: 70)

/// Where nothing was seen, and what is masked, of view `index`: a slanting swath edge, a hole that grows into the unseen
/// of all views, scattered clouds.
private func state(_ index: Int, _ row: Int, _ column: Int) -> Int16? {
  if column + row / 3 < 12 + 2 * index { return ViewRaster.noData }
  if (60..<110).contains(row), (30..<55).contains(column) { return ViewRaster.masked }
  return (row * 7 + column * 3 + index * 31) % 97 < 6 ? ViewRaster.masked : nil
}

/// A view that has its pixels elsewhere and hands them over a piece at a time, as a decoder does; a piece that is asked for
/// twice, or by two threads at a time, is an error of who asks.
private final class PiecewiseView: ViewSource {
  let view: ViewRaster
  let piece = RasterSize(rows: 16, columns: 32)
  let swathEdgeMargin = 2
  private let whole: ViewRaster
  /// Row of pieces that cannot be decoded.
  private let damagedRow: Int?
  private let state = Mutex((decoded: Set<Int>(), isBusy: false, overlaps: 0, isClosed: false))

  init(_ whole: ViewRaster, damagedRow: Int? = nil, scratch: String) throws {
    self.whole = whole
    self.damagedRow = damagedRow
    view = try ViewRaster(
      name: whole.name, bands: whole.bands, size: whole.size, scratch: "\(scratch)/\(whole.name).lazy")
  }

  var decodedPieces: Int { state.withLock { $0.decoded.count } }
  var overlaps: Int { state.withLock { $0.overlaps } }
  var isClosed: Bool { state.withLock { $0.isClosed } }

  func decode(_ area: PixelWindow) throws {
    state.withLock {
      if $0.isBusy || $0.isClosed { $0.overlaps += 1 }
      $0.isBusy = true
    }
    defer { state.withLock { $0.isBusy = false } }
    for row in (area.row / piece.rows)...((area.endRow - 1) / piece.rows) {
      if row == damagedRow { throw GDALError(call: "read band 1", path: whole.name, message: "damaged") }
      for column in (area.column / piece.columns)...((area.endColumn - 1) / piece.columns)
      where state.withLock({ $0.decoded.insert(row * 100 + column).inserted }) { copy(row, column) }
    }
  }

  private func copy(_ row: Int, _ column: Int) {
    for band in 0..<whole.bands {
      let (from, to) = (whole.counts(band: band), view.counts(band: band))
      for y in (row * piece.rows)..<min((row + 1) * piece.rows, size.rows) {
        for x in (column * piece.columns)..<min((column + 1) * piece.columns, size.columns) {
          to[y * size.columns + x] = from[y * size.columns + x]
        }
      }
    }
  }

  func close() { state.withLock { $0.isClosed = true } }
}

private struct Lazy {
  let stack: ViewStack
  let sources: [PiecewiseView]
}

private let harmonisations =
  [Harmonisation.identity(bands: 2)]
  + (1..<3).map {
    Harmonisation(gain: [1.1, 0.9], offset: [Float($0) * 0.01, 0])
  }

private func views(_ folder: TemporaryFolder) throws -> [ViewRaster] {
  let scene = WaveScene(bands: 2, finest: 3)
  return try (0..<3).map { index in
    try ViewRaster.make(scene.image(size), name: "view\(index)", scratch: folder.path) { state(index, $0, $1) }
  }
}

private func lazy(
  _ views: [ViewRaster], strip: Int, damaged: (view: Int, row: Int)? = nil, _ folder: TemporaryFolder
) throws -> Lazy {
  let sources = try views.enumerated().map {
    try PiecewiseView($1, damagedRow: damaged?.view == $0 ? damaged?.row : nil, scratch: folder.path)
  }
  return Lazy(
    stack: try ViewStack(
      sources, harmonisations: harmonisations, filling: [0.1, 0.2], scratch: folder.path, leastStrip: strip),
    sources: sources)
}

private func reference(_ stack: ViewStack, _ rows: Range<Int>) -> [UInt32] {
  stack.reference.reflectance(PixelWindow(row: rows.lowerBound, column: 0, rows: rows.count, columns: size.columns))
    .pixels.map(\.bitPattern)
}

@Suite struct StackRowsTests {
  /// The whole stack at once, trimmed all over before the frame is made.
  private func atOnce(_ folder: TemporaryFolder) throws -> ViewStack {
    let views = try views(folder)
    for view in views { view.trimSwathEdge(margin: 2) }
    return try ViewStack.make(views, harmonisations: harmonisations, filling: [0.1, 0.2], scratch: folder.path)
  }

  @Test(arguments: [16, 48, 1000], [1, 3])
  func whatIsMadeReadyInStripsIsWhatIsMadeAtOnce(strip: Int, workers: Int) async throws {
    let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
    let whole = try atOnce(folder)
    let lazy = try lazy(try views(other), strip: strip, other)
    // A sample is decoded and trimmed before: that changes nothing.
    let sample = PixelWindow(row: 32, column: 0, rows: 32, columns: 64)
    for source in lazy.sources {
      try source.decode(sample)
      source.view.trimSwathEdge(margin: 2, in: sample)
    }
    try await WorkerPool(workers: workers).run(count: 30) { index in
      let end = index * 5 + 3
      try lazy.stack.workAhead(rowsBefore: end + 40)
      try lazy.stack.require(rowsBefore: end)
      // What is ready stays as it is.
      let isSame = reference(lazy.stack, 0..<end) == reference(whole, 0..<end)
      #expect(isSame, "rows before \(end)")
    }
    try lazy.stack.require()
    let isSame = reference(lazy.stack, 0..<size.rows) == reference(whole, 0..<size.rows)
    #expect(isSame)
    for (a, b) in zip(lazy.stack.views, whole.views) {
      #expect((0..<2).allSatisfy { Array(a.counts(band: $0)) == Array(b.counts(band: $0)) })
    }
    #expect(try lazy.stack.neverClearFraction() == whole.neverClearFraction())
    #expect(lazy.sources.allSatisfy { $0.decodedPieces == 30 && $0.overlaps == 0 && $0.isClosed })
  }

  @Test func onlyWhatIsLookedAtIsDecoded() throws {
    let folder = try TemporaryFolder()
    let lazy = try lazy(try views(folder), strip: 16, folder)
    try lazy.stack.require(rowsBefore: 10)
    // 10 rows, 24 that they are continued by, 69 that the frame looks at, 2 that trimming does: 105 rows, 7 rows of pieces.
    #expect(lazy.sources.allSatisfy { $0.decodedPieces == 21 && !$0.isClosed })
    try lazy.stack.workAhead(rowsBefore: 23)
    #expect(lazy.sources.map(\.decodedPieces).sorted() == [21, 21, 24])
    try lazy.stack.workAhead(rowsBefore: 10)
    #expect(lazy.sources.map(\.decodedPieces).sorted() == [21, 21, 24])
  }

  @Test func aViewThatCannotBeDecodedIsNamed() throws {
    let folder = try TemporaryFolder()
    let lazy = try lazy(try views(folder), strip: 16, damaged: (2, 8), folder)
    try lazy.stack.require(rowsBefore: 10)
    for _ in 0..<2 {
      let error = #expect(throws: UndecodableView.self) { try lazy.stack.require() }
      #expect(error?.index == 2 && error?.name == "view2" && error?.cause.message == "damaged")
    }
    // Without the anchor there is nothing to agree with.
    let other = try TemporaryFolder()
    let anchorless = try self.lazyAnchor(other)
    #expect(throws: GDALError.self) { try anchorless.stack.require() }
  }

  private func lazyAnchor(_ folder: TemporaryFolder) throws -> Lazy {
    try lazy(try views(folder), strip: 16, damaged: (0, 8), folder)
  }
}

@Test func trimmingPartByPartIsTrimmingAtOnce() throws {
  let folder = try TemporaryFolder()
  let (whole, parts) = (try views(folder)[1], try views(try TemporaryFolder())[1])
  whole.trimSwathEdge(margin: 2)
  for top in stride(from: 0, to: size.rows, by: 13) {
    for left in stride(from: 0, to: size.columns, by: 9) {
      let area = try #require(PixelWindow(row: top, column: left, rows: 13, columns: 9).intersection(size.window))
      parts.trimSwathEdge(margin: 2, in: area)
      parts.trimSwathEdge(margin: 2, in: area)
    }
  }
  #expect((0..<2).allSatisfy { Array(whole.counts(band: $0)) == Array(parts.counts(band: $0)) })
  #expect(whole.counts(band: 0).contains(ViewRaster.edge))
}

@Test func samplesOfSmallRastersAreAllOfThem() {
  let piece = RasterSize(rows: 1024, columns: 1024)
  let small = RasterSize(rows: 2048, columns: 2000)
  #expect(SampleAreas.areas(in: small, piece: piece, margin: 2) == [small.window])
  let tile = RasterSize(rows: 10_980, columns: 10_980)
  let areas = SampleAreas.areas(in: tile, piece: piece, margin: 2)
  #expect(areas.count == 16 && Set(areas.map(\.row)) == [0, 3072, 7168, 10_240])
  #expect(areas.last == PixelWindow(row: 10_240, column: 10_240, rows: 740, columns: 740))
  // What the shift's windows look at lies inside.
  for window in ShiftEstimator.windows(in: tile) {
    let looked = window.expanded(by: 2, within: tile)
    #expect(areas.contains { $0.intersection(looked) == looked })
  }
}
