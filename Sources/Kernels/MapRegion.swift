/// A part of a feature map: the pixels a layer computes.
package struct MapRegion: Sendable, Equatable {
  package var rows: Range<Int>
  package var columns: Range<Int>

  package init(rows: Range<Int>, columns: Range<Int>) {
    self.rows = rows
    self.columns = columns
  }

  /// A whole map.
  package init(_ map: FeatureMap) { self.init(rows: 0..<map.rows, columns: 0..<map.columns) }
}
