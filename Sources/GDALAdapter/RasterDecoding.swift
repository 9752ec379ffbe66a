internal import CGDAL
internal import Geometry

extension RasterFile {
  /// Decodes a whole band (counted from 0) in strips of rows and hands each to `body`.
  ///
  /// Stricter than `read`: where OpenJPEG meets damaged code blocks it often only warns and goes on, so here a
  /// warning is an error too.
  /// - Throws: `GDALError`.
  package func decodeStrictly<Sample: RasterSample & FixedWidthInteger>(
    _: Sample.Type, band: Int, _ body: ([Sample]) -> Void = { _ in }
  ) throws(GDALError) {
    let size = self.size
    // One row of blocks at a time: nothing is decoded twice.
    let stripRows = max(1, min(size.rows, try blockSize(ofBand: band).rows))
    var row = 0
    while row < size.rows {
      let rows = min(stripRows, size.rows - row)
      let window = PixelWindow(row: row, column: 0, rows: rows, columns: size.columns)
      let pixels = try read(Sample.self, band: band, window: window)
      guard CPLGetLastErrorType() == CE_None else {
        throw GDALError(call: "decode band \(band + 1)", path: path, message: GDALRuntime.lastMessage)
      }
      body(pixels)
      row += rows
    }
  }
}
