/// What items replace, as far as that is there. In older stores an item may name one of another group, for having the same
/// anchor; such a one is not replaced.
struct Predecessors {
  /// Ids of predecessors, by those of the items that name them.
  let ids: [String: String]

  init(of items: [PublishedItem]) {
    let groups = Dictionary(items.map { ($0.id, $0.group) }) { first, _ in first }
    let pairs = items.compactMap { item in
      item.predecessor.flatMap { groups[$0] == item.group ? (item.id, $0) : nil }
    }
    ids = Dictionary(pairs) { first, _ in first }
  }
}
