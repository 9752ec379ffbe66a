package import Geometry

/// Whose the pixels around a building are: an outline that is straightened is not to lie on others.
package struct Neighbours: Sendable {
  /// What a building may cover of others: this share of its own pixels, and this one of each other's.
  package static let mostOfOwn = 0.05
  package static let mostOfOther = 0.1

  /// Pixels that belong to no building.
  package static let nobody: Int32 = 0
  /// Pixels of other areas, of which nothing is covered: ground lies between.
  package static let other: Int32 = -1

  private let grid: GridGeometry
  private let owners: [Int32]
  private let areas: [Int32: Int]

  /// - Parameters:
  ///   - owners: whose each pixel is, row by row: a number above 0, `nobody`, or `other`.
  ///   - grid: where they lie.
  ///   - areas: pixels of each building, by its number; those that are not listed are nobody's.
  package init(owners: [Int32], grid: GridGeometry, areas: [Int32: Int]) {
    precondition(owners.count == grid.size.pixelCount, "one owner a pixel")
    (self.owners, self.grid, self.areas) = (owners, grid, areas)
  }

  /// Whether an outline leaves the others what is theirs, by the centres of their pixels.
  package func permit(_ outline: PlanarPolygon, of own: Int32) -> Bool {
    var covered: [Int32: Int] = [:]
    forEachPixel(in: outline) { pixel in
      let owner = owners[pixel]
      if owner != own, owner == Self.other || areas[owner] != nil { covered[owner, default: 0] += 1 }
    }
    guard !covered.isEmpty else { return true }
    let most = Self.mostOfOwn * Double(areas[own] ?? 0)
    return covered[Self.other] == nil && Double(covered.values.reduce(0, +)) <= most
      && covered.allSatisfy { Double($1) <= Self.mostOfOther * Double(areas[$0] ?? 0) }
  }

  /// Pixels whose centres lie in a polygon, by the crossings of its edges with the rows' middles.
  private func forEachPixel(in polygon: PlanarPolygon, _ visit: (Int) -> Void) {
    let box = polygon.bounds
    let rows = Self.centres(
      (grid.upperLeftY - box.maxY) / grid.pixelHeight, (grid.upperLeftY - box.minY) / grid.pixelHeight, grid.size.rows)
    for row in rows {
      let y = grid.upperLeftY - (Double(row) + 0.5) * grid.pixelHeight
      var crossings: [Double] = []
      for ring in polygon.rings {
        for (a, b) in zip(ring, ring.dropFirst()) where (a.y > y) != (b.y > y) {
          crossings.append(a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y))
        }
      }
      crossings.sort()
      for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
        let columns = Self.centres(
          (crossings[pair] - grid.upperLeftX) / grid.pixelWidth,
          (crossings[pair + 1] - grid.upperLeftX) / grid.pixelWidth,
          grid.size.columns)
        for column in columns { visit(row * grid.size.columns + column) }
      }
    }
  }

  /// Pixels of a row or a column whose middles lie between two places, in pixels.
  private static func centres(_ low: Double, _ high: Double, _ count: Int) -> Range<Int> {
    let first = Int(min(max((low - 0.5).rounded(.up), 0), Double(count)))
    return first..<max(first, Int(min(max((high - 0.5).rounded(.up), 0), Double(count))))
  }
}
