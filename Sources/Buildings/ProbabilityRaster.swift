package import GDALAdapter
package import Geometry
package import Writing

/// A raster of probabilities: uint16, probability x 10000, 65535 where the image was not observed. Band 1 is the class
/// building; band 2, where there is one, the class separation.
package enum ProbabilityRaster {
  package static let scale = 1e-4
  /// Probability 1.
  static let certain: UInt16 = 10_000
  package static let noData: UInt16 = 65_535

  /// 0 to 1 -> 0 to 10000.
  package static func count(_ probability: Float) -> UInt16 {
    UInt16((min(max(probability, 0), 1) * 10_000).rounded())
  }

  static func count(_ threshold: Double) -> Double { threshold / scale }

  /// - Parameter threshold: x 10000.
  @inline(__always)
  static func isBuilding(_ count: UInt16, threshold: Double) -> Bool {
    count != noData && Double(count) > threshold
  }

  package static func layout(grid: GridGeometry, bands: Int) -> RasterLayout {
    RasterLayout(
      grid: grid,
      bands: Array(
        [
          RasterLayout.Band(description: "probability of building", color: .gray),
          // GDAL lets a file have one grey band.
          RasterLayout.Band(description: "probability of separation"),
        ].prefix(bands)), type: .uint16, noData: Int(noData), scale: scale, resampling: .average)
  }

  /// - Throws: `GDALError`; `BuildingError` where the file is no such raster.
  package static func open(_ path: String) throws -> (file: RasterFile, grid: GridGeometry) {
    let file = try RasterFile.openGeoTIFF(path)
    guard (1...2).contains(file.bandCount), try file.type(ofBand: 0) == .uint16, let grid = file.grid else {
      throw BuildingError(
        path, "is no raster of probabilities: expected one or two bands of uint16, probability x 10000, north-up")
    }
    return (file, grid)
  }
}
