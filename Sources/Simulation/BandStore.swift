internal import GDALAdapter
internal import Geometry
internal import Storage

/// Uncompressed rasters that collect the strips of one product until each is turned into a JP2 as a whole.
///
/// `@unchecked Sendable`: strips are added one at a time (the commit step of the worker pool), and the rasters are
/// closed before anything else reads them.
final class BandStore: @unchecked Sendable {
  private let folder: String
  private let grid: GridGeometry
  private let countOffset: Int
  /// Rows of the 10 m grid that this product holds; even.
  private let rows: Range<Int>
  private var bands: [RasterFile] = []
  private var classes: RasterFile
  /// Number of 20 m pixels in each class.
  private(set) var classCounts = [Int](repeating: 0, count: 12)

  init(folder: String, grid: GridGeometry, countOffset: Int, rows: Range<Int>) throws {
    self.folder = folder
    self.grid = grid
    self.countOffset = countOffset
    self.rows = rows
    let options = ["BLOCKYSIZE=\(ProductStrip.rows)"]
    for band in Band.allCases {
      let file = try RasterFile.create(
        folder + "/\(band.name).tif", driver: "GTiff", size: grid.size, bands: 1, type: .uint16, options: options)
      try file.set(grid)
      bands.append(file)
    }
    let coarse = Self.coarse(grid)
    classes = try RasterFile.create(
      folder + "/SCL.tif", driver: "GTiff", size: coarse.size, bands: 1, type: .uint8, options: options)
    try classes.set(coarse)
  }

  /// The 20 m grid over the same ground.
  static func coarse(_ grid: GridGeometry) -> GridGeometry {
    GridGeometry(
      epsg: grid.epsg, upperLeftX: grid.upperLeftX, upperLeftY: grid.upperLeftY, pixelWidth: 2 * grid.pixelWidth,
      pixelHeight: 2 * grid.pixelHeight, size: RasterSize(rows: grid.size.rows / 2, columns: grid.size.columns / 2))
  }

  /// Turns reflectances into counts and writes them. No data is count 0; data never is.
  func add(_ strip: ProductStrip) throws {
    let window = strip.window
    for band in Band.allCases {
      let counts = strip.counts[band.rawValue].enumerated().map { index, value -> UInt16 in
        guard value != ProductStrip.noData, rows.contains(window.row + index / window.columns) else { return 0 }
        if value == ProductStrip.saturated { return UInt16(value) }
        return UInt16(min(max(Int(value) + countOffset, 1), 32_767))
      }
      try bands[band.rawValue].write(counts, band: 0, window: window)
    }
    let coarse = PixelWindow(row: window.row / 2, column: 0, rows: window.rows / 2, columns: window.columns / 2)
    let values = strip.classes.enumerated().map { index, value -> UInt8 in
      rows.contains(2 * (coarse.row + index / coarse.columns)) ? value : 0
    }
    for value in values { classCounts[Int(value)] += 1 }
    try classes.write(values, band: 0, window: coarse)
  }

  /// Ends the collecting; `copy` may be called from then on.
  func close() throws {
    for file in bands { try file.close() }
    try classes.close()
  }

  /// Writes one band (nil: the scene classification) as lossless JP2 with the layout of ESA's products: tiles of
  /// 1024 pixels at 10 m and 640 at 20 m, 15 bits, five resolutions, precincts of 256.
  func copy(_ band: Band?, to path: String) throws {
    let size = band == nil ? Self.coarse(grid).size : grid.size
    let tile = band == nil ? 640 : 1024
    let (tileColumns, tileRows) = (min(tile, size.columns), min(tile, size.rows))
    var resolutions = 5
    while resolutions > 1, min(tileColumns, tileRows) >> (resolutions - 1) == 0 { resolutions -= 1 }
    let precincts = [String](repeating: "{256,256}", count: resolutions).joined(separator: ",")
    let options =
      [
        "CODEC=JP2", "REVERSIBLE=YES", "QUALITY=100", "YCC=NO", "RESOLUTIONS=\(resolutions)", "PROGRESSION=LRCP",
        "BLOCKXSIZE=\(tile)", "BLOCKYSIZE=\(tile)", "PRECINCTS=\(precincts)", "CODEBLOCK_WIDTH=64",
        "CODEBLOCK_HEIGHT=64", "GeoJP2=NO", "GMLJP2=YES",
      ] + (band == nil ? [] : ["NBITS=15"])
    let source = folder + "/" + (band?.name ?? "SCL") + ".tif"
    let file = try RasterFile.open(source, drivers: ["GTiff"])
    try file.copy(to: path, driver: "JP2OpenJPEG", options: options)
    try file.close()
    try Folder.remove(source)
  }

}
