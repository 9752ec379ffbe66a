private import Foundation
package import Ledger
package import Settings

/// Where products may lie whose drop folder, or whose folder for what is done with, was moved, and is named in the
/// configuration where it is now: functions from values to values.
package enum ProductPlaces {
  package struct Candidate: Sendable {
    package var folder: DropFolder
    package var place: String
    /// Whether that is the folder that it was found in, by its name.
    package var isOwn: Bool
    /// How many names at the end of the path are those of where it lay; 1 for its own alone.
    package var likeness: Int
  }

  /// - Parameters:
  ///   - location: where it lay.
  ///   - drop: the name of the drop folder that it was found in.
  /// - Returns: places below drop folders that end as its own does, and those where products go that are done with.
  package static func candidates(of location: String, drop: String, in folders: [DropFolder]) -> [Candidate] {
    let names = location.split(separator: "/")
    func candidate(_ folder: DropFolder, _ place: String) -> Candidate {
      let same = zip(names.reversed(), place.split(separator: "/").reversed()).prefix(while: ==)
      return Candidate(folder: folder, place: place, isOwn: folder.name == drop, likeness: same.count)
    }
    return folders.flatMap { folder in
      (1...max(names.count, 1)).map { count in
        candidate(folder, "\(folder.path)/\(names.suffix(count).joined(separator: "/"))")
      } + (folder.doneFolder.map { [candidate(folder, DoneProducts.place(of: location, in: $0))] } ?? [])
    }
  }

  /// Gives each place to the product that fits it best: to one that is not gone and is no duplicate, of the folder's name, the
  /// longer its path ends like it, then the one that was seen last for the first time: a folder may have been moved more than
  /// once, and rows of where it was before be left. One folder may have become two.
  /// - Parameters:
  ///   - rows: products that may not be where they were.
  ///   - canLie: whether a product may lie at a place, since something does that nobody knows.
  package static func assign(
    _ rows: [ProductRow], in folders: [DropFolder], canLie: (ProductRow, String) -> Bool
  ) -> [(row: ProductRow, candidate: Candidate)] {
    let pairs = rows.flatMap { row in
      candidates(of: row.location, drop: row.drop, in: folders).filter { canLie(row, $0.place) }.map { (row, $0) }
    }
    func rank(_ pair: (ProductRow, Candidate)) -> (Int, Int, Int, TimeInterval) {
      let (row, candidate) = pair
      return (
        row.state == .gone ? 2 : row.isDuplicate ? 1 : 0, candidate.isOwn ? 0 : 1, -candidate.likeness,
        -row.firstSeen.timeIntervalSinceReferenceDate
      )
    }
    let order = pairs.sorted {
      rank($0) == rank($1) ? ($0.0.location, $0.1.place) < ($1.0.location, $1.1.place) : rank($0) < rank($1)
    }
    var (placed, taken) = (Set<String>(), Set<String>())
    return order.compactMap { row, candidate in
      guard !placed.contains(row.location), taken.insert(candidate.place).inserted else { return nil }
      placed.insert(row.location)
      return (row, candidate)
    }
  }
}
