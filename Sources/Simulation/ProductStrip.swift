internal import Geometry

/// Full-width rows of one revisit, ready to be written.
struct ProductStrip: Sendable {
  /// Stands for no data in `counts`.
  static let noData = Int16.min
  /// The same of what the sensor could not tell for brightness.
  static let saturated = Int16.max
  /// Rows of a strip: even, so that 20 m pixels are whole.
  static let rows = 64

  /// On the 10 m grid.
  let window: PixelWindow
  /// Reflectance x 10000 in the order of `Band`, before any BOA_ADD_OFFSET.
  var counts: [[Int16]]
  /// Scene classes of the 20 m pixels under the window.
  var classes: [UInt8]

  init(window: PixelWindow) {
    self.window = window
    counts = Band.allCases.map { _ in [Int16](repeating: Self.noData, count: window.pixelCount) }
    classes = [UInt8](repeating: 0, count: window.pixelCount / 4)
  }

  static func count(in size: RasterSize) -> Int { (size.rows + rows - 1) / rows }

  static func window(_ index: Int, of size: RasterSize) -> PixelWindow {
    let first = index * rows
    return PixelWindow(row: first, column: 0, rows: min(rows, size.rows - first), columns: size.columns)
  }

  /// Nearest count, kept inside what 15 bits hold with an offset of 1000.
  @inline(__always)
  static func count(ofReflectance value: Float) -> Int16 {
    Int16(min(max((value * 10_000).rounded(), -999), 31_700))
  }
}

/// Something that can render any strip of one revisit.
protocol StripSource: Sendable {
  func strip(_ window: PixelWindow) throws -> ProductStrip
}
