private import Foundation
package import Geometry

/// Sentinel-2's grid: tiles of 109.8 km on squares of 100 km of the UTM zones. Squares at the edge of a zone that tiles of
/// the next zone cover have no tile.
///
/// Source: ESA's Sentinel-2 tiling grid, 56,686 tiles.
package enum SentinelGrid {
  /// A tile, by its upper-left corner in units of 100 km.
  package struct Tile: Sendable, Hashable, Comparable {
    package var zone: Int
    /// Easting.
    package var column: Int
    /// Northing from the equator, negative south of it.
    package var row: Int

    package init(zone: Int, column: Int, row: Int) {
      self.zone = zone
      self.column = column
      self.row = row
    }

    package static func < (left: Tile, right: Tile) -> Bool {
      (left.zone, left.column, left.row) < (right.zone, right.column, right.row)
    }

    /// The middle of the tile on its square, metres from the equator and the zone's false origin.
    package var centre: PlanarPoint {
      PlanarPoint(
        x: Double(column) * SentinelGrid.spacing + SentinelGrid.side / 2,
        y: Double(row) * SentinelGrid.spacing - SentinelGrid.side / 2)
    }

    /// Its upper-left corner, metres from the equator and the zone's false origin: the multiple of 60 m at the square's own
    /// corner, or beyond it by up to 40 m.
    package var corner: PlanarPoint {
      let (x, y) = (Double(column) * SentinelGrid.spacing, Double(row) * SentinelGrid.spacing)
      let step = SentinelGrid.step
      return PlanarPoint(x: (x / step).rounded(.down) * step, y: (y / step).rounded(.up) * step)
    }

    /// Whether a place lies on it.
    package func covers(_ point: PlanarPoint) -> Bool {
      let corner = corner
      return (0...SentinelGrid.side).contains(point.x - corner.x)
        && (0...SentinelGrid.side).contains(corner.y - point.y)
    }

    /// Whether the grid has it.
    package var exists: Bool {
      guard (1...60).contains(zone), (1...8).contains(column) else { return false }
      return (SentinelGrid.exceptions[zone] ?? SentinelGrid.ordinary)[column - 1].contains { $0.contains(row) }
    }
  }

  /// Metres.
  package static let side = 109_800.0
  package static let spacing = 100_000.0
  /// Corners are multiples of it: of the pixels of 10, 20 and 60 m.
  private static let step = 60.0

  /// Rows of tiles in columns 1 to 8.
  private static let ordinary: [[ClosedRange<Int>]] = [
    [], [-46...47], [-70...71], [-90...91], [-92...94], [-80...81], [-59...60], [-28...29],
  ]
  /// The same of zones at the antimeridian, Norway and Svalbard.
  private static let exceptions: [Int: [[ClosedRange<Int>]]] = [
    1: [[-28...29], [-59...60], [-80...81], [-92...94], [-92...94], [-80...81], [-59...60], [-28...29]],
    31: [[], [-46...47], [-70...71], [-90...91], [-92...94], [-80...63, 71...91], [-59...60, 80...81], [-28...29]],
    32: [[], [-46...47, 64...71], [-70...71], [-90...79], [-92...80], [-80...80], [-59...60], [-28...29]],
    33: [[], [-46...47], [-70...71, 80...86], [-90...94], [-92...94], [-80...91], [-59...60, 80...81], [-28...29]],
    34: [[], [-46...47], [-70...71], [-90...79], [-92...80], [-80...80], [-59...60], [-28...29]],
    35: [[], [-46...47], [-70...71, 80...86], [-90...94], [-92...94], [-80...91], [-59...60, 80...81], [-28...29]],
    36: [[], [-46...47], [-70...71], [-90...79], [-92...80], [-80...80], [-59...60], [-28...29]],
    37: [[], [-46...47], [-70...71, 80...86], [-90...94], [-92...94], [-80...81], [-59...60], [-28...29]],
    60: [[], [-46...47], [-70...71], [-90...91], [-90...91], [-70...71], [-46...47], []],
  ]

  /// The tile that a place belongs to: of all that cover it, the one whose centre is nearest, in metres of the tile's own
  /// projection; of equals the first by zone, column and row. Nil beyond the grid, near the poles.
  ///
  /// It can be told without any product, and gives every place to one tile.
  package static func owner(longitude: Double, latitude: Double) -> Tile? {
    let middle = min(max(Int(((longitude + 180) / 6).rounded(.down)), 0), 59)
    var best: (distance: Double, tile: Tile)?
    // Zones are narrow there.
    let reach = abs(latitude) > 80 ? 3 : abs(latitude) > 70 ? 2 : 1
    for step in -reach...reach {
      let zone = (middle + step + 60) % 60 + 1
      let point = project(longitude: longitude, latitude: latitude, zone: zone)
      // Corners from which a tile may reach the place.
      func first(_ metres: Double) -> Int { Int((metres / spacing).rounded(.up)) }
      func last(_ metres: Double) -> Int { Int((metres / spacing).rounded(.down)) }
      let columns = first(point.x - side)...last(point.x + Self.step)
      let rows = first(point.y - Self.step)...last(point.y + side)
      for column in columns {
        for row in rows {
          let tile = Tile(zone: zone, column: column, row: row)
          guard tile.exists, tile.covers(point) else { continue }
          let (dx, dy) = (point.x - tile.centre.x, point.y - tile.centre.y)
          let distance = dx * dx + dy * dy
          if let best, (best.distance, best.tile) < (distance, tile) { continue }
          best = (distance, tile)
        }
      }
    }
    return best?.tile
  }

  /// Transverse Mercator of a UTM zone on WGS 84 (Krueger's series to the fourth order: to a millimetre within 9 degrees of
  /// the central meridian). Northing from the equator, negative south of it.
  package static func project(longitude: Double, latitude: Double, zone: Int) -> PlanarPoint {
    let flattening = 1 / 298.257223563
    let n = flattening / (2 - flattening)
    let (n2, n3, n4) = (n * n, n * n * n, n * n * n * n)
    let radius = 6_378_137 / (1 + n) * (1 + n2 / 4 + n4 / 64) * 0.9996
    let series = [
      n / 2 - 2 * n2 / 3 + 5 * n3 / 16 + 41 * n4 / 180, 13 * n2 / 48 - 3 * n3 / 5 + 557 * n4 / 1440,
      61 * n3 / 240 - 103 * n4 / 140, 49561 * n4 / 161_280,
    ]
    let phi = sin(latitude * .pi / 180)
    let lambda = remainder(longitude - Double(6 * zone - 183), 360) * .pi / 180
    let e = 2 * n.squareRoot() / (1 + n)
    let t = sinh(atanh(phi) - e * atanh(e * phi))
    let (xi, eta) = (atan2(t, cos(lambda)), atanh(sin(lambda) / (1 + t * t).squareRoot()))
    var (northing, easting) = (xi, eta)
    for (index, factor) in series.enumerated() {
      let k = 2 * Double(index + 1)
      northing += factor * sin(k * xi) * cosh(k * eta)
      easting += factor * cos(k * xi) * sinh(k * eta)
    }
    return PlanarPoint(x: 500_000 + radius * easting, y: radius * northing)
  }
}
