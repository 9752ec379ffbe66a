import Buildings
import Geometry
import TestSupport
import Testing

/// Flood fill over edges, the definition.
private func floodFill(_ mask: [Bool], _ size: RasterSize) -> [Component] {
  var seen = [Bool](repeating: false, count: mask.count)
  var result: [Component] = []
  for pixel in mask.indices where mask[pixel] && !seen[pixel] {
    var stack = [pixel]
    seen[pixel] = true
    var pixels: [Int] = []
    while let next = stack.popLast() {
      pixels.append(next)
      let (row, column) = (next / size.columns, next % size.columns)
      for (r, c) in [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
      where r >= 0 && r < size.rows && c >= 0 && c < size.columns {
        let neighbour = r * size.columns + c
        if mask[neighbour], !seen[neighbour] {
          seen[neighbour] = true
          stack.append(neighbour)
        }
      }
    }
    let rows = pixels.map { $0 / size.columns }
    let columns = pixels.map { $0 % size.columns }
    result.append(
      Component(
        area: pixels.count, row: pixel / size.columns, column: pixel % size.columns,
        window: PixelWindow(
          row: rows.min()!, column: columns.min()!, rows: rows.max()! - rows.min()! + 1,
          columns: columns.max()! - columns.min()! + 1)))
  }
  return result
}

private func scanned(_ mask: [Bool], _ size: RasterSize) -> [Component] {
  var scan = ComponentScan()
  var result: [Component] = []
  for row in 0..<size.rows { result += scan.add(count: size.columns) { mask[row * size.columns + $0] } }
  result += scan.finish()
  return result
}

private func inOrder(_ components: [Component]) -> [Component] {
  components.sorted { ($0.row, $0.column) < ($1.row, $1.column) }
}

@Test(arguments: [0.05, 0.3, 0.5, 0.6, 0.8, 1.0])
func scanEqualsFloodFill(share: Double) {
  var generator = SeededGenerator(UInt64(share * 100))
  for (rows, columns) in [(1, 1), (1, 40), (40, 1), (17, 23), (60, 41), (120, 130)] {
    let size = RasterSize(rows: rows, columns: columns)
    let mask = (0..<size.pixelCount).map { _ in Double.random(in: 0..<1, using: &generator) < share }
    let found = scanned(mask, size)
    #expect(inOrder(found) == inOrder(floodFill(mask, size)))
    // Areas come out with the row after their last one.
    let ends = found.map(\.window.endRow)
    #expect(ends == ends.sorted())
  }
}

@Test func scanJoinsWhatMeetsLate() {
  // A comb, a spiral and rings inside rings: labels are joined again and again.
  let maps = [
    ["#.#.#.#.#", "#.#.#.#.#", "#########"],
    [
      "#########", "........#", "#######.#", "#.....#.#", "#.###.#.#", "#.#...#.#", "#.#####.#", "#.......#",
      "#########",
    ],
    ["#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######"],
  ]
  for map in maps {
    let size = RasterSize(rows: map.count, columns: map[0].count)
    let mask = map.joined().map { $0 == "#" }
    #expect(inOrder(scanned(mask, size)) == inOrder(floodFill(mask, size)))
  }
}

@Test func partsOfTouchingBuildingsTakeEveryPixel() {
  // Two peaks with a saddle; the saddle lies above the threshold and below the seed.
  let rule = InstanceRule(threshold: 0.4, seed: 0.6, separationWeight: 0, minArea: 0)
  let row: [Float] = [0.7, 0.9, 0.7, 0.5, 0.45, 0.5, 0.8, 0.95, 0.8]
  let building = (row + row + row).map { ProbabilityRaster.count($0) }
  let component = Component(area: 27, row: 0, column: 0, window: PixelWindow(row: 0, column: 0, rows: 3, columns: 9))
  let parts = Watershed.divide(component, building: building, separation: [], rule: rule).parts
  #expect(parts.map(\.area).reduce(0, +) == 27 && parts.count == 2)
  // The saddle goes to the higher side.
  #expect(parts[0].window == PixelWindow(row: 0, column: 0, rows: 3, columns: 4))
  #expect(parts[1].window == PixelWindow(row: 0, column: 4, rows: 3, columns: 5))
  #expect(parts.allSatisfy { $0.mask.allSatisfy { $0 == 1 } })
  let division = Watershed.divide(component, building: building, separation: [], rule: rule, smallest: 13)
  let (large, small) = (division.parts, division.tooSmall)
  #expect(large == [parts[1]] && small == 1)
  #expect(parts.map(\.sum).reduce(0, +) == building.reduce(0) { $0 + Int($1) })

  // The class separation divides what probabilities alone do not.
  let flat = [UInt16](repeating: 9000, count: 27)
  let separation = (0..<27).map { UInt16($0 % 9 == 4 ? 9000 : 0) }
  var divided = rule
  divided.separationWeight = 0.8
  #expect(Watershed.divide(component, building: flat, separation: separation, rule: rule).parts.count == 1)
  #expect(Watershed.divide(component, building: flat, separation: separation, rule: divided).parts.count == 2)

  // Nothing rises above the seed: no building.
  let low = [UInt16](repeating: 5000, count: 27)
  #expect(Watershed.divide(component, building: low, separation: [], rule: rule).parts.isEmpty)
}
