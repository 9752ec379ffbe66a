internal import GDALAdapter
internal import Geometry
internal import Raster

/// Pictures of a scene: the image, the image with the true outlines, and with each method's.
package struct BuildingOverlays: Sendable {
  package let scene: String
  package let image: Picture
  package let truth: Picture
  /// By method id: found green, wrong red, missed blue.
  package let methods: [String: Picture]
}

/// An image that outlines are drawn on.
struct OverlayCanvas {
  /// What outlines are drawn in.
  enum Colour {
    static let found: [UInt8] = [60, 220, 90]
    static let wrong: [UInt8] = [240, 60, 50]
    static let missed: [UInt8] = [70, 160, 255]
    static let truth: [UInt8] = [255, 220, 60]
  }
  private let planes: [[UInt8]]
  private let grid: GridGeometry
  /// Longest side drawn, pixels of the image.
  private static let longestSide = 512
  /// Pixels of the picture for one of the image.
  private static let zoom = 3

  /// - Parameter grid: where the polygons lie; the image covers the same ground.
  /// - Throws: `GDALError`; `EvaluationError` where the image is of another size.
  init(_ path: String, grid: GridGeometry) throws {
    let file = try RasterFile.openPlaced(path)
    guard file.size == grid.size, file.bandCount >= 3 else {
      throw EvaluationError(
        "\(path): is \(file.size.rows) x \(file.size.columns) pixels of \(file.bandCount) bands; overlays need red, green "
          + "and blue on the grid of \(grid.size.rows) x \(grid.size.columns)")
    }
    let own = try RasterGrid.grid(of: file, path)
    guard own.liesLike(grid) else {
      throw EvaluationError("\(path): lies at \(own.description), the grid at \(grid.description)")
    }
    let window = PixelWindow(
      row: 0, column: 0, rows: min(grid.size.rows, Self.longestSide), columns: min(grid.size.columns, Self.longestSide))
    let bands = try (0..<3).map { try file.read(Float.self, band: $0, window: window) }
    let stretch = DisplayStretch(bands.joined().lazy.map { $0 == 0 ? .nan : $0 })
    let size = window.size.scaled(by: Self.zoom)
    planes = bands.map { band in
      (0..<size.pixelCount).map { pixel in
        stretch.byte(band[pixel / size.columns / Self.zoom * window.columns + pixel % size.columns / Self.zoom])
      }
    }
    self.grid = GridGeometry(
      epsg: grid.epsg, upperLeftX: grid.upperLeftX, upperLeftY: grid.upperLeftY,
      pixelWidth: grid.pixelWidth / Double(Self.zoom), pixelHeight: grid.pixelHeight / Double(Self.zoom), size: size)
  }

  func picture() throws -> Picture { try draw([]) }

  func outlines(_ truth: [[PlanarPolygon]]) throws -> Picture { try draw([(truth, Colour.truth)]) }

  func overlay(
    _ predicted: [[PlanarPolygon]], _ truth: [[PlanarPolygon]], _ matches: BuildingMatches
  ) throws -> Picture {
    let taken = Set(matches.partners.compactMap(\.self))
    return try draw([
      (truth.indices.filter { !taken.contains($0) }.map { truth[$0] }, Colour.missed),
      (predicted.indices.filter { matches.partners[$0] == nil }.map { predicted[$0] }, Colour.wrong),
      (predicted.indices.filter { matches.partners[$0] != nil }.map { predicted[$0] }, Colour.found),
    ])
  }

  private func draw(_ layers: [(buildings: [[PlanarPolygon]], colour: [UInt8])]) throws -> Picture {
    var planes = planes
    for (buildings, colour) in layers where !buildings.isEmpty {
      var mask = [UInt8](repeating: 0, count: grid.size.pixelCount)
      try Polygonise.burnOutlines(buildings.flatMap(\.self), into: &mask, grid: grid)
      for pixel in mask.indices where mask[pixel] != 0 { for band in 0..<3 { planes[band][pixel] = colour[band] } }
    }
    return Picture(size: grid.size, bytes: try PNG.encode(planes, size: grid.size, isOpaque: nil))
  }
}

extension Picture {
  init(size: RasterSize, bytes: [UInt8]) {
    self.size = size
    self.bytes = bytes
  }
}
