package import Geometry

/// What the anchor shows more than its filling at the very border of a hole, carried a few pixels into the hole: without it
/// the frame has a step there, which the network and the back-projection sharpen.
///
/// The solution of a screened Laplace equation, by a fixed number of passes (Jacobi's), so that it depends on nothing
/// farther off than that many pixels, nor on how the work is cut.
///
/// So is half of what the filling steps by inside the hole, where other views begin to fill it, as along the edge of another
/// view's cloud or swath: to either side.
///
/// The rim of a cloud or of its shadow that the mask misses is not to be carried into the hole: what a stretch of border is
/// brighter or darker by in every band is left out, and a pixel that is far off even so takes no part.
package struct BorderDifference {
  /// Rows around those that are filled: passes, and a stretch of border.
  package static let reach = passes + (stretch + 1) * cell
  /// Pixels into a hole.
  private static let passes = 16
  /// A stretch of border lies in so many cells of `cell` x `cell` pixels to each side. Cells lie where rows and columns of the
  /// raster say.
  private static let (cell, stretch) = (4, 2)
  /// Reflectance: what is farther off its stretch of border is no ground, or no place to go by.
  private static let farthest: Float = 0.25
  /// Pixels after which a difference has faded to a third along a straight border.
  private static let length: Float = 4

  private let first: Int
  /// The number of a node, by pixel from `first` on; -1 for none.
  private var nodes: [Int32]
  /// Differences of nodes, a plane a band.
  private var values: [[Float]]

  /// - Parameters:
  ///   - size: of the raster.
  ///   - range: rows whose holes are filled; `reach` rows around them are looked at.
  ///   - fillers: which other views fill a pixel, a bit each; 0 where none is wanted.
  ///   - difference: writes anchor minus filling at a pixel, reflectance, a value a band; false where either is not clear.
  ///   - step: writes what the filling changes by from one pixel to its neighbour, which others fill, beyond what the views
  ///     change by that fill both; a value a band.
  package init?(
    _ size: RasterSize, bands: Int, rows range: Range<Int>, fillers: (Int) -> UInt64,
    difference: (_ pixel: Int, _ values: inout [Float]) -> Bool,
    step: (_ pixel: Int, _ neighbour: Int, _ values: inout [Float]) -> Void
  ) {
    let columns = size.columns
    let rows = max(0, range.lowerBound - Self.reach)..<min(size.rows, range.upperBound + Self.reach)
    let (first, count) = (rows.lowerBound * columns, rows.count * columns)
    let filled = (0..<count).map { fillers(first + $0) }
    let hole = filled.map { $0 != 0 }
    guard hole.contains(true) else { return nil }
    func eachNeighbour(_ place: Int, _ body: (Int) -> Void) {
      let column = place % columns
      if place >= columns { body(place - columns) }
      if place + columns < count { body(place + columns) }
      if column > 0 { body(place - 1) }
      if column < columns - 1 { body(place + 1) }
    }
    var (places, values) = ([Int](), [[Float]](repeating: [], count: bands))
    var one = [Float](repeating: 0, count: bands)
    for place in 0..<count where !hole[place] {
      var isAtHole = false
      eachNeighbour(place) { if hole[$0] { isAtHole = true } }
      guard isAtHole, difference(first + place, &one) else { continue }
      places.append(place)
      for band in 0..<bands { values[band].append(one[band]) }
    }
    Self.takeCommon(of: &values, at: places.map { first + $0 }, columns: columns)
    let takePart = places.indices.filter { node in values.allSatisfy { abs($0[node]) <= Self.farthest } }
    places = takePart.map { places[$0] }
    for band in 0..<bands { values[band] = takePart.map { values[band][$0] } }
    let border = places.count
    var nodes = [Int32](repeating: -1, count: count)
    for (node, place) in places.enumerated() { nodes[place] = Int32(node) }
    // What is wanted of pixels beside others that other views fill.
    var steps: [Int: [Float]] = [:]
    for place in 0..<count where hole[place] {
      eachNeighbour(place) { next in
        guard hole[next], filled[next] != filled[place] else { return }
        step(first + place, first + next, &one)
        guard one.allSatisfy({ abs($0) <= Self.farthest }) else { return }
        steps[place] = zip(steps[place] ?? [Float](repeating: 0, count: bands), one).map { $0 + $1 }
      }
    }
    if border == 0, steps.isEmpty { return nil }
    // Holes, those nearest to the border, or to such pixels, first: a pass reaches one pixel farther.
    var (begin, ends) = (0, [border])
    for pass in 0..<Self.passes {
      if pass == 0 {
        for place in steps.keys.sorted() {
          nodes[place] = Int32(places.count)
          places.append(place)
        }
      }
      let end = pass == 0 ? border : places.count
      for index in begin..<end {
        eachNeighbour(places[index]) { next in
          guard hole[next], nodes[next] < 0 else { return }
          nodes[next] = Int32(places.count)
          places.append(next)
        }
      }
      begin = end
      ends.append(places.count)
    }
    // Of each node of the hole its neighbours, -1 for none, and what their sum counts: those in the hole take part, also
    // where no pass reaches, and those of the border.
    var around = [Int32](repeating: -1, count: 4 * (places.count - border))
    var weights = [Float](repeating: 0, count: places.count - border)
    for index in weights.indices {
      var (known, part) = (0, 0)
      eachNeighbour(places[border + index]) { place in
        if hole[place] || nodes[place] >= 0 { part += 1 }
        guard nodes[place] >= 0 else { return }
        around[4 * index + known] = nodes[place]
        known += 1
      }
      weights[index] = 1 / (Float(part) + 1 / (Self.length * Self.length))
    }
    for band in 0..<bands {
      let sources = (border..<places.count).map { steps[places[$0]]?[band] ?? 0 }
      values[band] += [Float](repeating: 0, count: weights.count)
      var next = values[band]
      for pass in 1...Self.passes {
        for node in border..<ends[pass] {
          let index = node - border
          var sum = sources[index]
          for neighbour in around[(4 * index)..<(4 * index + 4)] where neighbour >= 0 {
            sum += values[band][Int(neighbour)]
          }
          next[node] = sum * weights[index]
        }
        swap(&values[band], &next)
      }
    }
    (self.first, self.nodes, self.values) = (first, nodes, values)
  }

  /// Takes from differences at the border what those around them have in common in every band.
  private static func takeCommon(of values: inout [[Float]], at pixels: [Int], columns: Int) {
    let bands = values.count
    let cells = (columns + cell - 1) / cell
    func cellOf(_ pixel: Int) -> (row: Int, column: Int) { (pixel / columns / cell, pixel % columns / cell) }
    let firstRow = cellOf(pixels.first ?? 0).row
    let rows = cellOf(pixels.last ?? 0).row - firstRow + 1
    // Sums of each band, and at last the count.
    var sums = [[Float]](repeating: [Float](repeating: 0, count: rows * cells), count: bands + 1)
    for (node, pixel) in pixels.enumerated() {
      let (row, column) = cellOf(pixel)
      let place = (row - firstRow) * cells + column
      for band in 0..<bands { sums[band][place] += values[band][node] }
      sums[bands][place] += 1
    }
    var common = [Float?](repeating: nil, count: rows * cells)
    for (node, pixel) in pixels.enumerated() {
      let (row, column) = (cellOf(pixel).row - firstRow, cellOf(pixel).column)
      let place = row * cells + column
      if common[place] == nil {
        var around = [Float](repeating: 0, count: bands + 1)
        for row in max(0, row - stretch)...min(rows - 1, row + stretch) {
          for column in max(0, column - stretch)...min(cells - 1, column + stretch) {
            for plane in around.indices { around[plane] += sums[plane][row * cells + column] }
          }
        }
        let means = (0..<bands).map { around[$0] / around[bands] }
        // The least of all that are brighter, or darker; nothing where some are brighter and some darker.
        common[place] = max(means.min() ?? 0, 0) + min(means.max() ?? 0, 0)
      }
      for band in 0..<bands { values[band][node] -= common[place] ?? 0 }
    }
  }

  /// 0 far from the border.
  package func value(band: Int, pixel: Int) -> Float {
    let node = nodes[pixel - first]
    return node < 0 ? 0 : values[band][Int(node)]
  }
}
