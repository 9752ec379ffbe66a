/// Size of a raster in pixels.
package struct RasterSize: Sendable, Hashable, Codable {
  package var rows: Int
  package var columns: Int

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  package var pixelCount: Int { rows * columns }

  /// The window that covers the whole raster.
  package var window: PixelWindow { PixelWindow(row: 0, column: 0, rows: rows, columns: columns) }

  /// The raster with every pixel split into `factor` x `factor`.
  package func scaled(by factor: Int) -> RasterSize {
    RasterSize(rows: rows * factor, columns: columns * factor)
  }
}

/// A rectangle of pixels: `row`, `column` is its upper-left pixel.
package struct PixelWindow: Sendable, Hashable, Codable {
  package var row: Int
  package var column: Int
  package var rows: Int
  package var columns: Int

  package init(row: Int, column: Int, rows: Int, columns: Int) {
    self.row = row
    self.column = column
    self.rows = rows
    self.columns = columns
  }

  package var pixelCount: Int { rows * columns }
  package var endRow: Int { row + rows }
  package var endColumn: Int { column + columns }
  package var size: RasterSize { RasterSize(rows: rows, columns: columns) }

  /// The window grown by `margin` pixels on every side, cut at the borders of `raster`.
  package func expanded(by margin: Int, within raster: RasterSize) -> PixelWindow {
    let top = max(0, row - margin)
    let left = max(0, column - margin)
    let bottom = min(raster.rows, endRow + margin)
    let right = min(raster.columns, endColumn + margin)
    return PixelWindow(row: top, column: left, rows: bottom - top, columns: right - left)
  }

  /// The same ground area on a raster whose pixels are `factor` times smaller.
  package func scaled(by factor: Int) -> PixelWindow {
    PixelWindow(row: row * factor, column: column * factor, rows: rows * factor, columns: columns * factor)
  }

  package func contains(_ other: PixelWindow) -> Bool {
    row <= other.row && column <= other.column && endRow >= other.endRow && endColumn >= other.endColumn
  }

  package func intersection(_ other: PixelWindow) -> PixelWindow? {
    let top = max(row, other.row)
    let left = max(column, other.column)
    let bottom = min(endRow, other.endRow)
    let right = min(endColumn, other.endColumn)
    guard bottom > top, right > left else { return nil }
    return PixelWindow(row: top, column: left, rows: bottom - top, columns: right - left)
  }
}
