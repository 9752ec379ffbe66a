internal import Geometry
private import Storage

/// What of a mosaic is finished, kept on the disk, so that work that was cut short goes on at the last finished row of
/// tiles: one file a row of tiles, `row-0003.f32`, with the mosaic's rows that it touches as they were when it was
/// finished, band after band. A file is there as a whole or not at all.
///
/// Restoring them in order gives the mosaic bit for bit: where two rows of tiles blend, the later file holds both.
package struct MosaicCheckpoint: Sendable {
  /// A folder of its own for one stack, method and tile plan.
  package let folder: String

  package init(folder: String) { self.folder = folder }

  /// Keeps a finished row of tiles.
  /// - Throws: `StorageError`.
  func save(row: Int, of mosaic: Mosaic, _ plan: TilePlan) throws {
    try Folder.make(folder)
    let rows = mosaicRows(row, plan)
    try DurableFile.replace(path(row), with: (0..<mosaic.bands).map { mosaic.rows(rows, band: $0) })
  }

  /// Puts back what was kept.
  /// - Returns: the number of finished rows of tiles; files behind a gap or of another size are not used.
  /// - Throws: `StorageError`.
  func restore(into mosaic: Mosaic, _ plan: TilePlan) throws -> Int {
    var row = 0
    while row < plan.rows {
      let rows = mosaicRows(row, plan)
      let targets = (0..<mosaic.bands).map { mosaic.rows(rows, band: $0) }
      guard let status = FileStatus.of(path(row)), status.kind == .file,
        status.size == targets.reduce(0, { $0 + $1.count })
      else { break }
      try DurableFile.read(path(row), into: targets)
      row += 1
    }
    return row
  }

  private func path(_ row: Int) -> String {
    let digits = String(row)
    return "\(folder)/row-\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).f32"
  }

  /// Rows of the mosaic that a row of tiles touches.
  private func mosaicRows(_ row: Int, _ plan: TilePlan) -> Range<Int> {
    let window = plan.tiles[row * plan.columns].blended.scaled(by: 2)
    return window.row..<window.endRow
  }
}
