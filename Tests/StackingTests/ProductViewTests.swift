import Foundation
import GDALAdapter
import Geometry
import Product
import Stacking
import Storage
import TestSupport
import Testing

private let size = RasterSize(rows: 64, columns: 192)
private let cloud: UInt8 = 9
private let vegetation: UInt8 = 4

private func write<Sample: RasterSample & FixedWidthInteger>(
  _ pixels: [Sample], _ size: RasterSize, type: SampleType, _ path: String
) throws {
  let file = try RasterFile.create(
    path, driver: "GTiff", size: size, bands: 1, type: type,
    options: ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"])
  try file.write(pixels, band: 0, window: size.window)
  try file.close()
}

/// A product of three bands in blocks of 64 x 64 pixels, of which the last one of each band is cut off if it is not whole.
private func product(
  _ folder: TemporaryFolder, _ name: String, size: RasterSize = size, isWhole: Bool = false,
  sceneClass: (_ column: Int) -> UInt8
) throws -> Product {
  let half = RasterSize(rows: size.rows / 2, columns: size.columns / 2)
  func file(_ path: String) -> ProductFile { ProductFile(path: path, member: path, size: 0, digest: "") }
  let scene = "\(folder.path)/\(name)-SCL.tif"
  try write((0..<half.pixelCount).map { sceneClass(2 * ($0 % half.columns)) }, half, type: .uint8, scene)
  let bands = try (0..<3).map { band -> ReflectanceBand in
    let path = "\(folder.path)/\(name)-B\(band).tif"
    try write(
      (0..<size.pixelCount).map { UInt16(2000 + 100 * band + $0 % size.columns + ($0 * 7919) % 97) }, size,
      type: .uint16,
      path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    if !isWhole { try bytes.dropLast(400).write(to: URL(fileURLWithPath: path)) }
    return ReflectanceBand(name: "B0\(band + 2)", file: file(path), addOffset: -1000, quantification: 10_000)
  }
  return Product(
    name: name, location: folder.path, mission: "S2A", tile: try #require(MGRSTile("31TCJ")),
    baseline: ProcessingBaseline(5, 11), datatakeStart: .distantPast, sensingTime: .distantPast,
    generationTime: .distantPast, relativeOrbit: 51, datastrip: "",
    grid: GridGeometry(
      epsg: 32631, upperLeftX: 300_000, upperLeftY: 4_900_000, pixelWidth: 10, pixelHeight: 10, size: size),
    bands: bands,
    sceneClassification: file(scene), sceneClassCounts: [Int](repeating: 0, count: 12), statedNoDataPercent: nil,
    statedCloudPercent: nil, notes: [])
}

/// What lies under cloud altogether is not decoded: damage there goes unnoticed.
@Test func blocksUnderCloudAreNotDecoded() throws {
  let folder = try TemporaryFolder()
  // One column of the damaged block is clear: it is decoded, and that fails.
  let looked = try product(folder, "looked") { $0 < 130 ? vegetation : cloud }
  #expect(throws: GDALError.self) {
    try ViewRaster.load(parts: [looked], rules: MaskingRules(), scratch: folder.path, name: "looked")
  }
  let covered = try product(folder, "covered") { $0 < 64 || (100..<128).contains($0) ? vegetation : cloud }
  let view = try ViewRaster.load(parts: [covered], rules: MaskingRules(), scratch: folder.path, name: "covered")
  for band in 0..<3 {
    let counts = view.counts(band: band)
    let expected = (0..<size.pixelCount).map { pixel -> Int16 in
      let column = pixel % size.columns
      guard column < 64 || (100..<128).contains(column) else { return ViewRaster.masked }
      return Int16(1000 + 100 * band + column + (pixel * 7919) % 97)
    }
    #expect(Array(counts) == expected)
  }
}

/// A view all under cloud needs no pixel of its bands; a part that is clear is seen behind one that is not.
@Test func aPartUnderCloudLeavesRoomForTheNext() throws {
  let folder = try TemporaryFolder()
  let dark = try product(folder, "dark") { _ in cloud }
  let hidden = try ViewRaster.load(parts: [dark], rules: MaskingRules(), scratch: folder.path, name: "hidden")
  #expect(hidden.counts(band: 0).allSatisfy { $0 == ViewRaster.masked })
  let light = try product(folder, "light") { $0 < 128 ? vegetation : cloud }
  let view = try ViewRaster.load(parts: [dark, light], rules: MaskingRules(), scratch: folder.path, name: "both")
  #expect(view.clearPixels() == 128 * 64 && view.counts(band: 0).count { $0 == ViewRaster.masked } == 64 * 64)
  #expect(view.counts(band: 2)[5 * size.columns + 127] == Int16(1200 + 127 + ((5 * size.columns + 127) * 7919) % 97))
}

/// Junk at the edge of one part, where the other one saw the ground: that one is taken, whichever comes first.
@Test(arguments: [false, true]) func theEdgeOfAPartYieldsToTheInsideOfAnother(isLeftFirst: Bool) throws {
  let folder = try TemporaryFolder()
  let size = RasterSize(rows: 64, columns: 128)
  // They overlap from column 50 to 99; the left one ends in junk that is taken for clear.
  let left = try product(folder, "left", size: size, isWhole: true) { $0 < 100 ? vegetation : 0 }
  let right = try product(folder, "right", size: size, isWhole: true) { $0 >= 50 ? vegetation : 0 }
  let path = left.bands[1].file.path
  let good = try RasterFile.open(path, drivers: ["GTiff"]).read(UInt16.self, band: 0, window: size.window)
  try write(
    good.enumerated().map { pixel, count -> UInt16 in (98..<100).contains(pixel % 128) ? 1 : count }, size,
    type: .uint16, path)
  let view = try ViewRaster.load(
    parts: isLeftFirst ? [left, right] : [right, left], rules: MaskingRules(), scratch: folder.path, name: "view")
  let expected = (0..<size.pixelCount).map { pixel -> Int16 in
    let noise = (pixel * 7919) % 97
    return Int16(1100 + pixel % 128 + noise)
  }
  #expect(Array(view.counts(band: 1)) == expected)
  // Where nobody else saw the ground the edge stays, for the trimming of the whole.
  let alone = try product(folder, "alone", size: size, isWhole: true) { $0 >= 100 ? vegetation : 0 }
  let gap = try ViewRaster.load(
    parts: [try product(folder, "first", size: size, isWhole: true) { $0 < 100 ? vegetation : 0 }, alone],
    rules: MaskingRules(), scratch: folder.path, name: "gap")
  #expect(Array(gap.counts(band: 1)) == expected)
}

/// Three pieces of 1024 columns, the last one with the damaged block.
private let wide = RasterSize(rows: 64, columns: 2112)

@Test func piecesAreDecodedWhenTheyAreWanted() throws {
  let folder = try TemporaryFolder()
  let source = try RevisitSource(
    parts: [try product(folder, "wide", size: wide) { _ in vegetation }], rules: MaskingRules(),
    scratch: folder.path, name: "wide")
  #expect(source.piece == RasterSize(rows: 64, columns: 1024))
  func isDecoded(_ columns: Range<Int>) -> Bool {
    columns.allSatisfy { column in
      (0..<3).allSatisfy { band in
        (0..<64).allSatisfy { row in
          let pixel = row * wide.columns + column
          return source.view.counts(band: band)[pixel]
            == Int16(1000 + 100 * band + column + (pixel * 7919) % 97)
        }
      }
    }
  }
  try source.decode(PixelWindow(row: 10, column: 1100, rows: 5, columns: 800))
  #expect(isDecoded(1024..<2048) && source.view.counts(band: 0)[..<1024].allSatisfy { $0 == 0 })
  try source.decode(PixelWindow(row: 0, column: 0, rows: 64, columns: 2048))
  #expect(isDecoded(0..<2048))
  #expect(throws: GDALError.self) { try source.decode(wide.window) }
}

/// Products may be moved and removed while they are read, but not written to.
@Test(arguments: ["removed", "replaced", "written to"])
func filesThatChangeWhileTheyAreRead(how: String) throws {
  let folder = try TemporaryFolder()
  let product = try product(folder, "wide", size: wide) { $0 < 2048 ? vegetation : cloud }
  let source = try RevisitSource(parts: [product], rules: MaskingRules(), scratch: folder.path, name: "wide")
  try source.decode(PixelWindow(row: 0, column: 0, rows: 64, columns: 1024))
  let url = URL(fileURLWithPath: product.bands[1].file.path)
  let next = PixelWindow(row: 0, column: 1024, rows: 64, columns: 1024)
  switch how {
  case "removed": try FileManager.default.removeItem(at: url)
  case "replaced": try Data(contentsOf: url).dropFirst(9).write(to: url, options: .atomic)
  default:
    let handle = try FileHandle(forWritingTo: url)
    try handle.seek(toOffset: 900)
    try handle.write(contentsOf: Data([1, 2, 3]))
    try handle.close()
    let error = #expect(throws: RewrittenFile.self) { try source.decode(next) }
    #expect(error?.path == url.path)
    return
  }
  try source.decode(next)
  let isSame = (0..<64).allSatisfy { row in
    (1024..<2048).allSatisfy { column in
      let pixel = row * wide.columns + column
      return source.view.counts(band: 1)[pixel] == Int16(1100 + column + (pixel * 7919) % 97)
    }
  }
  #expect(isSame)
}

/// A disk that fails is no damaged product. `/proc/self/mem` is a file that gives EIO when it is read.
@Test(arguments: ["opened", "decoded"])
func whatTheMachineCannotReadIsNotDamaged(when: String) throws {
  let folder = try TemporaryFolder()
  let product = try product(folder, "wide", size: wide) { _ in vegetation }
  let band = product.bands[0].file.path
  func failDisk() throws {
    try FileManager.default.removeItem(atPath: band)
    try FileManager.default.createSymbolicLink(atPath: band, withDestinationPath: "/proc/self/mem")
  }
  func open() throws -> RevisitSource {
    try RevisitSource(parts: [product], rules: MaskingRules(), scratch: folder.path, name: "wide")
  }
  let error: StorageError?
  if when == "opened" {
    try failDisk()
    error = #expect(throws: StorageError.self) { try open() }
  } else {
    // The damaged block of the file that is open; why it cannot be read is asked at its path.
    let source = try open()
    try failDisk()
    error = #expect(throws: StorageError.self) { try source.decode(wide.window) }
  }
  #expect(error?.code == EIO && error?.path == band)
}

/// Members of archives that were copied for nothing are removed at once: scratch may be short of room.
@Test func copiesOfMembersGoWhereAViewCannotBeOpened() throws {
  let folder = try TemporaryFolder()
  var product = try product(folder, "zipped") { _ in vegetation }
  let scratch = try TemporaryFolder()
  for band in 0..<3 {
    let path = product.bands[band].file.path
    if band == 2 { try Data("no image".utf8).write(to: URL(fileURLWithPath: path)) }
    let member = VirtualFile.member("B\(band).tif", ofZip: "\(folder.path)/B\(band).zip")
    product.bands[band].file.size = try VirtualFile.copy(path, to: member, limit: 1 << 20)
    product.bands[band].file.path = member
  }
  let error = #expect(throws: GDALError.self) {
    try RevisitSource(parts: [product], rules: MaskingRules(), scratch: scratch.path, name: "zipped")
  }
  #expect(error?.path == product.bands[2].file.path, "the member, not its copy")
  #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [])
}

/// A member that gives fewer bytes than it has is told at once, by its own name: its copy would be taken for a damaged image.
@Test func aMemberThatEndsTooEarlyIsNamed() throws {
  let folder = try TemporaryFolder()
  var product = try product(folder, "short") { _ in vegetation }
  let member = VirtualFile.member("B0.tif", ofZip: "\(folder.path)/B0.zip")
  let size = try VirtualFile.copy(product.bands[0].file.path, to: member, limit: 1 << 20)
  product.bands[0].file.path = member
  product.bands[0].file.size = size + 1
  let scratch = try TemporaryFolder()
  let error = #expect(throws: GDALError.self) {
    try RevisitSource(parts: [product], rules: MaskingRules(), scratch: scratch.path, name: "short")
  }
  #expect(error?.path == member && error?.isAboutReading == true)
  #expect(error?.message == "it ends after \(size) of \(size + 1) bytes; deliver it again")
  #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [])
}

/// The archive is what the machine cannot read, not its member.
@Test func anArchiveThatTheMachineCannotReadIsNotDamaged() throws {
  let folder = try TemporaryFolder()
  var product = try product(folder, "zipped") { _ in vegetation }
  let archive = "\(folder.path)/B0.zip"
  try FileManager.default.createSymbolicLink(atPath: archive, withDestinationPath: "/proc/self/mem")
  product.bands[0].file.path = VirtualFile.member("B0.tif", ofZip: archive)
  let error = #expect(throws: StorageError.self) {
    try RevisitSource(parts: [product], rules: MaskingRules(), scratch: folder.path, name: "zipped")
  }
  #expect(error?.code == EIO && error?.path == archive)
}
