package import Ledger
package import Settings

/// Where products may lie whose drop folder, or whose folder for what is done with, was moved, and is named in the
/// configuration where it is now: functions from values to values.
package enum ProductPlaces {
  package struct Candidate: Sendable {
    package var folder: DropFolder
    package var place: String
    /// How many names at the end of the path are those of where it lay; 1 for its own alone.
    package var likeness: Int
  }

  /// - Parameters:
  ///   - location: where it lay.
  ///   - drop: the name of the drop folder that it was found in: it belongs there, if that is still one, else to any.
  /// - Returns: places below drop folders that end as its own does, and those where products go that are done with.
  package static func candidates(of location: String, drop: String, in folders: [DropFolder]) -> [Candidate] {
    let own = folders.filter { $0.name == drop }
    let names = location.split(separator: "/")
    func candidate(_ folder: DropFolder, _ place: String) -> Candidate {
      let same = zip(names.reversed(), place.split(separator: "/").reversed()).prefix(while: ==)
      return Candidate(folder: folder, place: place, likeness: same.count)
    }
    return (own.isEmpty ? folders : own).flatMap { folder in
      (1...max(names.count, 1)).map { count in
        candidate(folder, "\(folder.path)/\(names.suffix(count).joined(separator: "/"))")
      } + (folder.doneFolder.map { [candidate(folder, DoneProducts.place(of: location, in: $0))] } ?? [])
    }
  }

  /// Gives each place to the product that fits it best: to one that is not gone, the longer its path ends like it.
  /// - Parameters:
  ///   - rows: products that may not be where they were.
  ///   - canLie: whether a product may lie at a place, since something does that nobody knows.
  package static func assign(
    _ rows: [ProductRow], in folders: [DropFolder], canLie: (ProductRow, String) -> Bool
  ) -> [(row: ProductRow, candidate: Candidate)] {
    let pairs = rows.flatMap { row in
      candidates(of: row.location, drop: row.drop, in: folders).filter { canLie(row, $0.place) }.map { (row, $0) }
    }
    let order = pairs.sorted { a, b in
      (a.0.state == .gone ? 1 : 0, -a.1.likeness, a.0.location, a.1.place)
        < (b.0.state == .gone ? 1 : 0, -b.1.likeness, b.0.location, b.1.place)
    }
    var (placed, taken) = (Set<String>(), Set<String>())
    return order.compactMap { row, candidate in
      guard !placed.contains(row.location), taken.insert(candidate.place).inserted else { return nil }
      placed.insert(row.location)
      return (row, candidate)
    }
  }
}
