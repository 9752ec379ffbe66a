package import GDALAdapter
package import Geometry
internal import Raster

/// An image to look for buildings in: reflectance x 10000 as uint16, bands red, green and blue, perhaps alpha; 0 = no data,
/// as is what the file says to be none, by a value, a mask or the alpha band; on a UTM grid with pixels of about 5 m. It
/// belongs to one thread.
package struct BuildingImage {
  package let file: RasterFile
  package let grid: GridGeometry

  /// Pixels that a network for 5 m still understands, metres.
  package static let pixels = 4.0...6.0

  /// - Throws: `GDALError`; `BuildingError` that says what is expected where the file is another kind of image.
  package static func open(_ path: String) throws -> BuildingImage {
    let file = try RasterFile.openPlaced(path)
    let isTransparent = try file.bandCount == 4 && file.color(ofBand: 3) == .alpha
    guard file.bandCount == 3 || isTransparent else {
      throw BuildingError(path, "has \(file.bandCount) bands, expected 3: red, green, blue")
    }
    for band in 0..<3 {
      let type = try file.type(ofBand: band)
      guard type == .uint16 else {
        throw BuildingError(
          path, "band \(band + 1) holds \(type.rawValue), expected reflectance x 10000 as uint16, 0 = no data")
      }
      if let problem = try file.scaleProblem(ofBand: band) { throw BuildingError(path, problem) }
    }
    if let problem = try file.orderProblem() { throw BuildingError(path, problem) }
    return BuildingImage(file: file, grid: try grid(of: file, path))
  }

  /// - Throws: `BuildingError` where a raster does not lie on a UTM grid of about 5 m.
  package static func grid(of file: RasterFile, _ path: String) throws -> GridGeometry {
    guard file.hasSpatialReference, file.geoTransform != nil else {
      let missing = file.geoTransform == nil ? "georeference" : "coordinate system"
      throw BuildingError(path, "has no \(missing); expected a UTM grid (EPSG:326zz or 327zz) of about 5 m")
    }
    let place: GridGeometry?
    do throws(PlacementError) { place = try file.place() } catch { throw BuildingError(path, "\(error)") }
    guard let grid = place, (32601...32660).contains(grid.epsg) || (32701...32760).contains(grid.epsg) else {
      throw BuildingError(
        path, "lies in EPSG:\(file.epsg ?? 0), expected UTM (EPSG:326zz or 327zz); warp it to its zone first")
    }
    // Beyond that no UTM zone reaches.
    guard abs(grid.upperLeftX) < 1e7, abs(grid.upperLeftY) < 2e7 else {
      throw BuildingError(
        path,
        "begins at easting \(grid.upperLeftX), northing \(grid.upperLeftY): no place in UTM; mend its georeference")
    }
    guard pixels.contains(grid.pixelWidth), abs(grid.pixelWidth / grid.pixelHeight - 1) < 1e-3 else {
      throw BuildingError(
        path,
        "has pixels of \(grid.pixelWidth) x \(grid.pixelHeight) m, expected square ones of about 5 m (\(pixels.lowerBound) "
          + "to \(pixels.upperBound)); super-resolve 10 m images first")
    }
    return grid
  }

  /// Reflectance of a window; NaN where a band holds no data.
  /// - Parameter window: may reach beyond the outer rows and columns, which are then repeated.
  /// - Throws: `GDALError`.
  func reflectance(_ window: PixelWindow) throws -> FloatImage {
    let (inside, counts, valid) = try read(window)
    var image = FloatImage(bands: 3, size: window.size)
    for band in 0..<3 {
      for row in 0..<window.rows {
        let source = min(max(window.row + row - inside.row, 0), inside.rows - 1) * inside.columns
        let target = image.index(band, row, 0)
        for column in 0..<window.columns {
          let pixel = source + min(max(window.column + column - inside.column, 0), inside.columns - 1)
          image.pixels[target + column] = valid[pixel] ? Float(counts[band][pixel]) * 1e-4 : .nan
        }
      }
    }
    return image
  }

  /// Whether every band holds data.
  /// - Throws: `GDALError`.
  package func isValid(_ window: PixelWindow) throws -> [Bool] { try read(window).valid }

  /// The part of a window inside the image.
  private func read(_ window: PixelWindow) throws -> (inside: PixelWindow, counts: [[UInt16]], valid: [Bool]) {
    let inside = window.intersection(grid.size.window) ?? grid.size.window
    let counts = try (0..<3).map { try file.read(UInt16.self, band: $0, window: inside) }
    let stated = try (0..<3).map { try file.noData(ofBand: $0).flatMap { UInt16(exactly: $0) } ?? 0 }
    var valid = (0..<inside.pixelCount).map { pixel in
      zip(counts, stated).allSatisfy { $0[pixel] != 0 && $0[pixel] != $1 }
    }
    for band in 0..<3 {
      guard let mask = try file.mask(ofBand: band, window: inside) else { continue }
      for (pixel, holds) in mask.enumerated() where !holds { valid[pixel] = false }
    }
    return (inside, counts, valid)
  }
}
