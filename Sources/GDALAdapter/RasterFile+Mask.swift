internal import CGDAL
package import Geometry

extension RasterFile {
  /// Where a mask of the file's own says that a band has data: one inside the file, one beside it (`.msk`), or an alpha
  /// band, whose transparent pixels have none. What a no data value says is not in it.
  /// - Parameter band: counted from 0.
  /// - Returns: row by row; nil where the file has no such mask.
  /// - Throws: `GDALError`.
  package func mask(ofBand band: Int, window: PixelWindow) throws(GDALError) -> [Bool]? {
    let handle = try bandHandle(band)
    guard GDALGetMaskFlags(handle) & (GMF_ALL_VALID | GMF_NODATA) == 0, let mask = GDALGetMaskBand(handle) else {
      return nil
    }
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
    return values.map { $0 != 0 }
  }
}
