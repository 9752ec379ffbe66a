import Evaluation
import Foundation
import GDALAdapter
import Geometry
import Raster
import TestSupport
import Testing

private let size = RasterSize(rows: 2, columns: 3)

/// A raster of three equal bands.
private func write<Sample: RasterSample>(
  _ values: [Sample], type: SampleType, to path: String, bands: Int = 3, noData: Double? = nil
) throws {
  let file = try RasterFile.create(path, driver: "GTiff", size: size, bands: bands, type: type)
  for band in 0..<bands {
    if let noData { try file.setNoData(noData, band: band) }
    try file.write(values, band: band, window: size.window)
  }
  try file.close()
}

@Test func countsAndReflectancesAreRead() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/a.tif"
  try write([UInt16(1), 2500, 0, 65535, 10000, 7], type: .uint16, to: path)
  var raster = try ReflectanceRaster.read(path)
  #expect(raster.image.pixels[..<6].elementsEqual([0.0001, 0.25, 0, 6.5535, 1, 0.0007]))
  #expect(raster.isValid == [true, true, false, true, true, true] && raster.grid == nil)
  try write([Int16(-30), 2500, 0, -32768, 1, 7], type: .int16, to: path, noData: -32768)
  raster = try ReflectanceRaster.read(path)
  #expect(raster.image.pixels[0] == -0.003)
  #expect(raster.isValid == [true, true, false, false, true, true])
  try write([Float(0.25), .nan, 0, -0.01, -9999, .infinity], type: .float32, to: path, noData: -9999)
  raster = try ReflectanceRaster.read(path)
  #expect(raster.image.pixels[0] == 0.25 && raster.image.pixels[1] == 0)
  #expect(raster.isValid == [true, false, false, true, false, false])
}

/// Of signed counts 0 is a dark pixel, unless all bands have it, as for `supertile sr`.
@Test func zeroOfOneSignedBandIsDark() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/a.tif"
  try write([Int16(5), 0, 0, 7, 8, 9], type: .int16, to: path)
  let file = try RasterFile.openGeoTIFF(path, update: true)
  try file.write([Int16(5), 3, 0, 7, 8, 9], band: 2, window: size.window)
  try file.close()
  #expect(try ReflectanceRaster.read(path).isValid == [true, true, false, true, true, true])
}

/// What `supertile sr` does not look at is not compared either; a result may be brighter.
@Test func saturatedCountsOfInputsAreNoData() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/a.tif"
  try write([UInt16(1), 32_766, 32_767, 65_535, 40_000, 7], type: .uint16, to: path)
  #expect(try ReflectanceRaster.read(path, isInput: true).isValid == [true, true, false, false, false, true])
  #expect(try ReflectanceRaster.read(path).isValid.allSatisfy { $0 })
}

@Test func whatFitsNoMemoryIsRefusedBeforeItIsRead() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/huge.vrt"
  let band = (1...3).map { "<VRTRasterBand dataType=\"UInt16\" band=\"\($0)\"/>" }.joined()
  try Data("<VRTDataset rasterXSize=\"900000\" rasterYSize=\"900000\">\(band)</VRTDataset>".utf8)
    .write(to: URL(fileURLWithPath: path))
  let error = #expect(throws: EvaluationError.self) { try ReflectanceRaster.read(path) }
  #expect(error?.description.contains("takes about 92033 GiB of memory") == true, "\(String(describing: error))")
}

/// The largest number of 32 bits is what GDAL takes for no data in such files.
@Test func largeCountsAreNoData() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/a.tif"
  let file = try RasterFile.create(path, driver: "GTiff", size: size, bands: 3, type: .uint32)
  for band in 0..<3 {
    try file.setNoData(4_294_967_295, band: band)
    try file.write([0, 2500, 4_294_967_295, 1, 65_535, 7] as [Double], band: band, window: size.window)
  }
  try file.close()
  let raster = try ReflectanceRaster.read(path)
  #expect(raster.isValid == [false, true, false, true, true, true] && raster.image.pixels[1] == 0.25)
}

@Test(arguments: RasterMask.allCases) func whatAMaskHidesIsNoData(mask: RasterMask) throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/a.tif"
  try writeMasked([9, 8, 7, 6, 5, 4], hidden: [1, 5], by: mask, size: size, to: path)
  #expect(try ReflectanceRaster.read(path).isValid == [true, false, true, true, true, false])
}

@Test func floatingPointNumbersThatAreToBeScaledAreRefused() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/a.tif"
  try write([Float](repeating: 2500, count: 6), type: .float32, to: path)
  let file = try RasterFile.openGeoTIFF(path, update: true)
  try file.setScale(1e-4, offset: 0, band: 1)
  try file.close()
  let error = #expect(throws: EvaluationError.self) { try ReflectanceRaster.read(path) }
  #expect(error?.description.contains("band 2 has scale 0.0001") == true)
}

/// JP2 and files with a world file say where they lie as well: what lies elsewhere is not compared.
@Test func filesOfOtherKindsSayWhereTheyLie() throws {
  let folder = try TemporaryFolder()
  let image = SampleImages.pair(rows: 20, columns: 20).image
  try SampleImages.write(image, to: folder.path + "/a.tif", corner: (500_000, 4_800_000))
  try SampleImages.write(image, to: folder.path + "/b.tif", corner: (600_000, 4_900_000))
  func translate(_ arguments: [String]) throws {
    let process = try Process.run(URL(fileURLWithPath: "/usr/bin/gdal_translate"), arguments: ["-q"] + arguments)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }
  let (jp2, png) = (folder.path + "/b.jp2", folder.path + "/b.png")
  try translate(["-of", "JP2OpenJPEG", "-ot", "UInt16", "-co", "REVERSIBLE=YES", folder.path + "/b.tif", jp2])
  try translate(["-of", "PNG", "-ot", "UInt16", folder.path + "/b.tif", png])
  let world = folder.path + "/w.tif"
  try translate(["-co", "TFW=YES", "-co", "PROFILE=BASELINE", folder.path + "/b.tif", world])
  let first = try ReflectanceRaster.read(folder.path + "/a.tif")
  for path in [jp2, png, world] {
    let other = try ReflectanceRaster.read(path)
    #expect(other.grid.map { abs($0.upperLeftX - 600_000) < 0.01 } == true, "\(path)")
    #expect(throws: EvaluationError.self) { try first.compared(with: other) }
  }
}

@Test func whatIsNoReflectanceIsRefused() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/a.tif"
  try write([UInt8](repeating: 9, count: 6), type: .uint8, to: path)
  var error = #expect(throws: EvaluationError.self) { try ReflectanceRaster.read(path) }
  #expect(try #require(error).description.hasPrefix("\(path): band 1 holds uint8, expected"))
  try write([UInt16](repeating: 9, count: 6), type: .uint16, to: path, bands: 2)
  error = #expect(throws: EvaluationError.self) { try ReflectanceRaster.read(path) }
  #expect(try #require(error).description.contains("has 2 bands, expected 3"))
  #expect(throws: GDALError.self) { try ReflectanceRaster.read(folder.path + "/none.tif") }
}

@Test func rastersOfDifferentPlacesAreNotCompared() throws {
  let folder = try TemporaryFolder()
  let image = SampleImages.pair(rows: 20, columns: 20).image
  try SampleImages.write(image, to: folder.path + "/a.tif", corner: (500_000, 4_800_000))
  try SampleImages.write(image, to: folder.path + "/b.tif", corner: (500_010, 4_800_000))
  try SampleImages.write(image, to: folder.path + "/c.tif")
  let rasters = try ["a", "b", "c"].map { try ReflectanceRaster.read("\(folder.path)/\($0).tif") }
  #expect(throws: EvaluationError.self) { try rasters[0].compared(with: rasters[1]) }
  #expect(try rasters[0].compared(with: rasters[0]).isValid.allSatisfy { $0 })
  #expect(try rasters[0].compared(with: rasters[2]).isValid.count == 400, "a raster that does not say lies right")
}
