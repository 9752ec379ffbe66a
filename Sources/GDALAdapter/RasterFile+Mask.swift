internal import CGDAL
package import Geometry

extension RasterFile {
  /// Where a mask of the file's own says that a band has data: one inside the file, one beside it (`.msk`), or an alpha
  /// band, whose transparent pixels have none; GDAL itself takes some alpha bands for none (int16, or of five bands), and
  /// forgets them where there is a no data value. What that says is not in it.
  /// - Parameter band: counted from 0.
  /// - Returns: row by row; nil where the file has no such mask.
  /// - Throws: `GDALError`.
  package func mask(ofBand band: Int, window: PixelWindow) throws(GDALError) -> [Bool]? {
    var alpha: [Bool]?
    for other in 0..<bandCount {
      guard other != band, try color(ofBand: other) == .alpha else { continue }
      alpha = try read(Float.self, band: other, window: window).map { $0 != 0 }
    }
    let handle = try bandHandle(band)
    guard GDALGetMaskFlags(handle) & (GMF_ALL_VALID | GMF_NODATA | GMF_ALPHA) == 0,
      let mask = GDALGetMaskBand(handle)
    else { return alpha }
    var values = [UInt8](repeating: 0, count: window.pixelCount)
    CPLErrorReset()
    let status = GDALRasterIO(
      mask, GF_Read, Int32(window.column), Int32(window.row), Int32(window.columns), Int32(window.rows), &values,
      Int32(window.columns), Int32(window.rows), GDT_Byte, 0, 0)
    guard status == CE_None, CPLGetLastErrorType().rawValue < CE_Failure.rawValue else {
      throw GDALError(
        call: "read mask of band \(band + 1), rows \(window.row)..<\(window.endRow)", path: path,
        message: GDALRuntime.lastMessage)
    }
    let holds = values.map { $0 != 0 }
    return alpha.map { zip($0, holds).map { $0 && $1 } } ?? holds
  }
}
