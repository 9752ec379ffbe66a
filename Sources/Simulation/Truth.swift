internal import GDALAdapter
internal import Geometry
internal import Storage
internal import Workers

/// The fine truth: a tiled GeoTIFF, uint16 reflectance x 10000, bands in the order of `Band`, 0 is no data.
struct Truth: Sendable {
  /// Where its rows come from.
  enum Source: Sendable {
    case drawn(DrawnScene)
    case raster(SceneRaster)

    func rows(_ window: PixelWindow) throws -> [[UInt16]] {
      switch self {
      case .raster(let raster): try raster.rows(window)
      case .drawn(let scene): scene.rows(window)
      }
    }
  }

  /// Rows drawn at a time: one row of the file's blocks.
  private static let step = 256

  let path: String
  /// 5 m grid.
  let grid: GridGeometry

  /// Writes the file, window by window, under a temporary name first.
  func write(_ source: Source, workers: WorkerPool) async throws {
    let temporary = path + ".part"
    try Folder.remove(temporary)
    let output = TruthFile(
      try RasterFile.create(
        temporary, driver: "GTiff", size: grid.size, bands: Band.allCases.count, type: .uint16,
        options: [
          "TILED=YES", "BLOCKXSIZE=\(Self.step)", "BLOCKYSIZE=\(Self.step)", "INTERLEAVE=BAND", "COMPRESS=DEFLATE",
          "ZLEVEL=1", "PREDICTOR=2", "BIGTIFF=IF_SAFER",
        ]))
    try output.describe(grid)
    let size = grid.size
    try await workers.run(
      count: (size.rows + Self.step - 1) / Self.step,
      work: { index in
        let first = index * Self.step
        let window = PixelWindow(
          row: first, column: 0, rows: min(Self.step, size.rows - first), columns: size.columns)
        return (window, try source.rows(window))
      },
      commit: { _, part in try output.write(part.1, window: part.0) })
    try output.close()
    try DurableFile.publish(folder: temporary, as: path)
  }
}

/// `@unchecked Sendable`: windows are written one at a time, in the commit step of the worker pool.
private final class TruthFile: @unchecked Sendable {
  private let file: RasterFile

  init(_ file: RasterFile) { self.file = file }

  func describe(_ grid: GridGeometry) throws {
    try file.set(grid)
    for band in Band.allCases {
      try file.setDescription(band.name, band: band.rawValue)
      try file.setScale(0.0001, offset: 0, band: band.rawValue)
    }
    try file.setNoData(0, band: 0)
  }

  func write(_ bands: [[UInt16]], window: PixelWindow) throws {
    for (band, pixels) in bands.enumerated() { try file.write(pixels, band: band, window: window) }
  }

  func close() throws { try file.close() }
}

extension DrawnScene {
  /// Counts of a window, in the order of `Band`.
  func rows(_ window: PixelWindow) -> [[UInt16]] {
    var bands = Band.allCases.map { _ in [UInt16](repeating: 1, count: window.pixelCount) }
    for row in 0..<window.rows {
      for column in 0..<window.columns {
        let colour = reflectance(row: window.row + row, column: window.column + column) * 10_000
        for band in 0..<4 {
          bands[band][row * window.columns + column] = UInt16(min(max(colour[band].rounded(), 1), 32_767))
        }
      }
    }
    return bands
  }
}
