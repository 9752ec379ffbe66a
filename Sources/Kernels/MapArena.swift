private import Synchronization

/// Memory of the maps of one window, which come and go in many sizes. A map takes the smallest part of it that is large
/// enough, and leaves it when nothing uses the map any more; so the memory is little more than what is used at one time,
/// and a next window of that size finds all it needs: new pages cost as much time as a layer.
package final class MapArena: Sendable {
  /// Memory that was taken from the system at once, and what of it no map uses: ascending, apart from each other.
  private struct Block {
    let storage: AlignedValues
    var free: [Range<Int>]

    var count: Int { storage.values.count }
    var isFree: Bool { free == [0..<count] }
  }
  private let blocks = Mutex<[Block]>([])
  /// Values of a cache line: maps begin on one.
  private static let grain = 16

  package init() {}

  /// Values of all memory, used or not.
  package var valueCount: Int { blocks.withLock { $0.reduce(0) { $0 + $1.count } } }

  /// A map whose pixels are what the memory held before, with a border of zeros.
  package func map(rows: Int, columns: Int, channels: Int) -> FeatureMap {
    let count = FeatureMap.count(rows: rows, columns: columns, channels: channels)
    let part = take((count + Self.grain - 1) / Self.grain * Self.grain)
    return FeatureMap(
      rows: rows, columns: columns, channels: channels, storage: part.storage, offset: part.range.lowerBound,
      lease: part)
  }

  private func take(_ count: Int) -> MapLease {
    let (storage, range) = blocks.withLock { blocks in
      var best: (block: Int, part: Int, count: Int)?
      for (block, held) in blocks.enumerated() {
        for (part, range) in held.free.enumerated() where range.count >= count && range.count < best?.count ?? .max {
          best = (block, part, range.count)
        }
      }
      guard let best else {
        // As windows grow, memory that is too small for them is not kept.
        blocks.removeAll { $0.isFree && $0.count < count }
        let storage = AlignedValues(count: count)
        blocks.append(Block(storage: storage, free: []))
        return (storage, 0..<count)
      }
      let range = blocks[best.block].free[best.part]
      let taken = range.lowerBound..<(range.lowerBound + count)
      if taken == range {
        blocks[best.block].free.remove(at: best.part)
      } else {
        blocks[best.block].free[best.part] = taken.upperBound..<range.upperBound
      }
      return (blocks[best.block].storage, taken)
    }
    return MapLease(arena: self, storage: storage, range: range)
  }

  fileprivate func giveBack(_ range: Range<Int>, of storage: AlignedValues) {
    blocks.withLock { blocks in
      guard let block = blocks.firstIndex(where: { $0.storage === storage }) else { return }
      var free = blocks[block].free
      let place = free.firstIndex { $0.lowerBound >= range.upperBound } ?? free.count
      free.insert(range, at: place)
      // One part with its neighbours, where they touch.
      for left in [place, place - 1] where left >= 0 && left + 1 < free.count {
        if free[left].upperBound == free[left + 1].lowerBound {
          free.replaceSubrange(left...(left + 1), with: [free[left].lowerBound..<free[left + 1].upperBound])
        }
      }
      blocks[block].free = free
    }
  }
}

/// Arenas of windows that are done, for the next ones.
package final class MapArenas: Sendable {
  /// An arena and the largest window that it served, pixels.
  private let free = Mutex<[(arena: MapArena, pixels: Int)]>([])

  package init() {}

  /// Values of the memory of windows that are done.
  package var valueCount: Int { free.withLock { $0.reduce(0) { $0 + $1.arena.valueCount } } }

  /// An arena that no other window uses meanwhile. A window that is larger than those before begins a new one: cut for
  /// small maps and for large ones, memory would be a third more than what is used.
  /// - Parameter pixels: of the window.
  package func withArena<Result>(pixels: Int, _ body: (MapArena) -> Result) -> Result {
    let kept = free.withLock { free -> (arena: MapArena, pixels: Int)? in
      guard let last = free.popLast(), last.pixels >= pixels else { return nil }
      return last
    }
    let lent = kept ?? (arena: MapArena(), pixels: pixels)
    defer { free.withLock { $0.append(lent) } }
    return body(lent.arena)
  }

  /// Gives their memory back to the system.
  package func clear() { free.withLock { $0 = [] } }
}

/// The part of an arena that a map lies in; it goes back with the last use of the map.
final class MapLease: Sendable {
  let storage: AlignedValues
  let range: Range<Int>
  private let arena: MapArena

  fileprivate init(arena: MapArena, storage: AlignedValues, range: Range<Int>) {
    self.arena = arena
    self.storage = storage
    self.range = range
  }

  deinit { arena.giveBack(range, of: storage) }
}
