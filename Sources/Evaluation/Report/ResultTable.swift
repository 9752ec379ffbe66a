/// A table of figures, ready to be written in any format.
package struct ResultTable: Sendable {
  package struct Cell: Sendable {
    package let text: String
    package var isBest = false

    static let missing = Cell(text: "-")
  }
  package struct Row: Sendable {
    /// One text for each of `rowTitles`.
    package let labels: [String]
    package let cells: [Cell]
  }
  let title: String
  /// What the rows are named after, such as subset and method.
  let rowTitles: [String]
  /// Columns that belong together under one title; an empty title for columns that need none.
  let groups: [(title: String, columns: [String])]
  package let rows: [Row]
  /// What the columns mean.
  let explanation: String

  /// What a row shows: a value of a measure, and the scenes that have it, out of all.
  typealias Value = (value: Double, scenes: Int)

  /// The shape of the paper's tables 1 and 2: for each method a group of the measures; best of a row in bold.
  static func methodsAcross(
    _ title: String, explanation: String, methods: [EvaluationSet.Method], measures: [Measure],
    rows: [(label: String, scenes: Int, value: (String, Measure) -> Value?)], rowTitle: String
  ) -> ResultTable {
    let lines = rows.map { row in
      let cells = measures.map { measure in
        cellsOf(measure, methods.map { row.value($0.id, measure) }, scenes: row.scenes)
      }
      return Row(
        labels: [row.label],
        cells: methods.indices.flatMap { method in measures.indices.map { cells[$0][method] } })
    }
    return ResultTable(
      title: title, rowTitles: [rowTitle], groups: methods.map { ($0.title, measures.map(\.title)) }, rows: lines,
      explanation: explanation)
  }

  /// One row for each method of each group; best of a group in bold.
  static func methodsDown(
    _ title: String, explanation: String, methods: [EvaluationSet.Method], measures: [Measure],
    rows: [(label: String, scenes: Int, value: (String, Measure) -> Value?)], rowTitle: String
  ) -> ResultTable {
    let lines = rows.flatMap { row in
      let columns = measures.map { measure in
        cellsOf(measure, methods.map { row.value($0.id, measure) }, scenes: row.scenes, isCountShown: false)
      }
      return methods.enumerated().map { index, method in
        let most = measures.compactMap { row.value(method.id, $0)?.scenes }.max() ?? row.scenes
        return Row(labels: [row.label, method.title + count(most, of: row.scenes)], cells: columns.map { $0[index] })
      }
    }
    return ResultTable(
      title: title, rowTitles: [rowTitle, "Method"], groups: [("", measures.map(\.title))], rows: lines,
      explanation: explanation)
  }

  /// The values of one measure for every method. Those that read like the best are the best; a mean over fewer scenes
  /// than another's is not compared with it.
  private static func cellsOf(_ measure: Measure, _ values: [Value?], scenes: Int, isCountShown: Bool = true) -> [Cell]
  {
    let most = values.compactMap { $0?.scenes }.max() ?? 0
    let rivals = values.compactMap { $0 }.filter { $0.scenes == most }
    let best = rivals.max { measure.merit($0.value) ?? 0 < measure.merit($1.value) ?? 0 }
    let bestText = best.map { decimal($0.value, measure.decimals) }
    return values.map { value in
      guard let value else { return .missing }
      let text = decimal(value.value, measure.decimals)
      let isJudged = measure.best != .none && value.scenes == most && rivals.count > 1
      return Cell(
        text: text + (isCountShown ? count(value.scenes, of: scenes) : ""), isBest: isJudged && text == bestText)
    }
  }

  /// A remark that not all scenes count; nothing where all do.
  private static func count(_ some: Int, of all: Int) -> String { some < all ? " (\(some) of \(all))" : "" }
}

/// A number with a fixed count of digits behind the point; no minus before a zero.
package func decimal(_ value: Double, _ decimals: Int) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
  var scale = 1.0
  for _ in 0..<decimals { scale *= 10 }
  let rounded = (abs(value) * scale).rounded()
  guard rounded < 0x1p62 else { return "\(value)" }
  let digits = String(Int(rounded))
  let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
  let sign = value < 0 && rounded != 0 ? "-" : ""
  return decimals == 0 ? sign + padded : sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
}
