internal import Geometry
internal import Product
internal import Grouping
internal import Pipeline
internal import Storage

/// What a job will need on the disk at most, bytes.
package struct SpaceForecast: Sendable, Equatable {
  package var scratch: Int
  package var output: Int

  /// - Parameters:
  ///   - pixels: of one band at 10 m.
  ///   - parts: products that are decoded at the same time for one view.
  ///   - buildings: whether buildings are looked for.
  package init(pixels: Int, bands: Int, views: Int, buildings: Bool = false) {
    // Views: 16-bit counts and a 32-bit intensity each. Reference frame and mosaic: 32-bit at 10 m and at 5 m. Output
    // before and after it becomes a COG: 16-bit image, 8-bit mask and views at 5 m, overviews a third more.
    let fine = 4 * pixels
    let viewBytes = views * pixels * (2 * bands + 4)
    let frames = 4 * bands * pixels + 4 * bands * fine
    let rasters = (2 * bands + 2) * fine
    // Rows that tiles share, in the checkpoints: a sixteenth of the mosaic is more than enough.
    // Buildings: 16-bit probabilities of two classes at 5 m, and GeoJSON of a building to 400 of these pixels (more
    // than a million on a tile), 500 bytes each, written twice where a revision is overtaken.
    let probabilities = buildings ? 4 * fine : 0
    let footprints = buildings ? 2 * 500 * fine / 400 : 0
    scratch = viewBytes + frames + rasters + 4 * bands * fine / 16 + probabilities
    output = rasters + rasters / 3 + footprints
  }

  init(_ group: RunPlan.Group, options: RunOptions) {
    let part = group.selection.views.first?.revisit.parts.first
    self.init(
      pixels: part?.grid.size.pixelCount ?? 0, bands: part?.bands.count ?? 0, views: group.selection.views.count,
      buildings: options.buildings != .off)
  }

  /// What is missing, as a sentence; nil where there is room.
  /// - Throws: `StorageError` where a place cannot be asked.
  package func shortage(scratch scratchFolder: String, store: String, reserve: Int) throws -> String? {
    try Folder.make(scratchFolder)
    let free = (scratch: try Folder.freeBytes(scratchFolder), store: try Folder.freeBytes(store))
    let isShared = try Folder.device(scratchFolder) == Folder.device(store)
    return shortage(scratchFolder: scratchFolder, store: store, free: free, isShared: isShared, reserve: reserve)
  }

  package func shortage(
    scratchFolder: String, store: String, free: (scratch: Int, store: Int), isShared: Bool, reserve: Int
  ) -> String? {
    func text(_ folder: String, _ free: Int, _ need: Int) -> String {
      "\(folder): \(mebibytes(free)) free, the job needs \(mebibytes(need)) and \(mebibytes(reserve)) stay in reserve; "
        + "make room"
    }
    if isShared {
      let need = scratch + output
      return free.store < need + reserve ? text(store, free.store, need) : nil
    }
    if free.scratch < scratch + reserve { return text(scratchFolder, free.scratch, scratch) }
    return free.store < output + reserve ? text(store, free.store, output) : nil
  }

  private func mebibytes(_ bytes: Int) -> String { "\((bytes + (1 << 20) - 1) >> 20) MiB" }
}
