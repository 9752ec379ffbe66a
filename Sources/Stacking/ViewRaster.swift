package import Geometry
internal import Raster
package import Storage

/// One view (a revisit on the tile's 10 m grid) as counts of reflectance x 10000, offset already applied, in a scratch
/// file mapped into memory: band after band, row by row.
///
/// A pixel that must not be used holds the same sentinel in every band. Its original value is gone on purpose: what
/// is not kept cannot leak.
package final class ViewRaster: Sendable {
  /// No data here: outside the swath, defective, saturated; the latter two are `masked` in blocks that are masked
  /// altogether, since those are not decoded.
  package static let noData = Int16.min
  /// Dropped since data are missing beside it: as good as `noData`, of which it is told apart so that trimming a part
  /// again changes nothing.
  package static let edge = Int16.min + 1
  /// Seen, but masked: cloud, shadow, snow, as the mask classes say.
  package static let masked = Int16.min + 2
  /// Counts range from here to 32767; reflectance x 10000.
  package static let lowestCount = Int16.min + 3
  package static let countsPerReflectance: Float = 10_000

  package let name: String
  package let bands: Int
  package let size: RasterSize
  private let file: MappedFile

  /// - Parameter path: scratch file to make.
  /// - Throws: `StorageError`.
  package init(name: String, bands: Int, size: RasterSize, scratch path: String) throws(StorageError) {
    self.name = name
    self.bands = bands
    self.size = size
    file = try MappedFile(creating: path, count: bands * size.pixelCount * 2)
  }

  /// The counts of a band. Who reads rows does so when they are written (`StackRows`).
  package func counts(band: Int) -> UnsafeMutableBufferPointer<Int16> {
    let start = band * size.pixelCount * 2
    return UnsafeMutableRawBufferPointer(rebasing: file.bytes[start..<(start + size.pixelCount * 2)])
      .bindMemory(to: Int16.self)
  }

  /// Lets go of memory; the scratch file keeps the counts.
  package func release() { file.release() }

  /// The number of clear pixels in some areas, or in the whole raster.
  package func clearPixels(in areas: [PixelWindow]? = nil) -> Int {
    let counts = counts(band: 0)
    var clear = 0
    for area in areas ?? [size.window] {
      for row in area.row..<area.endRow {
        for count in counts[(row * size.columns + area.column)..<(row * size.columns + area.endColumn)]
        where count >= Self.lowestCount {
          clear += 1
        }
      }
    }
    release()
    return clear
  }

  /// Reflectance, a value a band, that a share of the clear pixels in some areas is darker than; nil where none is clear. One
  /// in 16 pixels is looked at.
  package func darkest(_ share: Double, in areas: [PixelWindow]) -> [Float]? {
    defer { release() }
    let step = 4
    let bands = (0..<bands).map { counts(band: $0) }
    // Of each count.
    var pixels = [[Int]](repeating: [Int](repeating: 0, count: 1 << 16), count: bands.count)
    var clear = 0
    for area in areas {
      for row in stride(from: area.row, to: area.endRow, by: step) {
        for column in stride(from: area.column, to: area.endColumn, by: step) {
          let pixel = row * size.columns + column
          guard bands[0][pixel] >= Self.lowestCount else { continue }
          clear += 1
          for (band, counts) in bands.enumerated() { pixels[band][Int(counts[pixel]) - Int(Int16.min)] += 1 }
        }
      }
    }
    guard clear > 0 else { return nil }
    return pixels.map { ofCounts in
      var darker = 0
      let first = ofCounts.firstIndex { pixels in
        darker += pixels
        return Double(darker) > share * Double(clear)
      }
      return Float((first ?? 0) + Int(Int16.min)) / Self.countsPerReflectance
    }
  }

  /// Marks the pixels within `margin` pixels of missing data as dropped: swath edges carry stripes of junk.
  ///
  /// Trimming a part, its surroundings, and the part again gives what trimming all at once gives.
  /// - Parameter area: what is trimmed, nil for all; what lies within `margin` of it is looked at.
  package func trimSwathEdge(margin: Int, in area: PixelWindow? = nil) {
    let area = area ?? size.window
    let around = area.expanded(by: margin, within: size)
    let first = counts(band: 0)
    // Separable dilation: along rows, then along columns. Rows of `around`, columns of `area`.
    var isNear: [Bool] = []
    for row in around.row..<around.endRow {
      let line = first[(row * size.columns + around.column)..<(row * size.columns + around.endColumn)]
      guard line.contains(Self.noData) else { continue }
      if isNear.isEmpty { isNear = [Bool](repeating: false, count: around.rows * area.columns) }
      for (offset, count) in line.enumerated() where count == Self.noData {
        let column = around.column + offset - area.column
        let start = (row - around.row) * area.columns
        for near in max(0, column - margin)..<max(0, min(area.columns, column + margin + 1)) {
          isNear[start + near] = true
        }
      }
    }
    guard !isNear.isEmpty else { return }
    let bands = (0..<bands).map { counts(band: $0) }
    for row in area.row..<area.endRow {
      let neighbours = (max(row - margin, around.row)...min(row + margin, around.endRow - 1)).map {
        ($0 - around.row) * area.columns
      }
      for column in 0..<area.columns where neighbours.contains(where: { isNear[$0 + column] }) {
        let pixel = row * size.columns + area.column + column
        guard first[pixel] != Self.noData else { continue }
        for band in bands { band[pixel] = Self.edge }
      }
    }
  }
}
