package import Geometry
package import Raster
internal import Storage

/// The reference frame of a stack: the anchor where it is clear, elsewhere the median of the clear, harmonised views, each
/// brought to the anchor's place, at the anchor's colours there (`LocalDifference`, `BorderDifference`); and how many views
/// are clear at each pixel.
///
/// Where no view is clear there is nothing to show: the frame there continues its surroundings smoothly, so that
/// nothing invalid reaches a neighbour, and `clearViews` is 0.
package final class ReferenceFrame: Sendable {
  package let size: RasterSize
  package let bands: Int
  let views: [ViewRaster]
  let harmonisations: [Harmonisation]
  /// Nil for a view that lies where the anchor does.
  let shifts: [Shift?]
  private let filling: [Float]
  private let darkestFilling: [Float]?
  private let values: MappedFile
  private let states: MappedFile

  /// Rows around one that are looked at to fill it.
  let reach: Int

  /// A shorter shift, pixels, is none: it could not be told from one, and interpolation blurs.
  private static let least = 0.1

  /// Pixels into the unseen that the surroundings are continued; beyond lies the filling.
  static let continuation = 24
  /// Bit set in a state where the anchor is clear; the other bits are the number of clear views.
  private static let anchorBit: UInt8 = 0x80

  /// A frame that holds nothing yet.
  /// - Parameters:
  ///   - views: the anchor first.
  ///   - shifts: of the views against the anchor, pixels; a few at most.
  ///   - filling: reflectance a band, far from any clear pixel.
  ///   - darkestFilling: reflectance a band; what fills the anchor is darker only where the views show that as they are. A
  ///     line that takes the haze off a view takes it off where there is none, too.
  ///   - scratch: folder for the mapped files.
  /// - Throws: `StorageError`.
  package init(
    views: [ViewRaster], harmonisations: [Harmonisation], shifts: [Shift], filling: [Float],
    darkestFilling: [Float]? = nil, scratch: String
  ) throws {
    precondition(views.count < 128, "the count of clear views shares a byte with the anchor's bit")
    self.views = views
    self.harmonisations = harmonisations
    self.shifts = shifts.map { $0.length < Self.least ? nil : $0 }
    reach =
      Int(shifts.map { max(abs($0.rows), abs($0.columns)) }.max()?.rounded(.up) ?? 0) + 1
      + BorderDifference.reach + LocalDifference.reach
    self.filling = filling
    self.darkestFilling = darkestFilling
    size = views[0].size
    bands = views[0].bands
    values = try MappedFile(creating: "\(scratch)/reference.f32", count: bands * size.pixelCount * 4)
    states = try MappedFile(creating: "\(scratch)/reference.states", count: size.pixelCount)
  }

  /// Lets go of memory; the scratch files keep the frame.
  package func release() {
    values.release()
    states.release()
  }

  private func plane(_ band: Int) -> UnsafeMutableBufferPointer<Float> {
    let start = band * size.pixelCount * 4
    return UnsafeMutableRawBufferPointer(rebasing: values.bytes[start..<(start + size.pixelCount * 4)])
      .bindMemory(to: Float.self)
  }

  private var state: UnsafeMutableBufferPointer<UInt8> { states.bytes.bindMemory(to: UInt8.self) }

  /// Number of views that are clear at a pixel.
  package func clearViews(row: Int, column: Int) -> Int {
    Int(state[row * size.columns + column] & ~Self.anchorBit)
  }

  /// Whether the anchor is clear at a pixel.
  package func isAnchorClear(row: Int, column: Int) -> Bool {
    state[row * size.columns + column] & Self.anchorBit != 0
  }

  /// The frame's reflectance in `window`.
  package func reflectance(_ window: PixelWindow) -> FloatImage {
    var image = FloatImage(bands: bands, size: window.size)
    image.pixels.withUnsafeMutableBufferPointer { pixels in
      for band in 0..<bands {
        let source = plane(band)
        for row in 0..<window.rows {
          let start = (window.row + row) * size.columns + window.column
          pixels.baseAddress!.advanced(by: (band * window.rows + row) * window.columns)
            .update(from: source.baseAddress! + start, count: window.columns)
        }
      }
    }
    return image
  }

  /// The frame's reflectance in `window` as far as it can be published: counts start at 1, so what is darker (dark
  /// water and shadow reach below zero since baseline 04.00) is 0.0001.
  package func publishable(_ window: PixelWindow) -> FloatImage { Self.publishable(reflectance(window)) }

  /// An image with nothing darker than what can be published.
  package static func publishable(_ image: consuming FloatImage) -> FloatImage {
    for index in image.pixels.indices { image.pixels[index] = max(image.pixels[index], darkest) }
    return image
  }

  /// Samples of the anchor, where it is clear, that are too dark to be published.
  package func unpublishableSamples(_ window: PixelWindow) -> Int {
    let state = state
    return (0..<bands).reduce(0) { total, band in
      let plane = plane(band)
      return (window.row..<window.endRow).reduce(total) { total, row in
        let pixels = (row * size.columns + window.column)..<(row * size.columns + window.endColumn)
        return pixels.reduce(total) {
          plane[$1] < Self.darkest && state[$1] & Self.anchorBit != 0 ? $0 + 1 : $0
        }
      }
    }
  }

  /// Reflectance of count 1, the darkest that is not no data.
  package static let darkest = 1 / ViewRaster.countsPerReflectance

  /// Makes rows of the frame of rows of the views and `reach` rows around them, but for what no view shows.
  package func fill(_ rows: Range<Int>) {
    let state = state
    let counts = views.map { $0.counts(band: 0) }
    for pixel in (rows.lowerBound * size.columns)..<(rows.upperBound * size.columns) {
      var value: UInt8 = 0
      for count in counts where count[pixel] >= ViewRaster.lowestCount { value += 1 }
      if counts[0][pixel] >= ViewRaster.lowestCount { value |= Self.anchorBit }
      state[pixel] = value
    }
    let planes = (0..<bands).map { band in views.map { $0.counts(band: band) } }
    var others = OtherViews(views, harmonisations: harmonisations, shifts: shifts)
    /// The views that fill a hole of the anchor.
    func fillers(_ pixel: Int) -> UInt64 {
      guard counts[0][pixel] < ViewRaster.lowestCount else { return 0 }
      var views: UInt64 = 0
      for (view, count) in counts.enumerated() where count[pixel] >= ViewRaster.lowestCount {
        views |= 1 << UInt64((view - 1) % 64)
      }
      return views
    }
    /// Anchor minus the median of the others.
    func difference(_ pixel: Int, _ values: inout [Float]) -> Bool {
      for band in 0..<bands {
        let count = planes[band][0][pixel]
        guard count >= ViewRaster.lowestCount, let median = others.median(band, pixel) else { return false }
        values[band] = Float(count) / ViewRaster.countsPerReflectance - median
      }
      return true
    }
    let around =
      max(0, rows.lowerBound - BorderDifference.reach)..<min(size.rows, rows.upperBound + BorderDifference.reach)
    let local = LocalDifference(
      size, bands: bands, rows: around, isHole: { fillers($0) != 0 }, difference: difference)
    func localDifference(_ band: Int, _ pixel: Int) -> Float {
      local?.value(band: band, row: pixel / size.columns, column: pixel % size.columns) ?? 0
    }
    let border = BorderDifference(size, bands: bands, rows: rows, fillers: fillers) { pixel, values in
      guard difference(pixel, &values) else { return false }
      for band in 0..<bands { values[band] -= localDifference(band, pixel) }
      return true
    } step: { pixel, next, values in
      for band in 0..<bands {
        let (here, there) = (others.median(band, pixel) ?? 0, others.median(band, next) ?? 0)
        let filling = there + localDifference(band, next) - here - localDifference(band, pixel)
        values[band] = filling - others.change(band, from: pixel, to: next)
      }
    }
    for band in 0..<bands {
      let target = plane(band)
      let counts = planes[band]
      for pixel in (rows.lowerBound * size.columns)..<(rows.upperBound * size.columns) {
        if state[pixel] & Self.anchorBit != 0 {
          target[pixel] = Float(counts[0][pixel]) / ViewRaster.countsPerReflectance
        } else if state[pixel] == 0 {
          target[pixel] = filling[band]
        } else {
          let median = others.median(band, pixel) ?? filling[band]
          target[pixel] = median + localDifference(band, pixel) + (border?.value(band: band, pixel: pixel) ?? 0)
          if let darkest = darkestFilling?[band], target[pixel] < darkest, let shown = others.medians(band, pixel) {
            target[pixel] = max(target[pixel], min(darkest, shown.asTheyAre))
          }
        }
      }
    }
  }

  /// Grows the seen area into the unseen one, a pixel a pass, each new pixel the mean of its neighbours of the passes
  /// before. What is filled does not depend on how the work is cut; rows up to `continuation` behind the last must be
  /// filled.
  package func continueIntoUnseen(_ rows: Range<Int>) {
    let rowsAtOnce = 128
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
      continueFew(start..<min(start + rowsAtOnce, rows.upperBound))
      release()
    }
  }

  private func continueFew(_ kept: Range<Int>) {
    let columns = size.columns
    let around = max(0, kept.lowerBound - Self.continuation)..<min(size.rows, kept.upperBound + Self.continuation)
    let state = state
    guard state[(kept.lowerBound * columns)..<(kept.upperBound * columns)].contains(0) else { return }
    let rows = around.count
    // 0 = seen, n = filled in pass n, 255 = still unseen. In a copy: rows outside `kept` are filled in another way here,
    // since their own surroundings are not all there.
    let first = around.lowerBound * columns
    var pass = (0..<(rows * columns)).map { state[first + $0] == 0 ? UInt8(255) : 0 }
    var copies = (0..<bands).map { Array(plane($0)[first..<(first + rows * columns)]) }
    for number in 1...UInt8(Self.continuation) {
      var isChanged = false
      for row in 0..<rows {
        for column in 0..<columns where pass[row * columns + column] == 255 {
          var neighbours: [Int] = []
          for r in max(0, row - 1)...min(rows - 1, row + 1) {
            for c in max(0, column - 1)...min(columns - 1, column + 1) where pass[r * columns + c] < number {
              neighbours.append(r * columns + c)
            }
          }
          guard !neighbours.isEmpty else { continue }
          let pixel = row * columns + column
          pass[pixel] = number
          isChanged = true
          for band in copies.indices {
            copies[band][pixel] = neighbours.reduce(Float(0)) { $0 + copies[band][$1] } / Float(neighbours.count)
          }
        }
      }
      if !isChanged { break }
    }
    for band in 0..<bands {
      let plane = plane(band)
      for pixel in ((kept.lowerBound - around.lowerBound) * columns)..<((kept.upperBound - around.lowerBound) * columns)
      where pass[pixel] != 0 { plane[first + pixel] = copies[band][pixel] }
    }
  }
}
