import Foundation
import GDALAdapter
import Geometry
import Storage
import TestSupport
import Testing
import Writing

@Suite struct RasterTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("The streamed image becomes a COG that says what it was told to say", arguments: [false, true])
  func cog(deflate: Bool) throws {
    let path = folder.path + "/image.tif"
    let area = grid(rows: 1300, columns: 1100)
    try writeRaster(
      path, layout: .superResolved(grid: area, metadata: ["SUPERTILE_ITEM": "x"]), scratch: folder.path + "/s",
      compression: deflate ? .deflate() : .zstd()
    ) { band, row, column in UInt16(truncatingIfNeeded: 1 + band * 3 + row * 11 + column) | 1 }
    let file = try RasterFile.openGeoTIFF(path)
    #expect(file.grid == area)
    #expect(try file.blockSize(ofBand: 0) == RasterSize(rows: 512, columns: 512))
    #expect(
      try file.overviewSizes(ofBand: 0) == [
        RasterSize(rows: 650, columns: 550), RasterSize(rows: 325, columns: 275),
      ])
    #expect(try (0..<3).map { try file.color(ofBand: $0) } == [.red, .green, .blue])
    #expect(try (0..<3).map { try file.description(ofBand: $0) } == ["B04 red", "B03 green", "B02 blue"])
    #expect(try file.noData(ofBand: 2) == 0)
    #expect(try file.scale(ofBand: 1)?.scale == 1e-4)
    #expect(try file.scale(ofBand: 1)?.offset == 0)
    #expect(file.metadataItem("SUPERTILE_ITEM") == "x")
    #expect(file.metadataItem("AREA_OR_POINT") == "Area")
    #expect(file.metadataItem("COMPRESSION", domain: "IMAGE_STRUCTURE") == (deflate ? "DEFLATE" : "ZSTD"))
    #expect(file.metadataItem("PREDICTOR", domain: "IMAGE_STRUCTURE") ?? "2" == "2")
    #expect(
      try file.read(UInt16.self, band: 1, window: PixelWindow(row: 700, column: 9, rows: 1, columns: 1))
        == [UInt16(1 + 3 + 7700 + 9) | 1])
    #expect(Folder.list(folder.path) == ["image.tif"])
  }

  @Test("Averaged overviews never mix no data in")
  func overviewsKeepClearOfNoData() throws {
    let path = folder.path + "/half.tif"
    // No data left of column 501, which no overview pixel boundary falls on.
    try writeRaster(
      path, layout: .superResolved(grid: grid(rows: 600, columns: 1200)), scratch: folder.path + "/s"
    ) { _, _, column in column < 501 ? 0 : 4000 }
    let file = try RasterFile.openGeoTIFF(path)
    for size in try file.overviewSizes(ofBand: 0) {
      let pixels = try file.read(UInt16.self, band: 0, window: file.size.window, resampledTo: size)
      #expect(Set(pixels) == [0, 4000])
    }
  }

  @Test("Overviews halve with what is left over, down to one block")
  func oddOverviews() throws {
    let path = folder.path + "/odd.tif"
    try writeRaster(
      path, layout: .superResolved(grid: grid(rows: 1025, columns: 2053)), scratch: folder.path + "/s"
    ) { _, row, column in UInt16(1000 + row % 2 + 2 * (column % 2)) }
    let file = try RasterFile.openGeoTIFF(path)
    #expect(
      try file.overviewSizes(ofBand: 0) == [
        RasterSize(rows: 513, columns: 1027), RasterSize(rows: 257, columns: 514), RasterSize(rows: 129, columns: 257),
      ])
    // The mean of 1000, 1001, 1002 and 1003 is 1001.5.
    let inside = PixelWindow(row: 0, column: 0, rows: 1024, columns: 2048)
    let half = try file.read(UInt16.self, band: 0, window: inside, resampledTo: RasterSize(rows: 512, columns: 1024))
    #expect(Set(half).isSubset(of: [1001, 1002]))
  }

  @Test("Overviews of masks hold values of the mask alone")
  func maskOverviews() throws {
    let path = folder.path + "/mask.tif"
    try writeRaster(
      path, layout: .classes(grid: grid(rows: 1030, columns: 1030), bands: ["origin"], noData: nil),
      scratch: folder.path + "/s"
    ) { _, row, column in (row / 3 + column / 3) % 2 == 0 ? 3 : 200 }
    let file = try RasterFile.openGeoTIFF(path)
    #expect(try file.type(ofBand: 0) == .uint8)
    #expect(try file.noData(ofBand: 0) == nil)
    let sizes = try file.overviewSizes(ofBand: 0)
    #expect(!sizes.isEmpty)
    for size in sizes {
      #expect(Set(try file.read(UInt16.self, band: 0, window: file.size.window, resampledTo: size)) == [3, 200])
    }
  }

  @Test("Windows that are never written are no data")
  func unwritten() throws {
    let corner = PixelWindow(row: 0, column: 0, rows: 2, columns: 2)
    let raster = try StreamedRaster(scratchPath: folder.path + "/s", layout: .superResolved(grid: grid(rows: 600)))
    try raster.write([UInt16](repeating: 9, count: 4), band: 0, window: corner)
    try raster.finish(as: folder.path + "/t.tif")
    let file = try RasterFile.openGeoTIFF(folder.path + "/t.tif")
    let around = PixelWindow(row: 1, column: 1, rows: 2, columns: 2)
    #expect(try file.read(UInt16.self, band: 0, window: around) == [9, 0, 0, 0])
  }

  @Test("The check refuses a plain tiled TIFF, a striped one, and a COG edited after writing")
  func refusesOthers() throws {
    let size = RasterSize(rows: 700, columns: 700)
    for (index, options) in [["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"], []].enumerated() {
      let path = folder.path + "/plain\(index).tif"
      let file = try RasterFile.create(path, driver: "GTiff", size: size, bands: 1, type: .uint16, options: options)
      try file.set(grid(rows: 700, columns: 700))
      try file.close()
      #expect(throws: WritingError.self) { try COGCheck.requireStructure(path) }
    }
    let path = folder.path + "/edited.tif"
    try writeRaster(path, layout: .superResolved(grid: grid(rows: 700)), scratch: folder.path + "/s") { _, _, _ in 5 }
    try COGCheck.requireStructure(path)
    let edited = try RasterFile.open(path, drivers: ["GTiff"], update: true)
    try edited.write([UInt16(77)], band: 0, window: PixelWindow(row: 0, column: 0, rows: 1, columns: 1))
    try edited.close()
    #expect(throws: WritingError.self) { try COGCheck.requireStructure(path) }
    #expect(throws: WritingError.self) { try COGCheck.requireStructure(folder.path + "/none.tif") }
  }

  @Test("One differing pixel is found and named")
  func findsADifferentPixel() throws {
    let layout = RasterLayout.superResolved(grid: grid(rows: 600, columns: 530))
    for (name, odd) in [("a.tif", UInt16(5)), ("b.tif", 6)] {
      try writeRaster(folder.path + "/" + name, layout: layout, scratch: folder.path + "/s") { band, row, column in
        band == 2 && row == 599 && column == 528 ? odd : 5
      }
    }
    let source = try RasterFile.openGeoTIFF(folder.path + "/b.tif")
    try COGCheck.requireSamePixels(folder.path + "/b.tif", as: source, rows: 0..<600)
    let error = #expect(throws: WritingError.self) {
      try COGCheck.requireSamePixels(folder.path + "/a.tif", as: source, rows: 0..<600)
    }
    #expect(error?.reason.contains("band 3 at row 599, column 528") == true)
    try COGCheck.requireSamePixels(folder.path + "/a.tif", as: source, rows: 0..<512)
  }

  @Test("The thumbnail is at most 512 pixels long, with no data transparent")
  func thumbnail() throws {
    let path = folder.path + "/image.tif"
    try writeRaster(
      path, layout: .superResolved(grid: grid(rows: 1400, columns: 700)), scratch: folder.path + "/s"
    ) { band, row, column in column < 350 ? 0 : UInt16(500 + band * 100 + row) }
    try Thumbnail.write(of: path, to: folder.path + "/t.png")
    let picture = try RasterFile.open(folder.path + "/t.png")
    #expect(picture.size == RasterSize(rows: 512, columns: 256))
    #expect(picture.bandCount == 4)
    let corner = { (column: Int) in
      try picture.read(UInt8.self, band: 3, window: PixelWindow(row: 200, column: column, rows: 1, columns: 1))
    }
    #expect(try corner(10) == [0])
    #expect(try corner(200) == [255])
    #expect(Folder.list(folder.path) == ["image.tif", "t.png"])
  }

  @Test("A scratch file goes away with an unfinished raster, and an impossible path is an error")
  func scratch() throws {
    do {
      _ = try StreamedRaster(scratchPath: folder.path + "/s", layout: .superResolved(grid: grid()))
    }
    #expect(Folder.list(folder.path).isEmpty)
    #expect(throws: GDALError.self) {
      try StreamedRaster(scratchPath: folder.path + "/no/such/folder", layout: .superResolved(grid: grid()))
    }
  }
}
