package import Geometry

/// A connected area of building pixels (over edges, not over corners).
package struct Component: Sendable, Equatable {
  /// Pixels.
  package var area: Int
  /// Its first pixel, row after row.
  package var row: Int
  package var column: Int
  /// The smallest window around it.
  package var window: PixelWindow

  package init(area: Int, row: Int, column: Int, window: PixelWindow) {
    self.area = area
    self.row = row
    self.column = column
    self.window = window
  }
}

/// Finds connected areas row by row: memory grows with the width of an image and with the areas that the last row
/// touches, not with the image.
///
/// Runs of a row are joined to the runs of the row above that they share an edge with (union-find). An area that no run
/// of the last row belongs to is finished. What comes out does not depend on how rows are read.
package struct ComponentScan {
  private struct Run {
    var start: Int
    var end: Int
    var label: Int
  }
  private struct Record {
    var component: Component
    /// Itself, or the record it was joined to.
    var parent: Int
    var lastRow: Int
  }
  private var records: [Record] = []
  private var free: [Int] = []
  private var previous: [Run] = []
  private var row = 0

  package init() {}

  /// - Parameter isBuilding: of each pixel of the next row.
  /// - Returns: areas that are finished, by their first pixel.
  package mutating func add(count: Int, _ isBuilding: (Int) -> Bool) -> [Component] {
    var current: [Run] = []
    var joined: [Int] = []
    var above = 0
    var column = 0
    while column < count {
      guard isBuilding(column) else {
        column += 1
        continue
      }
      let start = column
      while column < count, isBuilding(column) { column += 1 }
      let label = open(start: start, end: column)
      var own = label
      // Runs above that end before this one begins touch no later run either.
      while above < previous.count, previous[above].end <= start { above += 1 }
      var index = above
      while index < previous.count, previous[index].start < column {
        own = join(own, root(previous[index].label), &joined)
        index += 1
      }
      current.append(Run(start: start, end: column, label: own))
    }
    for index in current.indices { current[index].label = root(current[index].label) }
    let finished = close(before: row, labels: previous.map { root($0.label) })
    free += joined
    previous = current
    row += 1
    return finished
  }

  /// The areas that reach the last row.
  package mutating func finish() -> [Component] {
    let finished = close(before: row, labels: previous.map(\.label))
    previous = []
    return finished
  }

  private mutating func open(start: Int, end: Int) -> Int {
    let component = Component(
      area: end - start, row: row, column: start,
      window: PixelWindow(row: row, column: start, rows: 1, columns: end - start))
    let label = free.popLast() ?? records.count
    let record = Record(component: component, parent: label, lastRow: row)
    if label == records.count { records.append(record) } else { records[label] = record }
    return label
  }

  private func root(_ label: Int) -> Int {
    var label = label
    while records[label].parent != label { label = records[label].parent }
    return label
  }

  /// Joins two areas and returns the one that stays.
  private mutating func join(_ first: Int, _ second: Int, _ joined: inout [Int]) -> Int {
    let first = root(first)
    guard first != second else { return first }
    let (a, b) = (records[first].component, records[second].component)
    let isFirst = (a.row, a.column) < (b.row, b.column)
    let window = PixelWindow(
      row: min(a.window.row, b.window.row), column: min(a.window.column, b.window.column), rows: 0, columns: 0)
    records[second].component = Component(
      area: a.area + b.area, row: isFirst ? a.row : b.row, column: isFirst ? a.column : b.column,
      window: PixelWindow(
        row: window.row, column: window.column, rows: max(a.window.endRow, b.window.endRow) - window.row,
        columns: max(a.window.endColumn, b.window.endColumn) - window.column))
    records[second].lastRow = max(records[first].lastRow, records[second].lastRow)
    records[first].parent = second
    joined.append(first)
    return second
  }

  /// Frees the areas among `labels` that do not reach `row`.
  private mutating func close(before row: Int, labels: [Int]) -> [Component] {
    var finished: [Component] = []
    for label in labels where records[label].lastRow < row && records[label].lastRow >= 0 {
      finished.append(records[label].component)
      records[label].lastRow = -1
      free.append(label)
    }
    return finished.sorted { ($0.row, $0.column) < ($1.row, $1.column) }
  }
}
