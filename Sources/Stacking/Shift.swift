/// How far a view's content lies from the anchor's, pixels: positive rows = further south, positive columns = east.
package struct Shift: Sendable, Codable, Equatable {
  package var rows: Double
  package var columns: Double

  package init(rows: Double, columns: Double) {
    self.rows = rows
    self.columns = columns
  }

  /// Length, pixels.
  package var length: Double { (rows * rows + columns * columns).squareRoot() }
}
