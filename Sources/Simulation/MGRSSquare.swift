package import Geometry

/// Where the 100 km squares of the Military Grid Reference System, and Sentinel-2's tiles on them, lie.
///
/// Column letters repeat every three zones, row letters every 2000 km with a start that differs between odd and even
/// zones. A tile starts at the multiple of 60 m at or beyond the square's upper-left corner.
package enum MGRSSquare {
  private static let letters = Array("ABCDEFGHJKLMNPQRSTUVWXYZ".utf8)
  private static let bands = Array("CDEFGHJKLMNPQRSTUVWX".utf8)
  private static let falseNorthing = 10_000_000.0

  /// EPSG code of a tile's UTM zone.
  package static func epsg(of tile: MGRSTile) -> Int { (isNorthern(tile) ? 32600 : 32700) + tile.zone }

  /// Outer upper-left corner of Sentinel-2's tile, metres; nil for letters that the zone does not have.
  package static func origin(of tile: MGRSTile) -> (x: Double, y: Double)? {
    let square = Array(tile.square.utf8)
    guard let column = letters.firstIndex(of: square[0]), let row = letters.firstIndex(of: square[1]),
      let band = tile.latitudeBand.utf8.first.flatMap({ bands.firstIndex(of: $0) }),
      column / 8 == (tile.zone - 1) % 3
    else { return nil }
    let left = Double(column % 8 + 1) * 100_000
    let phase = Double((row + (tile.zone % 2 == 0 ? 15 : 0)) % 20) * 100_000
    // The latitude band says which repetition of the row letters is meant.
    let middle = (Double(band) * 8 - 76) * 110_800 + (isNorthern(tile) ? 0 : falseNorthing)
    let bottom = phase + ((middle - phase) / 2_000_000).rounded() * 2_000_000
    let top = bottom + 100_000
    let x = (left / 60).rounded(.down) * 60
    let y =
      isNorthern(tile)
      ? (top / 60).rounded(.up) * 60 : falseNorthing - ((falseNorthing - top) / 60).rounded(.down) * 60
    return (x, y)
  }

  /// The square that holds a point.
  /// - Parameter latitude: degrees, which tells the latitude band.
  package static func tile(epsg: Int, x: Double, y: Double, latitude: Double) -> MGRSTile? {
    let zone = epsg % 100
    guard (32601...32660).contains(epsg) || (32701...32760).contains(epsg), (-80.0...84).contains(latitude) else {
      return nil
    }
    let column = Int((x / 100_000).rounded(.down)) - 1
    guard (0..<8).contains(column) else { return nil }
    let row = (Int((y / 100_000).rounded(.down)) + (zone % 2 == 0 ? 5 : 0)) % 20
    let band = bands[min(Int((latitude + 80) / 8), bands.count - 1)]
    let name = [band, letters[(zone - 1) % 3 * 8 + column], letters[row]]
    return MGRSTile((zone < 10 ? "0" : "") + "\(zone)" + String(decoding: name, as: UTF8.self))
  }

  private static func isNorthern(_ tile: MGRSTile) -> Bool { tile.latitudeBand >= "N" }
}
