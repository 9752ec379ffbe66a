package import Ledger

/// What is known of locations whose names are spelt otherwise now.
///
/// A letter with an accent is one character or two (Unicode's composed and decomposed forms, as Linux and macOS write
/// them): equal as text, and two names for the disk and for the ledger.
package struct Respelling: Sendable {
  /// The rows, each at the location as it is spelt on the disk.
  package private(set) var rows: [ProductRow] = []
  /// Those of them that were spelt otherwise.
  package private(set) var respelt: [ProductRow] = []
  /// Locations that nothing has any more, and how they are spelt now.
  package private(set) var forgotten: [(old: String, new: String)] = []

  /// - Parameters:
  ///   - known: rows of the ledger.
  ///   - seen: locations as a scan saw them; no two are equal as text.
  package init(_ known: [ProductRow], seen: some Sequence<String>) {
    let spellings = Dictionary(seen.map { ($0, $0) }) { first, _ in first }
    for (location, same) in Dictionary(grouping: known, by: \.location).sorted(by: { $0.key < $1.key }) {
      guard let spelling = spellings[location] else {
        rows += same
        continue
      }
      let right = same.first { $0.location.utf8.elementsEqual(spelling.utf8) }
      var row = right ?? same[0]
      forgotten += same.map { ($0.location, spelling) }.filter { !$0.0.utf8.elementsEqual(spelling.utf8) }
      row.location = spelling
      rows.append(row)
      if right == nil { respelt.append(row) }
    }
  }
}
