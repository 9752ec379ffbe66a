internal import Geometry

/// Finds connected areas that are no longer than buildings' areas can be: one that is, as where a town's streets are
/// taken for building, is divided by the lowest of some higher thresholds that does.
///
/// The areas above a higher threshold lie inside those above a lower one. All thresholds are scanned side by side, row by
/// row; an area that ends is put inside the one that has its last pixels.
struct NestedScan {
  /// Ascending; the first is the rule's.
  private let thresholds: [Double]
  private let longestSide: Int
  private let leastArea: Int
  private var scans: [ComponentScan]
  /// Areas that no threshold divides: the next one leaves nothing of them, or there is none.
  private(set) var tooLarge = 0

  /// The rule's threshold, and what is tried where it gives areas that are too large.
  static func thresholds(from first: Double) -> [Double] {
    [first] + sequence(first: first + 0.05) { $0 + 0.05 }.prefix { $0 < 0.96 }
  }

  /// - Parameters:
  ///   - longestSide: of an area's window, pixels.
  ///   - leastArea: smaller areas are forgotten, pixels.
  init(thresholds: [Double], longestSide: Int, leastArea: Int) {
    self.thresholds = thresholds
    self.longestSide = longestSide
    self.leastArea = leastArea
    scans = thresholds.map { _ in ComponentScan() }
  }

  /// - Parameter counts: probability x 10000 of the next row.
  /// - Returns: areas that are finished.
  mutating func add(_ counts: UnsafeBufferPointer<UInt16>) -> [Component] {
    finished { scan, threshold in
      let count = ProbabilityRaster.count(threshold)
      return scan.addRow(count: counts.count) { ProbabilityRaster.isBuilding(counts[$0], threshold: count) }
    }
  }

  /// The areas that reach the last row.
  mutating func finish() -> [Component] { finished { scan, _ in scan.finishRows() } }

  private mutating func finished(_ next: (inout ComponentScan, Double) -> [ComponentScan.Finished]) -> [Component] {
    // From the highest threshold down: what ends inside is adopted before the row that would end what it lies in.
    for level in thresholds.indices.reversed() {
      var result: [Component] = []
      for end in next(&scans[level], thresholds[level]) where end.component.area >= leastArea {
        let areas = resolved(end.component, level)
        if level > 0 { scans[level - 1].adopt(areas, column: end.lastColumn) } else { result += areas }
      }
      if level == 0 { return result }
    }
    return []
  }

  /// An area that is small enough, else those inside it.
  private mutating func resolved(_ component: Component, _ level: Int) -> [Component] {
    var component = component
    guard max(component.window.rows, component.window.columns) > longestSide else {
      component.inner = []
      component.holdsAreas = false
      component.threshold = level > 0 ? thresholds[level] : nil
      return [component]
    }
    if !component.holdsAreas { tooLarge += 1 }
    return component.inner
  }
}
