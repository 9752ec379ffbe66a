/// The smallest box around several boxes on the globe.
package enum GlobeBounds {
  /// - Parameter boxes: west, south, east, north in degrees; west > east where the antimeridian is crossed.
  /// - Returns: the same four figures around all of them. Of all boxes that would do, the one with the least span of
  ///   longitude, which may itself cross the antimeridian; nil without boxes.
  package static func union(_ boxes: [[Double]]) -> [Double]? {
    guard let south = boxes.map({ $0[1] }).min(), let north = boxes.map({ $0[3] }).max() else { return nil }
    // Intervals on the circle from 0 on, each `start...end` with end >= start, end possibly beyond 360.
    let intervals = boxes.map { box -> (start: Double, end: Double) in
      let start = box[0] < 0 ? box[0] + 360 : box[0]
      let width = box[2] >= box[0] ? box[2] - box[0] : box[2] + 360 - box[0]
      return (start, start + width)
    }.sorted { $0.start < $1.start }
    // The widest gap between them is what the box leaves out.
    let wrapped = (intervals.map(\.end).max() ?? 0) - 360
    var reach = max(intervals[0].end, wrapped)
    var best = (gap: -Double.infinity, west: 0.0, east: 0.0)
    for next in intervals.dropFirst() {
      if next.start - reach > best.gap { best = (next.start - reach, next.start, reach) }
      reach = max(reach, next.end)
    }
    let around = intervals[0].start + 360 - reach
    if around > best.gap { best = (around, intervals[0].start, reach) }
    guard best.gap > 0 else { return [-180, south, 180, north] }
    return [signed(best.west), south, signed(best.east), north]
  }

  /// -180 to 180, at most 7 decimals.
  private static func signed(_ degrees: Double) -> Double {
    var value = degrees
    while value > 180 { value -= 360 }
    return (value * 1e7).rounded() / 1e7
  }
}
