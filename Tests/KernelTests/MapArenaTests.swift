import Kernels
import TestSupport
import Testing

private func addresses(_ map: FeatureMap) -> Range<Int> {
  let start = Int(bitPattern: map.values.baseAddress!)
  return start..<(start + 4 * map.values.count)
}

/// Maps of many sizes that come and go: none lies in another, borders are zero whatever the memory held, and the memory
/// is little more than what was in use at one time.
@Test func mapsOfAnArenaAreApartAndLeaveTheirMemory() {
  var generator = SeededGenerator(8)
  let arena = MapArena()
  var maps: [FeatureMap] = []
  var (most, areApart, areBordered) = (0, true, true)
  for _ in 0..<2000 {
    if maps.count > 12 || (!maps.isEmpty && Bool.random(using: &generator)) {
      maps.remove(at: Int.random(in: 0..<maps.count, using: &generator))
    } else {
      let side = [40, 20, 10, 5].randomElement(using: &generator)!
      let map = arena.map(rows: side, columns: side + 3, channels: [16, 3, 64].randomElement(using: &generator)!)
      areBordered = areBordered && borderIsZero(map)
      areApart = areApart && !maps.contains { addresses($0).overlaps(addresses(map)) }
      map.values.update(repeating: .nan)
      maps.append(map)
    }
    most = max(most, maps.reduce(0) { $0 + $1.values.count })
  }
  #expect(areApart && areBordered)
  #expect(arena.valueCount >= most && arena.valueCount < 2 * most)
}

/// A network's maps: the first window takes what is used at one time, later ones of its size take nothing, and larger
/// ones leave nothing behind that is too small.
@Test func anArenaServesWindowAfterWindow() {
  func run(_ arena: MapArena, side: Int) -> Int {
    func map(_ channels: Int) -> FeatureMap { arena.map(rows: side, columns: side, channels: channels) }
    var features = map(64)
    let count = features.values.count / 64
    do {
      let (a, b) = (map(32), map(32))
      let next = map(128)
      withExtendedLifetime((a, b, features)) { features = next }
    }
    for _ in 0..<4 { withExtendedLifetime(features) { features = map(16) } }
    withExtendedLifetime(features) {}
    return 256 * count
  }
  let arena = MapArena()
  var used = run(arena, side: 30)
  #expect(arena.valueCount == used)
  for side in [30, 30, 24, 30] {
    _ = run(arena, side: side)
    #expect(arena.valueCount == used)
  }
  for side in [34, 38, 42] { used = run(arena, side: side) }
  #expect(Double(arena.valueCount) < 1.3 * Double(used))
}

/// A map on huge pages (the second) has its border and lies where it is written.
@Test(arguments: [(3, 5, 2), (700, 800, 3)])
func aMapOfAnArenaHasItsBorder(rows: Int, columns: Int, channels: Int) {
  let map = MapArena().map(rows: rows, columns: columns, channels: channels)
  for row in 0..<rows { map.pointer(row, 0).update(repeating: Float(row), count: columns * channels) }
  let isWritten = (0..<rows).allSatisfy { map.pointer($0, columns - 1)[channels - 1] == Float($0) }
  #expect(isWritten && borderIsZero(map))
}

/// Arenas of windows that are done serve the next ones, and a window has one of its own.
@Test func arenasAreUsedAgain() {
  let arenas = MapArenas()
  let (first, second) = arenas.withArena(pixels: 16) { first in
    _ = first.map(rows: 4, columns: 4, channels: 2)
    return (first, arenas.withArena(pixels: 16) { $0 })
  }
  #expect(first !== second)
  let again = arenas.withArena(pixels: 9) { $0 }
  #expect(again === first || again === second)
  #expect(arenas.valueCount == first.valueCount)
  // A larger window has a new one in place of one of these.
  let larger = arenas.withArena(pixels: 25) { $0 }
  #expect(larger !== first && larger !== second)
  #expect(arenas.withArena(pixels: 25) { $0 } === larger)
  arenas.clear()
  #expect(arenas.valueCount == 0)
}
