internal import CGDAL
package import Geometry

/// An open raster file. One thread uses it at a time, and it is closed explicitly: what GDAL finds out only
/// while closing (a full disk, most often) is thrown by `close()`.
package final class RasterFile {
  package let path: String
  private var dataset: GDALDatasetH?

  private init(path: String, dataset: GDALDatasetH) {
    self.path = path
    self.dataset = dataset
  }

  deinit {
    if let dataset { GDALClose(dataset) }
  }

  /// Opens for reading.
  /// - Parameter drivers: GDAL driver names that may open it (`JP2OpenJPEG`, `GTiff`, ...); nil allows all.
  /// - Parameter options: open options of the driver, `NAME=value`.
  /// - Throws: `GDALError`.
  package static func open(
    _ path: String, drivers: [String]? = nil, options: [String]? = nil, update: Bool = false
  ) throws(GDALError) -> RasterFile {
    guard !path.isEmpty else { throw GDALError(call: "open", path: "\"\"", message: "the path is empty") }
    GDALRuntime.start()
    CPLErrorReset()
    let flags = UInt32(GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR) | UInt32(update ? GDAL_OF_UPDATE : GDAL_OF_READONLY)
    let dataset = StringList.with(drivers) { drivers in
      StringList.with(options) { options in GDALOpenEx(path, flags, drivers, options, nil) }
    }
    guard let dataset else { throw GDALError(call: "open", path: path, message: GDALRuntime.lastMessage) }
    return RasterFile(path: path, dataset: dataset)
  }

  /// Creates a raster with a driver that can write piece by piece (`GTiff`, `MEM`).
  /// - Throws: `GDALError`.
  package static func create(
    _ path: String, driver: String, size: RasterSize, bands: Int, type: SampleType, options: [String] = []
  ) throws(GDALError) -> RasterFile {
    GDALRuntime.start()
    CPLErrorReset()
    guard let handle = GDALGetDriverByName(driver) else {
      throw GDALError(call: "find driver \(driver)", path: path, message: "this GDAL has no such driver")
    }
    let dataset = StringList.with(options) {
      GDALCreate(handle, path, Int32(size.columns), Int32(size.rows), Int32(bands), type.code, $0)
    }
    guard let dataset else { throw GDALError(writing: "create", path: path) }
    return RasterFile(path: path, dataset: dataset)
  }

  // MARK: What the file says about itself

  var handle: GDALDatasetH {
    guard let dataset else { preconditionFailure("\(path) is used after it was closed") }
    return dataset
  }

  func bandHandle(_ band: Int) throws(GDALError) -> GDALRasterBandH {
    guard let handle = GDALGetRasterBand(handle, Int32(band + 1)) else {
      throw GDALError(call: "band \(band + 1)", path: path, message: "the file has \(bandCount) bands")
    }
    return handle
  }

  package var size: RasterSize {
    RasterSize(rows: Int(GDALGetRasterYSize(handle)), columns: Int(GDALGetRasterXSize(handle)))
  }
  package var bandCount: Int { Int(GDALGetRasterCount(handle)) }

  /// Pixel type of a band, counted from 0.
  package func type(ofBand band: Int) throws(GDALError) -> SampleType {
    SampleType(GDALGetRasterDataType(try bandHandle(band)))
  }

  /// Nodata value of a band, counted from 0; nil where none is set.
  package func noData(ofBand band: Int) throws(GDALError) -> Double? {
    var isSet: Int32 = 0
    let value = GDALGetRasterNoDataValue(try bandHandle(band), &isSet)
    return isSet != 0 ? value : nil
  }

  package func blockSize(ofBand band: Int) throws(GDALError) -> RasterSize {
    var columns: Int32 = 0
    var rows: Int32 = 0
    GDALGetBlockSize(try bandHandle(band), &columns, &rows)
    return RasterSize(rows: Int(rows), columns: Int(columns))
  }

  package func overviewSizes(ofBand band: Int) throws(GDALError) -> [RasterSize] {
    let handle = try bandHandle(band)
    return (0..<GDALGetOverviewCount(handle)).compactMap { level in
      GDALGetOverview(handle, level).map {
        RasterSize(rows: Int(GDALGetRasterBandYSize($0)), columns: Int(GDALGetRasterBandXSize($0)))
      }
    }
  }

  /// GDAL's six geotransform coefficients, nil where the file has none.
  package var geoTransform: [Double]? {
    var coefficients = [Double](repeating: 0, count: 6)
    return GDALGetGeoTransform(handle, &coefficients) == CE_None ? coefficients : nil
  }

  /// EPSG code of the coordinate system, nil where the file has none or it has no code.
  package var epsg: Int? {
    guard let system = GDALGetSpatialRef(handle) else { return nil }
    if let code = OSRGetAuthorityCode(system, nil) {
      // Others count otherwise.
      let authority = OSRGetAuthorityName(system, nil).map { String(cString: $0) }
      return authority == "EPSG" ? Int(String(cString: code)) : nil
    }
    // GDAL takes a zone in feet for the same in metres.
    guard OSRGetLinearUnits(system, nil) == 1 else { return nil }
    return OSRAutoIdentifyEPSG(system) == OGRERR_NONE
      ? OSRGetAuthorityCode(system, nil).flatMap { Int(String(cString: $0)) } : nil
  }

  /// Whether the file states a coordinate system, with an EPSG code or without.
  package var hasSpatialReference: Bool { GDALGetSpatialRef(handle) != nil }

  /// The grid, where the file has a north-up geotransform. Its system is `unknownSystem` where the file states none
  /// with an EPSG code.
  package var grid: GridGeometry? {
    guard let transform = geoTransform, transform[2] == 0, transform[4] == 0, transform[1] > 0, transform[5] < 0
    else { return nil }
    return GridGeometry(
      epsg: epsg ?? GridGeometry.unknownSystem, upperLeftX: transform[0], upperLeftY: transform[3],
      pixelWidth: transform[1], pixelHeight: -transform[5], size: size)
  }

  /// The files that it reads from: itself, what describes it, and the sources of a virtual one.
  package var files: [String] {
    guard let list = GDALGetFileList(handle) else { return [] }
    defer { CSLDestroy(list) }
    return (0..<Int(CSLCount(list))).compactMap { list[$0].map { String(cString: $0) } }
  }

  /// A metadata item, e.g. `LAYOUT` in the domain `IMAGE_STRUCTURE`.
  package func metadataItem(_ name: String, domain: String? = nil) -> String? {
    GDALGetMetadataItem(handle, name, domain).map { String(cString: $0) }
  }

  // MARK: Pixels

  /// Reads `window` of one band (counted from 0) into `buffer`, row by row.
  /// - Precondition: the buffer holds all rows.
  /// - Parameters:
  ///   - output: size to resample to (nearest neighbour); nil reads at full resolution.
  ///   - step: samples between two rows of the buffer; nil where they lie behind one another.
  /// - Throws: `GDALError`, also where GDAL returned pixels but reported damage.
  package func read<Sample: RasterSample>(
    band: Int, window: PixelWindow, into buffer: UnsafeMutableBufferPointer<Sample>,
    resampledTo output: RasterSize? = nil, rowStep step: Int? = nil
  ) throws(GDALError) {
    let target = output ?? window.size
    let step = step ?? target.columns
    precondition(
      step >= target.columns && buffer.count >= (target.rows - 1) * step + target.columns,
      "buffer too small for the window")
    let source = try bandHandle(band)
    CPLErrorReset()
    let status = GDALRasterIO(
      source, GF_Read, Int32(window.column), Int32(window.row), Int32(window.columns), Int32(window.rows),
      buffer.baseAddress, Int32(target.columns), Int32(target.rows), GDALDataType(Sample.gdalTypeCode), 0,
      Int32(step * MemoryLayout<Sample>.stride))
    guard status == CE_None, CPLGetLastErrorType().rawValue < CE_Failure.rawValue else {
      throw GDALError(
        call: "read band \(band + 1), rows \(window.row)..<\(window.endRow)", path: path,
        message: GDALRuntime.lastMessage)
    }
  }

  /// Reads `window` of one band (counted from 0).
  package func read<Sample: RasterSample>(
    _: Sample.Type, band: Int, window: PixelWindow, resampledTo output: RasterSize? = nil
  ) throws(GDALError) -> [Sample] where Sample: BinaryFloatingPoint {
    try readArray(band: band, window: window, resampledTo: output)
  }

  /// Reads `window` of one band (counted from 0).
  package func read<Sample: RasterSample & FixedWidthInteger>(
    _: Sample.Type, band: Int, window: PixelWindow, resampledTo output: RasterSize? = nil
  ) throws(GDALError) -> [Sample] {
    try readArray(band: band, window: window, resampledTo: output)
  }

  private func readArray<Sample: RasterSample>(
    band: Int, window: PixelWindow, resampledTo output: RasterSize?
  ) throws(GDALError) -> [Sample] {
    let count = (output ?? window.size).pixelCount
    var failure: GDALError?
    let pixels = [Sample](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(GDALError) {
        try read(band: band, window: window, into: buffer, resampledTo: output)
        initialized = count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return pixels
  }

  /// Writes `pixels` (row by row) to `window` of one band, counted from 0.
  /// - Precondition: `pixels.count == window.pixelCount`.
  package func write<Sample: RasterSample>(_ pixels: [Sample], band: Int, window: PixelWindow) throws(GDALError) {
    precondition(pixels.count == window.pixelCount, "pixel count does not fit the window")
    let target = try bandHandle(band)
    CPLErrorReset()
    let status = pixels.withUnsafeBufferPointer { buffer in
      GDALRasterIO(
        target, GF_Write, Int32(window.column), Int32(window.row), Int32(window.columns), Int32(window.rows),
        UnsafeMutablePointer(mutating: buffer.baseAddress), Int32(window.columns), Int32(window.rows),
        GDALDataType(Sample.gdalTypeCode), 0, 0)
    }
    guard status == CE_None else {
      throw GDALError(writing: "write band \(band + 1)", path: path)
    }
  }

  // MARK: Setting what the file says

  /// Writes geotransform and coordinate system (the latter where it is known).
  package func set(_ grid: GridGeometry) throws(GDALError) {
    CPLErrorReset()
    var transform = grid.geoTransform
    if grid.epsg == GridGeometry.unknownSystem {
      guard GDALSetGeoTransform(handle, &transform) == CE_None else {
        throw GDALError(call: "georeference", path: path, message: GDALRuntime.lastMessage)
      }
      return
    }
    let system = OSRNewSpatialReference(nil)
    defer { OSRDestroySpatialReference(system) }
    guard OSRImportFromEPSG(system, Int32(grid.epsg)) == OGRERR_NONE else {
      throw GDALError(call: "find EPSG:\(grid.epsg)", path: path, message: GDALRuntime.lastMessage)
    }
    OSRSetAxisMappingStrategy(system, OAMS_TRADITIONAL_GIS_ORDER)
    guard GDALSetGeoTransform(handle, &transform) == CE_None, GDALSetSpatialRef(handle, system) == CE_None else {
      throw GDALError(call: "georeference", path: path, message: GDALRuntime.lastMessage)
    }
  }

  package func setNoData(_ value: Double, band: Int) throws(GDALError) {
    guard GDALSetRasterNoDataValue(try bandHandle(band), value) == CE_None else {
      throw GDALError(call: "set nodata", path: path, message: GDALRuntime.lastMessage)
    }
  }

  package func setScale(_ scale: Double, offset: Double, band: Int) throws(GDALError) {
    let target = try bandHandle(band)
    guard GDALSetRasterScale(target, scale) == CE_None, GDALSetRasterOffset(target, offset) == CE_None else {
      throw GDALError(call: "set scale", path: path, message: GDALRuntime.lastMessage)
    }
  }

  package func setDescription(_ text: String, band: Int) throws(GDALError) {
    GDALSetDescription(try bandHandle(band), text)
  }

  package func setMetadataItem(_ name: String, _ value: String, domain: String? = nil, band: Int? = nil)
    throws(GDALError)
  {
    let object = if let band { try bandHandle(band) } else { handle }
    guard GDALSetMetadataItem(object, name, value, domain) == CE_None else {
      throw GDALError(call: "set metadata \(name)", path: path, message: GDALRuntime.lastMessage)
    }
  }

  // MARK: Finishing

  /// Makes overviews of halves, quarters, ..., in the file itself, until both sides are at most `smallest` pixels; no data
  /// stays out of means.
  /// - Parameters:
  ///   - resampling: `AVERAGE`, `NEAREST`, ...
  ///   - goesOn: called again and again meanwhile; false ends it with an error.
  /// - Precondition: the file was opened for update.
  package func buildOverviews(
    resampling: String, smallest: Int, threads: Int = 1, goesOn: @escaping () -> Bool = { true }
  ) throws(GDALError) {
    var factors: [Int32] = []
    while max(size.rows, size.columns) > smallest << factors.count { factors.append(2 << factors.count) }
    guard !factors.isEmpty else { return }
    CPLErrorReset()
    // Of this thread alone: for all threads, decoders would start threads of their own.
    CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", "\(max(1, threads))")
    defer { CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", nil) }
    let status = CopyListener.with(goesOn) { callback, listener in
      GDALBuildOverviews(handle, resampling, Int32(factors.count), &factors, 0, nil, callback, listener)
    }
    guard status == CE_None else { throw GDALError(writing: "make overviews", path: path) }
  }

  /// Copies the raster into another format (`COG`, `JP2OpenJPEG`, `PNG`), and throws what only closing reveals.
  /// - Parameter goesOn: called again and again while the copy grows; false ends it with an error.
  package func copy(
    to target: String, driver: String, options: [String] = [], goesOn: @escaping () -> Bool = { true }
  ) throws(GDALError) {
    CPLErrorReset()
    guard let handle = GDALGetDriverByName(driver) else {
      throw GDALError(call: "find driver \(driver)", path: target, message: "this GDAL has no such driver")
    }
    let copy = CopyListener.with(goesOn) { callback, listener in
      StringList.with(options) { GDALCreateCopy(handle, target, self.handle, 1, $0, callback, listener) }
    }
    guard let copy else { throw GDALError(writing: "write \(driver)", path: target) }
    try RasterFile(path: target, dataset: copy).close()
  }

  /// Flushes and closes.
  /// - Throws: `GDALError` where flushing failed: GDAL 3.6 reports a full disk only here.
  package func close() throws(GDALError) {
    guard let dataset else { return }
    self.dataset = nil
    let (_, message) = GDALRuntime.capturingErrors { GDALClose(dataset) }
    if let message { throw GDALError(writing: "close", path: path, message: message) }
  }
}

/// Who hears of a copy that grows; GDAL holds no reference to it.
private final class CopyListener {
  let goesOn: () -> Bool

  init(_ goesOn: @escaping () -> Bool) { self.goesOn = goesOn }

  /// Hands `body` what GDAL calls, and calls it with.
  static func with<Result>(
    _ goesOn: @escaping () -> Bool, _ body: (GDALProgressFunc, UnsafeMutableRawPointer) -> Result
  ) -> Result {
    let listener = CopyListener(goesOn)
    return withExtendedLifetime(listener) {
      body(
        { _, _, listener in Unmanaged<CopyListener>.fromOpaque(listener!).takeUnretainedValue().goesOn() ? 1 : 0 },
        Unmanaged.passUnretained(listener).toOpaque())
    }
  }
}
