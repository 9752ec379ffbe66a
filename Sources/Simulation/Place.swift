internal import GDALAdapter
internal import Geometry

/// Where a product lies: its tile and its 10 m grid.
struct Place: Sendable {
  let tile: MGRSTile
  let grid: GridGeometry

  static func isUTM(_ epsg: Int) -> Bool { (32601...32660).contains(epsg) || (32701...32760).contains(epsg) }

  /// - Parameters:
  ///   - ground: where the pixels lie, if they come from a raster in UTM.
  ///   - snap: corners are rounded to a multiple of this, metres.
  init(
    _ options: DeliveryOptions, size: RasterSize, ground: (epsg: Int, x: Double, y: Double)?, snap: Double
  ) throws {
    let tile = try options.tile ?? ground.map { try Self.tile(at: $0) } ?? MGRSTile("31TCJ")!
    let epsg = MGRSSquare.epsg(of: tile)
    if let ground, ground.epsg != epsg {
      throw SimulationError(
        "--tile", found: "\(tile), which lies in EPSG:\(epsg)", expected: "a tile in the scene's EPSG:\(ground.epsg)")
    }
    let corner: (x: Double, y: Double)
    if let origin = options.origin {
      corner = (origin.x, origin.y)
    } else if let ground {
      corner = ((ground.x / snap).rounded() * snap, (ground.y / snap).rounded() * snap)
    } else if let origin = MGRSSquare.origin(of: tile) {
      corner = origin
    } else {
      throw SimulationError(
        "--tile", found: "\(tile)", expected: "a square that zone \(tile.zone) has, such as 31TCJ")
    }
    self.tile = tile
    grid = GridGeometry(
      epsg: epsg, upperLeftX: corner.x, upperLeftY: corner.y, pixelWidth: 10, pixelHeight: 10, size: size)
  }

  /// UTC hour at which the satellites pass: 10:36 local solar time, as anywhere away from the poles.
  var passHour: Double {
    let hour = 10.6 - (Double(tile.zone) * 6 - 183) / 15
    return hour < 0 ? hour + 24 : hour >= 24 ? hour - 24 : hour
  }

  private static func tile(at ground: (epsg: Int, x: Double, y: Double)) throws -> MGRSTile {
    let inside = (x: ground.x + 100, y: ground.y - 100)
    let degrees = try CoordinateTransform.longitudeLatitude([inside], epsg: ground.epsg)[0]
    guard let tile = MGRSSquare.tile(epsg: ground.epsg, x: inside.x, y: inside.y, latitude: degrees.latitude) else {
      throw SimulationError(
        "--tile", found: "nothing, and a scene outside the 100 km squares", expected: "a tile such as 31TCJ")
    }
    return tile
  }
}
