internal import GDALAdapter
internal import Geometry
internal import Storage

extension ViewRaster {
  /// Counts from here on are saturated: bands have 15 bits, whatever the metadata of a product say of 65535.
  package static let saturated: Int32 = 32_767

  /// Reads a plain raster of reflectance x 10000 (uint16 or int16).
  ///
  /// Pixels are missing where any band is saturated (32767 and more, a reflectance beyond 3.2), or where any band holds the
  /// file's nodata value, in an unsigned file 0 too (in a signed one 0 in all bands), or where the file's own mask or alpha band says so, and masked where
  /// the mask raster is not 0.
  /// - Parameters:
  ///   - path: any raster GDAL reads; its first `bands` bands are used.
  ///   - mask: a raster of the same size: 0 = clear, anything else, and what it hides itself, = masked.
  /// - Throws: `GDALError`, `StorageError`, `StackingError`.
  package static func load(
    raster path: String, mask: String?, bands: Int, scratch: String, name: String
  ) throws -> ViewRaster {
    let file = try RasterFile.openPlaced(path)
    guard file.bandCount >= bands else {
      throw StackingError("\(path): has \(file.bandCount) bands, expected \(bands) (red, green, blue)")
    }
    let size = file.size
    var (noDataValues, isUnsigned) = ([Int32?](), [Bool]())
    for band in 0..<bands {
      let type = try file.type(ofBand: band)
      guard type == .uint16 || type == .int16 else {
        throw StackingError(
          "\(path): band \(band + 1) is \(type.rawValue), expected uint16 or int16 (reflectance x 10000)")
      }
      if let problem = try file.scaleProblem(ofBand: band) { throw StackingError("\(path): \(problem)") }
      noDataValues.append(try file.noData(ofBand: band).flatMap { Int32(exactly: $0) })
      isUnsigned.append(type == .uint16)
    }
    if let problem = try file.orderProblem() { throw StackingError("\(path): \(problem)") }
    let maskFile = try mask.map { try RasterFile.openPlaced($0) }
    if let maskFile, maskFile.size != size {
      throw StackingError(
        "\(mask ?? ""): is \(maskFile.size.columns) x \(maskFile.size.rows) pixels, "
          + "its view \(path) is \(size.columns) x \(size.rows)")
    }
    let view = try ViewRaster(name: name, bands: bands, size: size, scratch: "\(scratch)/\(name).counts")
    let targets = (0..<bands).map { view.counts(band: $0) }
    for row in 0..<size.rows {
      let window = PixelWindow(row: row, column: 0, rows: 1, columns: size.columns)
      let raw = try (0..<bands).map { try file.read(Int32.self, band: $0, window: window) }
      let own = try (0..<bands).map { try file.mask(ofBand: $0, window: window) }
      let hidden = try maskFile?.read(Float.self, band: 0, window: window)
      let unknown = try maskFile?.mask(ofBand: 0, window: window)
      for column in 0..<size.columns {
        let isMissing =
          (0..<bands).allSatisfy { raw[$0][column] == 0 }
          || (0..<bands).contains {
            raw[$0][column] == noDataValues[$0] || raw[$0][column] >= saturated
              || isUnsigned[$0] && raw[$0][column] == 0 || own[$0]?[column] == false
          }
        let isMasked = hidden.map { $0[column] != 0 } == true || unknown?[column] == false
        for band in 0..<bands {
          targets[band][row * size.columns + column] =
            isMissing ? noData : isMasked ? masked : Int16(clamping: max(raw[band][column], Int32(lowestCount)))
        }
      }
    }
    return view
  }
}
