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
  /// What its pixels exceed, 0 to 1, where that is more than the rule's threshold (`NestedScan`).
  package var threshold: Double?
  /// Of an area that is too large: the areas inside it (`NestedScan`).
  var inner: [Component] = []
  /// Whether there was any area inside it, be it one that is too large itself (`NestedScan`).
  var holdsAreas = false

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
    /// Of one of its pixels in the last row.
    var lastColumn: Int
    /// Areas inside, adopted.
    var inner: [Component] = []
    var holdsAreas = false
  }
  /// An area that is finished, and the column of one of its pixels in its last row.
  struct Finished {
    var component: Component
    var lastColumn: Int
  }
  private var records: [Record] = []
  private var free: [Int] = []
  private var previous: [Run] = []
  private var row = 0

  package init() {}

  /// - Parameter isBuilding: of each pixel of the next row.
  /// - Returns: areas that are finished, by their first pixel.
  package mutating func add(count: Int, _ isBuilding: (Int) -> Bool) -> [Component] {
    addRow(count: count, isBuilding).map(\.component)
  }

  mutating func addRow(count: Int, _ isBuilding: (Int) -> Bool) -> [Finished] {
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
  package mutating func finish() -> [Component] { finishRows().map(\.component) }

  mutating func finishRows() -> [Finished] {
    let finished = close(before: row, labels: previous.map(\.label))
    previous = []
    return finished
  }

  /// Puts areas, or none of one that is too large, inside the area that has the pixel at `column` of the last row.
  mutating func adopt(_ inner: [Component], column: Int) {
    // The last run that begins at or before the column.
    var (low, high) = (0, previous.count)
    while low < high {
      let middle = (low + high) / 2
      if previous[middle].start <= column { low = middle + 1 } else { high = middle }
    }
    guard low > 0, column < previous[low - 1].end else { return }
    let label = root(previous[low - 1].label)
    records[label].inner += inner
    records[label].holdsAreas = true
  }

  private mutating func open(start: Int, end: Int) -> Int {
    let component = Component(
      area: end - start, row: row, column: start,
      window: PixelWindow(row: row, column: start, rows: 1, columns: end - start))
    let label = free.popLast() ?? records.count
    let record = Record(component: component, parent: label, lastRow: row, lastColumn: start)
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
    // The fewer join the more: a large area takes in small ones again and again.
    var inner: [Component] = []
    swap(&inner, &records[first].inner)
    if inner.count > records[second].inner.count { swap(&inner, &records[second].inner) }
    records[second].inner += inner
    if records[first].holdsAreas { records[second].holdsAreas = true }
    if records[first].lastRow > records[second].lastRow {
      (records[second].lastRow, records[second].lastColumn) = (records[first].lastRow, records[first].lastColumn)
    }
    records[first].parent = second
    joined.append(first)
    return second
  }

  /// Frees the areas among `labels` that do not reach `row`.
  private mutating func close(before row: Int, labels: [Int]) -> [Finished] {
    var finished: [Finished] = []
    for label in labels where records[label].lastRow < row && records[label].lastRow >= 0 {
      var component = records[label].component
      swap(&component.inner, &records[label].inner)
      component.holdsAreas = records[label].holdsAreas
      finished.append(Finished(component: component, lastColumn: records[label].lastColumn))
      records[label].lastRow = -1
      free.append(label)
    }
    return finished.sorted {
      ($0.component.row, $0.component.column) < ($1.component.row, $1.component.column)
    }
  }
}
