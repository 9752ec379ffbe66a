import Buildings
import Foundation
import GDALAdapter
import Geometry
import Grouping
import Networks
import Pipeline
import Product
import Raster
import Stacking
import Storage
import Synchronization
import TestSupport
import Testing
import Workers

private let size = RasterSize(rows: 45, columns: 38)

private func model() throws -> Model { try Model.load(packageFolder() + "/models/highresnet-rgb-x2.json") }

private func writeMask(_ path: String, size: RasterSize = size, isMasked: (_ row: Int, _ column: Int) -> Bool) throws {
  let file = try RasterFile.create(path, driver: "GTiff", size: size, bands: 1, type: .uint8)
  let pixels = (0..<size.pixelCount).map { isMasked($0 / size.columns, $0 % size.columns) ? UInt8(1) : 0 }
  try file.write(pixels, band: 0, window: size.window)
  try file.close()
}

@discardableResult
private func run(_ files: FileStack, _ output: String, options: RunOptions = RunOptions()) async throws
  -> FileStackResult
{
  try await superResolveFiles(
    files, output: output, options: options, model: try model(), workers: WorkerPool(workers: 2))
}

private func pixels(_ path: String) throws -> [UInt16] {
  let file = try RasterFile.openGeoTIFF(path)
  return try (0..<3).flatMap { try file.read(UInt16.self, band: $0, window: file.size.window) }
}

private let scene = WaveScene(finest: 4)

private func sourcePlace(_ path: String) throws -> GridGeometry {
  let file = try RasterFile.openPlaced(path)
  return try file.place() ?? .unplaced(file.size)
}

@Test func plainViewsGiveOneFinerImageOnTheSameGround() async throws {
  let folder = try TemporaryFolder()
  let grid = GridGeometry(
    epsg: 32631, upperLeftX: 400_000, upperLeftY: 4_800_000, pixelWidth: 10, pixelHeight: 10, size: size)
  let views = try (0..<3).map { index -> String in
    let path = folder.path + "/view \(index).tif"
    try writeView(
      scene.image(size, shift: Shift(rows: 0.3 * Double(index), columns: -0.4 * Double(index))), path,
      type: index == 1 ? .int16 : .uint16, grid: grid)
    return path
  }
  let result = try await run(FileStack(views: views, masks: [], anchor: nil), folder.path + "/out.tif")
  #expect(result.anchor == 0 && result.used.count == 3 && result.certificate.isWithinLimits)
  let written = try RasterFile.openGeoTIFF(folder.path + "/out.tif")
  #expect(written.grid == grid.refined(by: 2))
  #expect(FileManager.default.contents(atPath: folder.path + "/out.tif") != nil)
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 4, "nothing is left behind")
}

/// The value of a masked or missing pixel must not matter, bit for bit.
@Test func nothingLeaksOutOfMaskedPixels() async throws {
  let folder = try TemporaryFolder()
  func isMasked(_ view: Int, _ row: Int, _ column: Int) -> Bool {
    (row - 10 * view - 8) * (row - 10 * view - 8) + (column - 15) * (column - 15) < 40 || (row == 30 && column == 30)
  }
  var results: [[UInt16]] = []
  for hidden: Int32 in [1, 9000] {
    var files = FileStack(views: [], masks: [], anchor: 0)
    for view in 0..<3 {
      let (path, mask) = (folder.path + "/v\(hidden)-\(view).tif", folder.path + "/m\(hidden)-\(view).tif")
      try writeView(scene.image(size), path) { row, column, count in
        column < 3 ? 0 : isMasked(view, row, column) ? hidden : count
      }
      try writeMask(mask) { isMasked(view, $0, $1) }
      files.views.append(path)
      files.masks.append(mask)
    }
    let output = folder.path + "/out\(hidden).tif"
    try await run(files, output)
    results.append(try pixels(output))
  }
  #expect(results[0] == results[1])
  // No data just where no view is clear: the strip without data, widened by nothing, and the pixel all views mask.
  for row in 0..<size.rows {
    for column in 0..<size.columns {
      let isEmpty = results[0][(2 * row + 1) * size.columns * 2 + 2 * column] == 0
      let isNeverClear = column < 3 || (0..<3).allSatisfy { isMasked($0, row, column) }
      #expect(isEmpty == isNeverClear)
    }
  }
}

@Test(arguments: [(1, 1), (2, 3), (5, 9), (33, 1)])
func anySizeWillDo(rows: Int, columns: Int) async throws {
  let folder = try TemporaryFolder()
  let small = RasterSize(rows: rows, columns: columns)
  let path = folder.path + "/v.tif"
  try writeView(scene.image(small), path)
  try await run(FileStack(views: [path, path], masks: [], anchor: 1), folder.path + "/out.tif")
  let written = try RasterFile.openGeoTIFF(folder.path + "/out.tif")
  #expect(written.size == small.scaled(by: 2))
}

@Test func mistakesAreNamed() async throws {
  let folder = try TemporaryFolder()
  let view = folder.path + "/v.tif"
  try writeView(scene.image(size), view)
  let other = folder.path + "/other.tif"
  try writeView(scene.image(RasterSize(rows: 20, columns: 20)), other)
  let mask = folder.path + "/m.tif"
  try writeMask(mask, size: RasterSize(rows: 20, columns: 20)) { _, _ in false }
  let gray = folder.path + "/gray.tif"
  try writeView(WaveScene(bands: 1).image(size), gray)
  let float = folder.path + "/float.tif"
  try writeView(scene.image(size), float, type: .float32)
  let out = folder.path + "/out.tif"
  for (files, word) in [
    (FileStack(views: [view], masks: [], anchor: 1), "anchor 1"),
    (FileStack(views: [view, view], masks: [mask], anchor: 0), "masks"),
    (FileStack(views: [view], masks: [mask], anchor: 0), "m.tif"),
    (FileStack(views: [view, other], masks: [], anchor: 0), "other.tif"),
    (FileStack(views: [gray], masks: [], anchor: 0), "bands"),
    (FileStack(views: [float], masks: [], anchor: 0), "float32"),
    (FileStack(views: [folder.path + "/none.tif"], masks: [], anchor: 0), "none.tif"),
    (FileStack(views: [], masks: [], anchor: nil), "no view"),
  ] {
    let error = await #expect(throws: (any Error).self) { try await run(files, out) }
    #expect("\(try #require(error))".contains(word))
  }
  let nowhere = await #expect(throws: (any Error).self) {
    try await run(FileStack(views: [view], masks: [], anchor: 0), folder.path + "/no/out.tif")
  }
  #expect("\(try #require(nowhere))".contains("no/out.tif"))
  #expect(!FileManager.default.fileExists(atPath: out))
}

/// Masks lie where their views do, and views are compared with the first one that says where it lies.
@Test func otherGroundIsRefused() async throws {
  let folder = try TemporaryFolder()
  func grid(_ epsg: Int, _ x: Double) -> GridGeometry {
    GridGeometry(epsg: epsg, upperLeftX: x, upperLeftY: 4_800_000, pixelWidth: 10, pixelHeight: 10, size: size)
  }
  func view(_ name: String, _ grid: GridGeometry?) throws -> String {
    try writeView(scene.image(size), "\(folder.path)/\(name).tif", grid: grid)
    return "\(folder.path)/\(name).tif"
  }
  let (nowhere, here) = (try view("nowhere", nil), try view("here", grid(32631, 400_000)))
  let there = try view("there", grid(32755, 400_000))
  for files in [
    FileStack(views: [nowhere, here, there], masks: [], anchor: nil),
    FileStack(views: [here], masks: [there], anchor: nil),
    FileStack(views: [here], masks: [try view("beside", grid(32631, 400_010))], anchor: nil),
    // Of no known system, and yet at two places.
    FileStack(
      views: [try view("some", grid(0, 400_000)), try view("elsewhere", grid(0, 400_100))], masks: [], anchor: nil),
  ] {
    await #expect(throws: StackingError.self) { try await run(files, folder.path + "/out.tif") }
  }
  // What is made of one that says nothing lies anywhere, too.
  _ = try await run(FileStack(views: [nowhere], masks: [], anchor: 0), folder.path + "/out.tif")
  #expect(try sourcePlace(folder.path + "/out.tif").liesLike(grid(0, 400_000)))
  // Who says nothing lies where the others do.
  _ = try await run(FileStack(views: [nowhere, here], masks: [], anchor: 0), folder.path + "/out.tif")
  #expect(try RasterFile.openGeoTIFF(folder.path + "/out.tif").grid == grid(32631, 400_000).refined(by: 2))
}

/// An anchor that is too dark to be published is followed as far as that goes, and that is told.
@Test func whatIsTooDarkIsCounted() async throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/dark.tif"
  try writeView(FloatImage(bands: 3, size: size, repeating: 0), path, type: .int16) { row, column, _ in
    Int32(-100 + (row + column) % 3)
  }
  let result = try await run(FileStack(views: [path], masks: [], anchor: 0), folder.path + "/out.tif")
  #expect(result.certificate.clampedSamples == 3 * 4 * size.pixelCount)
}

@Test func anAnchorWithNothingClearIsNamed() async throws {
  let folder = try TemporaryFolder()
  let (view, mask) = (folder.path + "/v.tif", folder.path + "/m.tif")
  try writeView(scene.image(size), view)
  try writeMask(mask) { _, _ in true }
  let error = await #expect(throws: (any Error).self) {
    try await run(FileStack(views: [view], masks: [mask], anchor: nil), folder.path + "/out.tif")
  }
  let message = "\(try #require(error))"
  #expect(message.contains("v.tif") && message.contains("no clear pixel"))
}

/// A second view that cannot be decoded does not keep the first from being used.
@Test func aViewThatCannotBeDecodedIsLeftOut() async throws {
  let folder = try TemporaryFolder()
  let image = try ViewRaster.make(scene.image(size), name: "good", scratch: folder.path)
  let built = try await buildStack(
    names: ["good", "bad"], wanted: 2, maxShift: 1.5, filling: [0.1, 0.1, 0.1], scratch: folder.path,
    workers: WorkerPool(workers: 2),
    open: { index in
      if index == 1 { throw GDALError(call: "read band 1", path: "bad.jp2", message: "truncated") }
      return LoadedView(image)
    })
  #expect(built.used.map(\.name) == ["good"] && built.leftOut.map(\.name) == ["bad"])
  #expect(built.leftOut[0].reason?.contains("truncated") == true)
}

/// A view in small pieces, so that only some of them are sampled.
private final class SmallPieces: ViewSource {
  let view: ViewRaster
  var piece: RasterSize { RasterSize(rows: 16, columns: 16) }
  var swathEdgeMargin: Int { 0 }

  init(_ view: ViewRaster) { self.view = view }

  func decode(_ area: PixelWindow) {}
  func close() {}
}

/// Two orbits see a tile's left and right part, and what both see lies beside the sampled blocks.
@Test func viewsThatShareLittleAreHarmonisedOnAllTheyShare() async throws {
  let folder = try TemporaryFolder()
  let wide = RasterSize(rows: 300, columns: 1000)
  let image = scene.image(wide)
  var darker = image
  for pixel in darker.pixels.indices { darker.pixels[pixel] = 0.8 * darker.pixels[pixel] + 0.02 }
  let left = try ViewRaster.make(image, name: "left", scratch: folder.path) { _, column in
    column < 590 ? nil : ViewRaster.noData
  }
  let right = try ViewRaster.make(darker, name: "right", scratch: folder.path) { _, column in
    column < 420 ? ViewRaster.noData : nil
  }
  let sampled = SampleAreas.areas(in: wide, piece: RasterSize(rows: 16, columns: 16), margin: 0)
  #expect(sampled.allSatisfy { $0.endColumn <= 420 || $0.column >= 590 })
  let built = try await buildStack(
    names: ["left", "right"], wanted: 2, maxShift: 1.5, filling: [0.1, 0.1, 0.1], scratch: folder.path,
    workers: WorkerPool(workers: 2), open: { SmallPieces([left, right][$0]) })
  let fit = built.stack.harmonisations[1]
  for band in 0..<3 {
    #expect(abs(fit.gain[band] - 1.25) < 0.01 && abs(fit.offset[band] + 0.025) < 0.002)
  }
}

/// Two orbits see a tile's left and right part: the shift, too, is told from what both see, wherever that lies; a view that
/// shares nothing with the anchor fills nothing, since nobody knows its colours.
@Test(arguments: [0.0, 3.0])
func theShiftIsToldFromWhatIsShared(rows: Double) async throws {
  let folder = try TemporaryFolder()
  let wide = RasterSize(rows: 300, columns: 1000)
  let smooth = WaveScene(finest: 9)
  let left = try ViewRaster.make(smooth.image(wide), name: "left", scratch: folder.path) { _, column in
    column < 590 ? nil : ViewRaster.noData
  }
  let moved = smooth.image(wide, shift: Shift(rows: rows, columns: 0))
  let right = try ViewRaster.make(moved, name: "right", scratch: folder.path) { _, column in
    column < 430 ? ViewRaster.noData : nil
  }
  let far = try ViewRaster.make(smooth.image(wide), name: "far", scratch: folder.path) { _, column in
    column < 600 ? ViewRaster.noData : nil
  }
  #expect(ShiftEstimator.estimate(size: wide, fixed: left.intensity, moving: right.intensity) == .unmeasurable)
  let built = try await buildStack(
    names: ["left", "right", "far"], wanted: 3, maxShift: 1.5, filling: [0.1, 0.1, 0.1], scratch: folder.path,
    workers: WorkerPool(workers: 2), open: { SmallPieces([left, right, far][$0]) })
  #expect(built.leftOut.last?.reason?.contains("shows nothing that is clear in the anchor") == true)
  if rows == 0 {
    #expect(built.used.map(\.name) == ["left", "right"] && (built.used[1].shift?.length ?? 9) < 0.1)
  } else {
    #expect(built.used.map(\.name) == ["left"] && built.leftOut[0].reason?.contains("shifted by") == true)
  }
}

/// Counts that the file itself says are no reflectance x 10000 are refused, and 0 in an unsigned file is no data, whatever
/// else it states.
@Test func whatTheFileSaysOfItsCountsHolds() async throws {
  let folder = try TemporaryFolder()
  func view(_ name: String, offset: Double, noData: Double?, type: SampleType = .uint16) throws -> String {
    let path = folder.path + "/" + name
    let file = try RasterFile.create(path, driver: "GTiff", size: size, bands: 3, type: type)
    for band in 0..<3 {
      if offset != 0 { try file.setScale(1e-4, offset: offset, band: band) }
      let counts = (0..<size.pixelCount).map { $0 % size.columns < 9 ? Int32(0) : Int32(1000 + 7 * ($0 % 50)) }
      if let noData { try file.setNoData(noData, band: band) }
      try file.write(counts, band: band, window: size.window)
    }
    try file.close()
    return path
  }
  let shifted = FileStack(views: [try view("offset.tif", offset: -0.1, noData: nil)], masks: [], anchor: 0)
  await #expect {
    try await run(shifted, folder.path + "/x.tif")
  } throws: {
    "\($0)".contains("offset.tif: band 1 has scale 0.0001 and offset -0.1")
  }
  for noData in [nil, 0, 65_535] as [Double?] {
    let path = try view("nodata.tif", offset: 0, noData: noData)
    try await run(FileStack(views: [path], masks: [], anchor: 0), folder.path + "/out.tif")
    let band = try pixels(folder.path + "/out.tif").prefix(4 * size.pixelCount)
    #expect(
      band.enumerated().allSatisfy { ($1 == 0) == ($0 % (2 * size.columns) < 18) }, "\(String(describing: noData))")
  }
}

/// What a file beside the raster says counts as what stands in it: GDAL puts there what a format cannot hold.
@Test func whatTheFileBesideItSaysHoldsToo() async throws {
  let folder = try TemporaryFolder()
  let image = scene.image(size)
  func view(_ name: String, _ band: String) throws -> String {
    let path = "\(folder.path)/\(name).tif"
    try writeView(image, path) { _, column, count in column < 9 ? 7777 : count }
    let bands = (1...3).map { "<PAMRasterBand band=\"\($0)\">\(band)</PAMRasterBand>" }.joined()
    try Data("<PAMDataset>\(bands)</PAMDataset>".utf8).write(to: URL(fileURLWithPath: path + ".aux.xml"))
    return path
  }
  let hole = try view("hole", "<NoDataValue>7777</NoDataValue>")
  let result = try await run(FileStack(views: [hole], masks: [], anchor: 0), folder.path + "/o.tif")
  #expect(abs(result.certificate.emptyFraction - 9 / Double(size.columns)) < 0.01)
  let shifted = try view("shifted", "<Offset>-0.1</Offset><Scale>0.0001</Scale>")
  await #expect { try await run(FileStack(views: [shifted], masks: [], anchor: 0), folder.path + "/o.tif") } throws: {
    "\($0)".contains("offset -0.1")
  }
}

/// Where a raster says which colours its bands are, they are to be those that are asked for.
@Test func bandsThatSayTheyAreOthersAreRefused() async throws {
  let folder = try TemporaryFolder()
  let grid = GridGeometry(
    epsg: 32631, upperLeftX: 400_000, upperLeftY: 4_800_000, pixelWidth: 5, pixelHeight: 5, size: size)
  func view(_ name: String, _ colors: [ColorInterpretation], _ descriptions: [String] = []) throws -> String {
    let path = "\(folder.path)/\(name).tif"
    try writeView(scene.image(size), path, grid: grid)
    let file = try RasterFile.openGeoTIFF(path, update: true)
    for (band, color) in colors.enumerated() { try file.setColor(color, band: band) }
    for (band, text) in descriptions.enumerated() { try file.setDescription(text, band: band) }
    try file.close()
    return path
  }
  for path in [
    try view("colours", [.blue, .green, .red]), try view("names", [], ["B02", "B03", "B04"]),
    try view("infrared", [], ["B08", "B04", "B03"]),
  ] {
    await #expect {
      try await run(FileStack(views: [path], masks: [], anchor: 0), folder.path + "/o.tif")
    } throws: {
      "\($0)".contains("band 1 says that it is")
    }
    #expect { try BuildingImage.open(path) } throws: { "\($0)".contains("band 1 says that it is") }
  }
  for path in [
    try view("right", [.red, .green, .blue], ["B04", "B03", "B02"]), try view("grey", [.gray, .undefined, .undefined]),
    try view("other", [], ["mean red", "B3", "blue"]),
  ] {
    try await run(FileStack(views: [path], masks: [], anchor: 0), folder.path + "/o.tif")
    _ = try BuildingImage.open(path)
  }
}

/// What a mask raster itself hides is not known to be clear.
@Test(arguments: RasterMask.allCases) func whatAMaskDoesNotKnowIsMasked(mask: RasterMask) async throws {
  let folder = try TemporaryFolder()
  try writeView(scene.image(size), folder.path + "/a.tif")
  let hidden = Set((0..<size.pixelCount).filter { $0 % size.columns < 10 })
  try writeMasked(
    [UInt16](repeating: 0, count: size.pixelCount), hidden: hidden, by: mask, size: size, to: folder.path + "/m.tif")
  let result = try await run(
    FileStack(views: [folder.path + "/a.tif"], masks: [folder.path + "/m.tif"], anchor: 0), folder.path + "/o.tif")
  let share = Double(hidden.count) / Double(size.pixelCount)
  #expect(abs(result.certificate.emptyFraction - share) < 0.01)
}

/// What a raster's own mask or alpha band hides is filled from the other views, whatever its counts.
@Test(arguments: RasterMask.allCases) func whatAViewsOwnMaskHidesIsNotPublished(mask: RasterMask) async throws {
  let folder = try TemporaryFolder()
  let image = scene.image(size)
  try writeView(image, folder.path + "/b.tif")
  let hidden = Set((0..<size.pixelCount).filter { $0 % size.columns < 10 })
  // One band's counts for all: bright where they are hidden.
  let counts = (0..<size.pixelCount).map { hidden.contains($0) ? 9000 : UInt16(image.pixels[$0] * 10_000) }
  try writeMasked(counts, hidden: hidden, by: mask, size: size, to: folder.path + "/a.tif")
  let result = try await run(
    FileStack(views: [folder.path + "/a.tif", folder.path + "/b.tif"], masks: [], anchor: 0), folder.path + "/o.tif")
  let share = Double(hidden.count) / Double(size.pixelCount)
  #expect(abs(result.certificate.fallbackFraction - share) < 0.01)
  #expect(try pixels(folder.path + "/o.tif").allSatisfy { $0 < 5000 })
}

/// The next clearest view takes the place of one that is left out, and what is not needed is named.
@Test func viewsThatAreLeftOutAreReplaced() async throws {
  let folder = try TemporaryFolder()
  let views = try (0..<4).map { index -> String in
    let path = "\(folder.path)/\(index).tif"
    // The second shows another place.
    try writeView((index == 1 ? WaveScene(finest: 4, seed: 99) : scene).image(size), path)
    return path
  }
  var options = RunOptions()
  options.selection.maxViews = 2
  let result = try await run(
    FileStack(views: views, masks: [], anchor: 0), folder.path + "/o.tif", options: options)
  #expect(result.leftOut.map(\.name) == [views[1]])
  #expect(result.used.map(\.name) == [views[0], views[2]] && result.surplus == [views[3]])
}

/// Whatever a view is left out for, the next one is opened then, and not before; none is opened twice.
@Test func viewsAreOpenedWhenTheyAreWanted() async throws {
  let folder = try TemporaryFolder()
  let other = WaveScene(finest: 4, seed: 99)
  let small = RasterSize(rows: size.rows, columns: size.columns - 8)
  let images = [
    scene.image(size), other.image(size), scene.image(size), scene.image(small), scene.image(size), scene.image(size),
  ]
  let views = try images.enumerated().map { try ViewRaster.make($1, name: "\($0)", scratch: folder.path) }
  let names = ["anchor", "another place", "damaged", "of another size", "unreadable", "good", "surplus"]
  let opened = Mutex<[Int]>([])
  let built = try await buildStack(
    names: names, wanted: 2, maxShift: 1.5, filling: [0.1, 0.1, 0.1], scratch: folder.path,
    workers: WorkerPool(workers: 2),
    open: { index in
      opened.withLock { $0.append(index) }
      if index == 2 { throw GDALError(call: "read band 1", path: "bad.jp2", message: "truncated") }
      // Nobody relies on those that may take the place of others.
      if index == 4 { throw StorageError("open", "unreadable.jp2", code: EACCES) }
      return LoadedView(views[index])
    })
  #expect(built.used.map(\.name) == ["anchor", "good"] && built.used.map(\.index) == [0, 5])
  #expect(built.leftOut.map(\.index) == [1, 2, 3, 4])
  #expect(built.leftOut.map(\.isUndecodable) == [false, true, false, true])
  #expect(built.leftOut[2].reason?.contains("the anchor is \(size.columns) x \(size.rows)") == true)
  #expect(built.tried == 6 && opened.withLock { $0.sorted() } == [0, 1, 2, 3, 4, 5])
}
