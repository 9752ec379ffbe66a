/// Some rows of a window's result, and of every layer the rows that they take beyond what earlier strips left.
///
/// A window goes through a network strip by strip: maps hold a strip, not the window, and still no pixel of any layer is
/// computed twice. A layer that later ones look at by `reach` pixels runs `reach` rows ahead of the result.
package struct MapStrip: Sendable, Equatable {
  /// Rows of the result, as rows of the window.
  package let result: Range<Int>
  /// Rows of the window that maps hold: their row 0 is the first of them.
  package let held: Range<Int>
  /// Of the window.
  private let columns: Range<Int>
  private let width: Int
  private let height: Int
  private let isFirst: Bool

  /// Rows above a strip's result that maps hold: for those of the last strip that the layers of this one look at.
  package static let lookedBack = 3

  /// - Parameters:
  ///   - kept: the part of the window that is wanted.
  ///   - rows: of the window; columns likewise.
  ///   - reach: pixels around the result that the first layer's input is looked at.
  ///   - height: the most rows that a map may hold; with 2 `reach` + 4 there is a row of result in each strip. All
  ///     strips but the first and the last compute `height` - `reach` - 3 rows of every layer.
  package static func strips(
    of kept: MapRegion, rows: Int, columns: Int, reach: Int, height: Int
  ) -> [MapStrip] {
    precondition(height >= min(rows, 2 * reach + 4), "a strip holds no row of result")
    var strips: [MapStrip] = []
    var row = kept.rows.lowerBound
    while row < kept.rows.upperBound {
      let first = max(0, row - (strips.isEmpty ? reach : lookedBack))
      // The last rows of a window need none below them.
      let end = first + height >= rows ? kept.rows.upperBound : min(first + height - reach, kept.rows.upperBound)
      strips.append(
        MapStrip(
          result: row..<end, held: first..<min(rows, end + reach), columns: kept.columns, width: columns, height: rows,
          isFirst: strips.isEmpty))
      row = end
    }
    return strips
  }

  /// What this strip computes of a layer, in rows of the maps. The last strip ends with the window.
  /// - Parameter reach: pixels of it that later layers look at around the result.
  package func region(_ reach: Int) -> MapRegion {
    let start = isFirst ? max(0, result.lowerBound - reach) : result.lowerBound + reach
    let end = min(height, result.upperBound + reach)
    return MapRegion(
      rows: (start - held.lowerBound)..<(end - held.lowerBound),
      columns: max(0, columns.lowerBound - reach)..<min(width, columns.upperBound + reach))
  }
}

/// The last rows of every layer, kept from one strip of a window to the next.
package final class MapTails {
  private struct Tail {
    /// Of the window.
    var rows = 0..<0
    let storage: AlignedValues
  }

  private var tails: [Tail] = []
  private var next = 0
  private var strip: MapStrip?

  package init() {}

  /// From now on layers compute this strip, in the order in which they computed the last one.
  package func begin(_ strip: MapStrip) {
    self.strip = strip
    next = 0
  }

  /// Computes a layer's rows of the strip, behind those that the last strip left.
  /// - Parameters:
  ///   - map: holds the strip.
  ///   - region: what is computed.
  ///   - rows: how many rows later layers look back.
  package func extend(
    _ map: FeatureMap, _ region: MapRegion, lookingBack rows: Int = 2, _ compute: (MapRegion) -> Void
  ) {
    guard let strip else { preconditionFailure("there is no strip") }
    precondition(map.rows == strip.held.count, "the map does not hold the strip")
    let line = map.rowStride * map.channels
    if next == tails.count { tails.append(Tail(storage: AlignedValues(count: rows * line))) }
    precondition(tails[next].storage.values.count == rows * line, "layers come in another order")
    let tail = tails[next]
    /// No layer looks at rows that the strip does not hold.
    let held = tail.rows.clamped(to: strip.held)
    if !held.isEmpty {
      map.pointer(held.lowerBound - strip.held.lowerBound, -1)
        .update(from: tail.storage.start + (held.lowerBound - tail.rows.lowerBound) * line, count: held.count * line)
    }
    compute(region)
    let end = region.rows.upperBound
    let known = held.isEmpty ? region.rows.lowerBound : held.lowerBound - strip.held.lowerBound
    let first = max(end - rows, known)
    tail.storage.start.update(from: map.pointer(first, -1), count: (end - first) * line)
    tails[next].rows = (first + strip.held.lowerBound)..<(end + strip.held.lowerBound)
    next += 1
  }
}
