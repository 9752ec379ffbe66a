private import Synchronization

/// Memory of feature maps that outlives them: a network's maps take hundreds of megabytes, and new pages cost as much
/// time as a layer.
package final class MapPool: Sendable {
  private let free = Mutex<[AlignedValues]>([])

  package init() {}

  /// Gives what is not lent back to the system.
  package func clear() { free.withLock { $0 = [] } }

  /// The smallest memory that is large enough; new memory in place of a smaller one where none is.
  fileprivate func take(count: Int) -> AlignedValues {
    let found: AlignedValues? = free.withLock { free in
      let fitting = free.indices.filter { free[$0].values.count >= count }
      if let best = fitting.min(by: { free[$0].values.count < free[$1].values.count }) { return free.remove(at: best) }
      if let smallest = free.indices.min(by: { free[$0].values.count < free[$1].values.count }) {
        free.remove(at: smallest)
      }
      return nil
    }
    return found ?? AlignedValues(count: count)
  }

  fileprivate func giveBack(_ storages: [AlignedValues]) { free.withLock { $0 += storages } }
}

/// Maps of one size, lent by a pool until the loan goes. Their pixels are what the memory held before: each is written
/// before it is read.
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
  package func map(_ channels: Int) -> FeatureMap {
    let storage = pool.take(count: FeatureMap.count(rows: rows, columns: columns, channels: channels))
    storages.append(storage)
    return FeatureMap(rows: rows, columns: columns, channels: channels, storage: storage)
  }
}
