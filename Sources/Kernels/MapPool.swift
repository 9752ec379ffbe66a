private import Synchronization

/// Memory of feature maps that outlives them: a network's maps take hundreds of megabytes, and new pages cost as much
/// time as a layer.
package final class MapPool: Sendable {
  private let free = Mutex<[AlignedValues]>([])

  package init() {}

  /// Values of the memory that is not lent.
  package var freeCount: Int { free.withLock { $0.reduce(0) { $0 + $1.values.count } } }

  /// Gives what is not lent back to the system.
  package func clear() { free.withLock { $0 = [] } }

  /// The smallest memory that is large enough, and not much larger: a map of few channels must not keep that of many.
  /// New memory where there is none, in place of one that is too small: as windows grow, none is left over.
  fileprivate func take(count: Int) -> AlignedValues {
    let found: AlignedValues? = free.withLock { free in
      func size(_ index: Int) -> Int { free[index].values.count }
      let fitting = free.indices.filter { (count...(count + count / 2)).contains(size($0)) }
      if let best = fitting.min(by: { size($0) < size($1) }) { return free.remove(at: best) }
      let small = free.indices.filter { size($0) < count }
      if let replaced = small.max(by: { size($0) < size($1) }) { free.remove(at: replaced) }
      return nil
    }
    return found ?? AlignedValues(count: count)
  }

  fileprivate func giveBack(_ storages: [AlignedValues]) { free.withLock { $0 += storages } }
}

/// Maps of up to a size, lent by a pool until the loan goes. Their pixels are what the memory held before: each is
/// written before it is read.
package final class MapLoan {
  private let pool: MapPool
  private let rows: Int
  private let columns: Int
  private var storages: [AlignedValues] = []

  package init(_ pool: MapPool, rows: Int, columns: Int) {
    self.pool = pool
    self.rows = rows
    self.columns = columns
  }

  deinit { pool.giveBack(storages) }

  /// To be used no longer than the loan lasts.
  package func map(_ channels: Int) -> FeatureMap { map(channels, in: memory(channels)) }

  /// Memory for maps of so many channels together.
  package func memory(_ channels: Int) -> MapMemory {
    let storage = pool.take(count: FeatureMap.count(rows: rows, columns: columns, channels: channels))
    storages.append(storage)
    return MapMemory(storage: storage)
  }

  /// A map in memory that other maps are used in at other times: making it clears its border, and nothing else.
  /// - Parameters:
  ///   - skipped: channels of the maps that lie before it in the memory.
  ///   - count: its rows, no more than the loan's; nil for those.
  package func map(_ channels: Int, in memory: MapMemory, behind skipped: Int = 0, rows count: Int? = nil) -> FeatureMap
  {
    precondition(count ?? rows <= rows, "more rows than were lent")
    return FeatureMap(
      rows: count ?? rows, columns: columns, channels: channels, storage: memory.storage,
      offset: FeatureMap.count(rows: rows, columns: columns, channels: skipped))
  }
}

/// Memory lent for maps, one behind the other.
package struct MapMemory {
  fileprivate let storage: AlignedValues
}
