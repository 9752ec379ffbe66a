package import Geometry

/// What is compared.
extension ShiftEstimator {
  /// The windows that are compared: on a regular lattice, the whole image where it is small.
  package static func windows(in size: RasterSize) -> [PixelWindow] {
    func starts(_ extent: Int) -> [(Int, Int)] {
      let side = min(windowSide, extent)
      let count = min(windowsPerSide, max(1, extent / windowSide))
      return (0..<count).map { index in
        let slack = extent - side
        return (count == 1 ? slack / 2 : slack * index / (count - 1), side)
      }
    }
    return starts(size.rows).flatMap { row, rows in
      starts(size.columns).map { column, columns in
        PixelWindow(row: row, column: column, rows: rows, columns: columns)
      }
    }
  }

  /// Windows where two views show the same ground, of all there are: 16 at most, spread over what they share.
  package static func windows(sharedBy first: ViewRaster, _ second: ViewRaster) -> [PixelWindow] {
    let size = first.size
    let (rows, columns) = (min(windowSide, size.rows), min(windowSide, size.columns))
    let (a, b) = (first.counts(band: 0), second.counts(band: 0))
    var candidates: [(window: PixelWindow, shared: Int)] = []
    for top in stride(from: 0, through: size.rows - rows, by: max(rows / 2, 1)) {
      for left in stride(from: 0, through: size.columns - columns, by: max(columns / 2, 1)) {
        var shared = 0
        for row in stride(from: top, to: top + rows, by: 4) {
          for pixel in stride(from: row * size.columns + left, to: row * size.columns + left + columns, by: 4)
          where a[pixel] >= ViewRaster.lowestCount && b[pixel] >= ViewRaster.lowestCount { shared += 1 }
        }
        if shared > 0 {
          candidates.append((PixelWindow(row: top, column: left, rows: rows, columns: columns), shared))
        }
      }
      first.release()
      second.release()
    }
    let most = candidates.map(\.shared).max() ?? 0
    let best = candidates.filter { 10 * $0.shared >= 9 * most }.map(\.window)
    let wanted = windowsPerSide * windowsPerSide
    return best.count <= wanted ? best : (0..<wanted).map { best[$0 * (best.count - 1) / (wanted - 1)] }
  }
}
