internal import Product

/// Columns of text for people, two spaces apart.
struct Table {
  private var rows: [[String]]

  init(_ header: String...) { rows = [header] }

  mutating func add(_ cells: String?...) { rows.append(cells.map { $0.map { $0.printable() } ?? "-" }) }

  var text: String {
    guard rows.count > 1 else { return "none" }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let line = row.indices.map { $0 == row.count - 1 ? row[$0] : row[$0].padded(to: widths[$0]) }
      return line.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
