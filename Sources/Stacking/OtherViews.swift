package import Geometry
internal import Raster

/// The views beside the anchor, each brought to the anchor's place, and to its colours.
struct OtherViews {
  private let size: RasterSize
  /// Counts, for each band, for each view from the second on.
  private let planes: [[UnsafeMutableBufferPointer<Int16>]]
  private let lines: [[Harmonisation.Line]]
  private let shifts: [Shift?]
  private var counts: [(view: Int, reflectance: Float)] = []
  private var candidates: [Float] = []

  /// - Parameters:
  ///   - views: the anchor first.
  ///   - shifts: nil for a view that lies where the anchor does.
  init(_ views: [ViewRaster], harmonisations: [Harmonisation], shifts: [Shift?]) {
    size = views[0].size
    planes = (0..<views[0].bands).map { band in views.dropFirst().map { $0.counts(band: band) } }
    lines = (0..<views[0].bands).map { band in harmonisations.dropFirst().map { $0.line(band) } }
    self.shifts = Array(shifts.dropFirst())
  }

  /// The median of those that are clear at a pixel, harmonised: reflectance; nil where none is.
  mutating func median(_ band: Int, _ pixel: Int) -> Float? {
    look(band, pixel)
    return ofCounts { [lines] in lines[band][$0.view]($0.reflectance) }
  }

  /// The same, and the median of what they show as they are.
  mutating func medians(_ band: Int, _ pixel: Int) -> (harmonised: Float, asTheyAre: Float)? {
    guard let harmonised = median(band, pixel), let asTheyAre = ofCounts(\.reflectance) else { return nil }
    return (harmonised, asTheyAre)
  }

  /// What the median of the views that are clear at both of two pixels changes by from one to the other, harmonised; 0 where
  /// none is.
  mutating func change(_ band: Int, from pixel: Int, to next: Int) -> Float {
    look(band, pixel)
    let here = counts
    look(band, next)
    let common = Set(here.map(\.view)).intersection(counts.map(\.view))
    let there = counts.filter { common.contains($0.view) }
    counts = here.filter { common.contains($0.view) }
    let value = { [lines] (count: (view: Int, reflectance: Float)) in lines[band][count.view](count.reflectance) }
    guard let before = ofCounts(value) else { return 0 }
    counts = there
    return (ofCounts(value) ?? before) - before
  }

  private mutating func look(_ band: Int, _ pixel: Int) {
    counts.removeAll(keepingCapacity: true)
    for (view, count) in planes[band].enumerated() where count[pixel] >= ViewRaster.lowestCount {
      let value = shifts[view].map { self.count(count, at: pixel, shiftedBy: $0) } ?? Float(count[pixel])
      counts.append((view, value / ViewRaster.countsPerReflectance))
    }
  }

  /// The true median: the mean of the two middle values of an even number.
  private mutating func ofCounts(_ value: ((view: Int, reflectance: Float)) -> Float) -> Float? {
    if counts.isEmpty { return nil }
    candidates.removeAll(keepingCapacity: true)
    for count in counts { candidates.append(value(count)) }
    candidates.sort()
    return middle(ofSorted: candidates)
  }

  /// The count of a view where it shows a pixel of the anchor: interpolated, else the nearest one, else the pixel's own.
  private func count(_ counts: UnsafeMutableBufferPointer<Int16>, at pixel: Int, shiftedBy shift: Shift) -> Float {
    let (row, column) = (Double(pixel / size.columns) + shift.rows, Double(pixel % size.columns) + shift.columns)
    func count(_ row: Int, _ column: Int) -> Float? {
      guard (0..<size.rows).contains(row), (0..<size.columns).contains(column) else { return nil }
      let count = counts[row * size.columns + column]
      return count >= ViewRaster.lowestCount ? Float(count) : nil
    }
    let (top, left) = (Int(row.rounded(.down)), Int(column.rounded(.down)))
    if let a = count(top, left), let b = count(top, left + 1), let c = count(top + 1, left),
      let d = count(top + 1, left + 1)
    {
      let (y, x) = (Float(row - Double(top)), Float(column - Double(left)))
      return (a * (1 - x) + b * x) * (1 - y) + (c * (1 - x) + d * x) * y
    }
    return count(Int(row.rounded()), Int(column.rounded())) ?? Float(counts[pixel])
  }
}

/// Sums over pixels where the anchor and another view are clear: what the median of the other views shows more than the
/// anchor.
package struct OthersAgainstAnchor: Sendable {
  private struct Band {
    var difference = 0.0
    var squared = 0.0
    var asTheyAre = 0.0
  }
  private var bands: [Band]
  package private(set) var comparedPixels = 0

  package init(bands: Int) { self.bands = [Band](repeating: Band(), count: bands) }

  /// - Parameter pixel: of each band: the anchor, the median once harmonised, and as it is.
  mutating func add(_ pixel: [(anchor: Float, harmonised: Float, asTheyAre: Float)]) {
    comparedPixels += 1
    for (band, values) in pixel.enumerated() {
      let difference = Double(values.harmonised - values.anchor)
      bands[band].difference += difference
      bands[band].squared += difference * difference
      bands[band].asTheyAre += Double(values.asTheyAre - values.anchor)
    }
  }

  package mutating func add(_ other: OthersAgainstAnchor) {
    comparedPixels += other.comparedPixels
    for (band, sums) in other.bands.enumerated() {
      bands[band].difference += sums.difference
      bands[band].squared += sums.squared
      bands[band].asTheyAre += sums.asTheyAre
    }
  }

  /// For each band, reflectance: root mean square difference and mean difference once harmonised, and the mean difference of
  /// what they show as they are.
  package var figures: [(rmse: Double, bias: Double, asTheyAre: Double)] {
    let n = Double(max(comparedPixels, 1))
    return bands.map { (($0.squared / n).squareRoot(), $0.difference / n, $0.asTheyAre / n) }
  }
}

extension ReferenceFrame {
  /// Rows and columns between pixels that are looked at.
  private static let step = 4

  /// What the other views, harmonised for the whole raster alone, show in `window` where the anchor is clear, on a lattice:
  /// about as much they may be off the ground where they stand in for it, if that is not other ground.
  package func othersAgainstAnchor(_ window: PixelWindow) -> OthersAgainstAnchor {
    var sums = OthersAgainstAnchor(bands: bands)
    guard views.count > 1 else { return sums }
    var others = OtherViews(views, harmonisations: harmonisations, shifts: shifts)
    let anchor = (0..<bands).map { views[0].counts(band: $0) }
    func next(_ pixel: Int) -> Int { (pixel + Self.step - 1) / Self.step * Self.step }
    for row in stride(from: next(window.row), to: window.endRow, by: Self.step) {
      for column in stride(from: next(window.column), to: window.endColumn, by: Self.step) {
        let pixel = row * size.columns + column
        guard isAnchorClear(row: row, column: column) else { continue }
        var values: [(Float, Float, Float)] = []
        for band in 0..<bands {
          guard let (harmonised, asTheyAre) = others.medians(band, pixel) else { break }
          values.append((Float(anchor[band][pixel]) / ViewRaster.countsPerReflectance, harmonised, asTheyAre))
        }
        if values.count == bands { sums.add(values) }
      }
    }
    return sums
  }
}
