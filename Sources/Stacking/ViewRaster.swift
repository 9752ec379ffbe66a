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
  /// Seen, but masked: cloud, shadow, snow, as the mask classes say.
  package static let masked = Int16.min + 1
  /// Counts range from here to 32767; reflectance x 10000.
  package static let lowestCount = Int16.min + 2
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

  /// The counts of a band. Writers of one view write before readers start.
  package func counts(band: Int) -> UnsafeMutableBufferPointer<Int16> {
    let start = band * size.pixelCount * 2
    return UnsafeMutableRawBufferPointer(rebasing: file.bytes[start..<(start + size.pixelCount * 2)])
      .bindMemory(to: Int16.self)
  }

  /// Lets go of memory; the scratch file keeps the counts.
  package func release() { file.release() }

  /// Pixels by state, counted over the whole raster.
  package func coverage() -> Coverage {
    var coverage = Coverage(clear: 0, masked: 0, noData: 0)
    for count in counts(band: 0) {
      if count >= Self.lowestCount {
        coverage.clear += 1
      } else if count == Self.masked {
        coverage.masked += 1
      } else {
        coverage.noData += 1
      }
    }
    release()
    return coverage
  }

  package struct Coverage: Sendable, Equatable {
    package var clear: Int
    package var masked: Int
    package var noData: Int

    package var total: Int { clear + masked + noData }
    package var clearFraction: Double { total == 0 ? 0 : Double(clear) / Double(total) }
    package var maskedFraction: Double { 1 - clearFraction }
  }

  /// Marks the pixels within `margin` pixels of missing data as missing: swath edges carry stripes of junk.
  package func trimSwathEdge(margin: Int) {
    let (rows, columns) = (size.rows, size.columns)
    let first = counts(band: 0)
    guard first.contains(Self.noData) else { return }
    // Separable dilation: along rows, then along columns.
    var horizontal = [Bool](repeating: false, count: size.pixelCount)
    for row in 0..<rows {
      var reach = -1
      for column in 0..<columns {
        if first[row * columns + column] == Self.noData { reach = column + margin }
        if column <= reach { horizontal[row * columns + column] = true }
      }
      reach = columns
      for column in stride(from: columns - 1, through: 0, by: -1) {
        if first[row * columns + column] == Self.noData { reach = column - margin }
        if column >= reach { horizontal[row * columns + column] = true }
      }
    }
    let all = (0..<bands).map { counts(band: $0) }
    for row in 0..<rows {
      let neighbours = max(0, row - margin)...min(rows - 1, row + margin)
      for column in 0..<columns where neighbours.contains(where: { horizontal[$0 * columns + column] }) {
        for band in all { band[row * columns + column] = Self.noData }
      }
    }
  }
}
