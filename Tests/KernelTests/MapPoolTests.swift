import Kernels
import Testing

/// Maps as a network takes them, of windows that grow from corner to middle and shrink again.
private func run(_ pool: MapPool, sides: [Int]) -> Int {
  var largest = 0
  for side in sides {
    let loan = MapLoan(pool, rows: side, columns: side)
    var values = 0
    for channels in [3, 64, 64, 64, 64] + [Int](repeating: 64, count: 8) + [128, 128, 64] {
      let map = loan.map(channels)
      values += map.values.count
      #expect(map.rows == side && map.columns == side && map.channels == channels)
    }
    largest = max(largest, values)
    withExtendedLifetime(loan) {}
  }
  return largest
}

/// What a pool keeps is what the largest window took, and little more.
@Test func aPoolKeepsNoMoreThanAWindowTakes() {
  let pool = MapPool()
  let largest = run(pool, sides: [38, 42, 46, 46, 42, 38, 46, 45, 46])
  #expect(pool.freeCount >= largest && Double(pool.freeCount) < 1.1 * Double(largest))
  pool.clear()
  #expect(pool.freeCount == 0)
}

/// Maps that are lent at the same time share no memory, and a map's border is zero whatever its memory held.
@Test func lentMapsAreApartAndHaveABorderOfZeros() {
  let pool = MapPool()
  do {
    let loan = MapLoan(pool, rows: 9, columns: 7)
    for _ in 0..<2 { loan.map(4).values.update(repeating: .nan) }
    withExtendedLifetime(loan) {}
  }
  let loan = MapLoan(pool, rows: 7, columns: 9)
  let maps = [loan.map(4), loan.map(4), loan.map(4)]
  for map in maps { #expect(borderIsZero(map)) }
  let places = maps.map { Int(bitPattern: $0.values.baseAddress!) }.sorted()
  for (low, high) in zip(places, places.dropFirst()) { #expect(high - low >= 4 * maps[0].values.count) }
  withExtendedLifetime(loan) {}
}
