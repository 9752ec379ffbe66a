/// The figures of a set as Markdown.
package func markdownReport(_ evaluation: SetEvaluation) -> String {
  var parts = ["# \(markdown(evaluation.title))"]
  if let note = evaluation.note { parts.append(markdown(note)) }
  parts += ReportTables(evaluation).all.flatMap { table in
    ["## \(markdown(table.title))", markdown(table.explanation), markdownTable(table)]
  }
  parts += [
    "## How it is measured", Definitions.all(evaluation).map { "- **\($0.term)**: \($0.text)" }.joined(separator: "\n"),
  ]
  return parts.joined(separator: "\n\n") + "\n"
}

func markdownTable(_ table: ResultTable) -> String {
  let columns = table.groups.flatMap { group in
    group.columns.map { group.title.isEmpty ? $0 : "\(group.title) \($0)" }
  }
  func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
  let labels = table.rowTitles.map { _ in "---" }
  let head = [line((table.rowTitles + columns).map(markdown)), line(labels + columns.map { _ in "---:" })]
  let rows = table.rows.map { row in
    line(row.labels.map(markdown) + row.cells.map { $0.isBest ? "**\($0.text)**" : $0.text })
  }
  return (head + rows).joined(separator: "\n")
}

/// Text with everything escaped that Markdown, or HTML in it, would take for markup.
func markdown(_ text: String) -> String {
  var result = ""
  for character in text {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\\", "`", "*", "_", "[", "]", "|", "#": result += "\\\(character)"
    case let other where other.isNewline: result += " "
    default: result.append(character)
    }
  }
  return result
}
