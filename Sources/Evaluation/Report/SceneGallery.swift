internal import GDALAdapter
package import Geometry
internal import Raster
internal import SuperResolution

/// The pictures of a scene: one window, one stretch for all.
package struct SceneGallery: Sendable {
  /// Scenes shown where a set does not choose.
  static let mostScenes = 8
  /// Difference that is shown in full colour, reflectance: five times the sensor's noise limit.
  static let differenceLimit = 0.01

  package let scene: String
  /// Of the pictures on the fine grid.
  package let size: RasterSize
  /// Square of the fine picture that is shown enlarged.
  package let detail: PixelWindow
  package let views: [Picture]
  package let anchor: Picture?
  package let truth: Picture?
  /// By method id.
  package let images: [String: Picture]
  /// Each image through the sensor's optics minus the anchor, by method id.
  package let differences: [String: Picture]

  /// - Parameter side: longest side of a picture on the fine grid, even.
  /// - Throws: `GDALError`, `EvaluationError` where rasters do not lie on each other.
  init(_ scene: String, _ rasters: SceneRasters, methods: [EvaluationSet.Method], side: Int) throws {
    self.scene = scene
    let fine = methods.compactMap { rasters.images[$0.id] }
    let whole = (rasters.truth ?? fine.first)?.size ?? rasters.anchor?.size.scaled(by: 2)
    let window = Self.middle(of: whole ?? RasterSize(rows: 2, columns: 2), side: side)
    let coarse = PixelWindow(
      row: window.row / 2, column: window.column / 2, rows: window.rows / 2, columns: window.columns / 2)
    size = window.size
    guard size.pixelCount > 0 else {
      throw EvaluationError(
        "\(fine.first?.path ?? "an image"): is \(fine.first?.size.text ?? "empty"), too small to show")
    }
    let stretch = DisplayStretch((rasters.anchor ?? rasters.truth ?? fine.first).map(\.valuesWithData) ?? [])
    detail = Self.mostDetailed(rasters.truth ?? fine.last, within: window)
    views = try rasters.views.map { try Picture($0, window: coarse, stretch: stretch) }
    anchor = try rasters.anchor.map { try Picture($0, window: coarse, stretch: stretch) }
    truth = try rasters.truth.map { try Picture($0, window: window, stretch: stretch) }
    images = try rasters.images.mapValues { try Picture($0, window: window, stretch: stretch) }
    differences =
      try rasters.anchor.map { anchor in
        try rasters.images.mapValues { try Self.difference($0, anchor, window: coarse) }
      } ?? [:]
  }

  private static func middle(of size: RasterSize, side: Int) -> PixelWindow {
    let (rows, columns) = (min(size.rows, side) / 2 * 2, min(size.columns, side) / 2 * 2)
    return PixelWindow(
      row: (size.rows - rows) / 4 * 2, column: (size.columns - columns) / 4 * 2, rows: rows, columns: columns)
  }

  private static func difference(_ image: ReflectanceRaster, _ anchor: ReflectanceRaster, window: PixelWindow) throws
    -> Picture
  {
    let seen = try anchorComparison(of: image, with: anchor)
    let size = anchor.size
    let differences = zip(seen.sensorIntensity, seen.anchorIntensity).map { $0.isNaN ? Float(0) : $0 - $1 }
    return try Picture(
      differences: differences.cropped(to: window, of: size).map { Double($0) },
      isCompared: seen.isCompared.cropped(to: window, of: size), size: window.size, limit: differenceLimit)
  }

  /// The square with the highest variance, relative to `window`.
  private static func mostDetailed(_ raster: ReflectanceRaster?, within window: PixelWindow) -> PixelWindow {
    let side = max(2, min(80, window.rows, window.columns) / 2 * 2)
    var best = PixelWindow(
      row: (window.rows - side) / 4 * 2, column: (window.columns - side) / 4 * 2, rows: side, columns: side)
    guard let raster else { return best }
    var most = -1.0
    for row in stride(from: 0, through: window.rows - side, by: 16) {
      for column in stride(from: 0, through: window.columns - side, by: 16) {
        let square = PixelWindow(row: window.row + row, column: window.column + column, rows: side, columns: side)
        guard raster.isValid.cropped(to: square, of: raster.size).allSatisfy({ $0 }) else { continue }
        let values = raster.image.cropped(to: square).pixels.map { Double($0) }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        if variance > most {
          (most, best) = (variance, PixelWindow(row: row, column: column, rows: side, columns: side))
        }
      }
    }
    return best
  }
}

extension ReflectanceRaster {
  /// Values of all bands where there is data.
  fileprivate var valuesWithData: [Float] {
    image.pixels.indices.filter { isValid[$0 % size.pixelCount] }.map { image.pixels[$0] }
  }
}
