package import Geometry

/// How a raster is cut into tiles for the network: cores that cover it without overlap, each grown by a margin in which
/// neighbours are blended, each of those grown by the halo, the network's receptive field, which is computed and
/// cropped.
package struct TilePlan: Sendable, Equatable {
  package struct Tile: Sendable, Equatable {
    /// Low-resolution pixels whose result is kept, blending margin included.
    package var blended: PixelWindow
    /// Low-resolution pixels that go into the network.
    package var computed: PixelWindow
    /// Weight of each super-resolved row and column of `blended`; over all tiles the products sum to 1.
    package var rowWeights: [Float]
    package var columnWeights: [Float]
  }

  /// Blending margin, low-resolution pixels.
  package static let defaultMargin = 4

  package let size: RasterSize
  package let halo: Int
  /// Low-resolution pixels over which neighbours are blended, on each side of their common border.
  package let margin: Int
  /// Row after row.
  package let tiles: [Tile]
  package let tilesPerRow: Int
  package let factor: Int

  /// Rows of tiles.
  package var tileRows: Int { tiles.count / tilesPerRow }

  /// Super-resolved rows that no tile after those of `tileRow` adds to: 0 up to this one.
  package func settledRows(after tileRow: Int) -> Int {
    guard tileRow >= 0 else { return 0 }
    guard tileRow + 1 < tileRows else { return size.rows * factor }
    return tiles[(tileRow + 1) * tilesPerRow].blended.row * factor
  }

  /// Super-resolved rows that the tiles of `tileRow` have added to and those of the next row add to as well.
  package func sharedRows(after tileRow: Int) -> Range<Int> {
    settledRows(after: tileRow)..<(tiles[tileRow * tilesPerRow].blended.endRow * factor)
  }

  /// - Parameters:
  ///   - size: low-resolution raster.
  ///   - coreSide: side of a core, low-resolution pixels; cores are evened out, none is larger.
  ///   - halo: receptive field radius of the network for the number of views.
  ///   - factor: super-resolution factor.
  package init(size: RasterSize, coreSide: Int, halo: Int, margin: Int = TilePlan.defaultMargin, factor: Int = 2) {
    self.size = size
    self.halo = halo
    self.margin = margin
    self.factor = factor
    let rowCuts = Self.cuts(extent: size.rows, side: max(coreSide, 4 * margin))
    let columnCuts = Self.cuts(extent: size.columns, side: max(coreSide, 4 * margin))
    var tiles: [Tile] = []
    for rows in zip(rowCuts, rowCuts.dropFirst()) {
      for columns in zip(columnCuts, columnCuts.dropFirst()) {
        let core = PixelWindow(
          row: rows.0, column: columns.0, rows: rows.1 - rows.0, columns: columns.1 - columns.0)
        let blended = core.expanded(by: margin, within: size)
        tiles.append(
          Tile(
            blended: blended, computed: blended.expanded(by: halo, within: size),
            rowWeights: Self.weights(core: rows, blended: blended.row..<blended.endRow, margin, factor),
            columnWeights: Self.weights(core: columns, blended: blended.column..<blended.endColumn, margin, factor)))
      }
    }
    self.tiles = tiles
    tilesPerRow = columnCuts.count - 1
  }

  /// How many tiles cover a raster.
  package static func count(_ size: RasterSize, coreSide side: Int) -> Int {
    count(extent: size.rows, side: side) * count(extent: size.columns, side: side)
  }

  /// How many cores there are along one axis.
  package static func count(extent: Int, side: Int) -> Int { max(1, (extent + side - 1) / side) }

  /// Borders of cores along one axis, evened out; no core is thinner than half of `side`.
  private static func cuts(extent: Int, side: Int) -> [Int] {
    let count = count(extent: extent, side: side)
    return (0...count).map { extent * $0 / count }
  }

  /// 1 inside, falling linearly across each inner border; a neighbour's weights are what is missing to 1.
  private static func weights(core: (Int, Int), blended: Range<Int>, _ margin: Int, _ factor: Int) -> [Float] {
    let ramp = Float(2 * margin * factor)
    return (0..<(blended.count * factor)).map { index in
      let position = Float(blended.lowerBound * factor + index) + 0.5
      let rising =
        blended.lowerBound < core.0 ? (position - Float((core.0 - margin) * factor)) / ramp : 1
      let falling =
        blended.upperBound > core.1 ? (Float((core.1 + margin) * factor) - position) / ramp : 1
      return min(1, max(0, rising)) * min(1, max(0, falling))
    }
  }
}
