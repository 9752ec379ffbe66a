/// Text as it may stand in HTML, between tags and inside quoted attributes.
func html(_ text: String) -> String {
  var result = ""
  for character in text.unicodeScalars {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.unicodeScalars.append(character)
    }
  }
  return result
}

/// A table, with one or two rows of column titles.
func htmlTable(_ table: ResultTable, number: Int?) -> String {
  let title = (number.map { "<b>Table \($0).</b> " } ?? "") + "\(html(table.title)). \(html(table.explanation))"
  let isGrouped = table.groups.contains { !$0.title.isEmpty }
  let labels = table.rowTitles.map {
    "<th class=\"label\" scope=\"col\"\(isGrouped ? " rowspan=\"2\"" : "")>\(html($0))</th>"
  }.joined()
  let columns = table.groups.map { group in
    group.columns.enumerated().map { index, column in
      "<th scope=\"col\" class=\"figure\(index == 0 && isGrouped ? " first" : "")\">\(html(column))</th>"
    }.joined()
  }.joined()
  let head =
    isGrouped
    ? "<tr>\(labels)"
      + table.groups.map {
        "<th scope=\"colgroup\" class=\"first\" colspan=\"\($0.columns.count)\">\(html($0.title))</th>"
      }.joined() + "</tr><tr>\(columns)</tr>"
    : "<tr>\(labels)\(columns)</tr>"
  return """
    <div class="wide"><table><caption>\(title)</caption>
    <thead>\(head)</thead>
    <tbody>
    \(bodyRows(table, isGrouped: isGrouped))
    </tbody></table></div>

    """
}

private func bodyRows(_ table: ResultTable, isGrouped: Bool) -> String {
  let starts = table.groups.indices.map { group in table.groups[..<group].reduce(0) { $0 + $1.columns.count } }
  var previous: String?
  return table.rows.map { row in
    // A label that repeats the one above is left out.
    let isNew = row.labels.first != previous || row.labels.count == 1
    previous = row.labels.first
    let labels = row.labels.enumerated().map { index, label in
      "<th scope=\"row\">\(index == 0 && !isNew ? "" : html(label))</th>"
    }.joined()
    let cells = row.cells.enumerated().map { index, cell in
      let text = cell.isBest ? "<b>\(html(cell.text))</b>" : html(cell.text)
      return "<td\(isGrouped && starts.contains(index) ? " class=\"first\"" : "")>\(text)</td>"
    }.joined()
    return "<tr\(isNew && row.labels.count > 1 ? " class=\"group\"" : "")>\(labels)\(cells)</tr>"
  }.joined(separator: "\n")
}
