internal import Geometry
internal import Stacking
internal import Workers

/// An anchor is the odd one out where views that it does not match, or that no shift against it can be told of, match one
/// another, and are more than those it goes with: another place, another grid, cloud that its scene classification misses.
/// All others would be thrown out for it, and what it shows published within every limit.
extension Comparison {
  /// Views that the others are compared with, the clearest first: where more than half match one another one of these
  /// finds them.
  private static let mostPivots = 4

  /// - Parameter compared: what was found out about the anchor and the views that were looked at.
  /// - Returns: what is wrong with the anchor, in words that follow its name; nil where it is like others.
  func outlier(_ compared: [Compared], _ workers: WorkerPool) async throws -> String? {
    let others = compared.indices.dropFirst()
    let unlike = others.filter { compared[$0].contradicts || compared[$0].isUnmeasured }
    let alike = others.count { compared[$0].source != nil } - unlike.count { compared[$0].isUnmeasured }
    // The anchor is one of its own party.
    let needed = alike + 2
    guard unlike.count >= needed else { return nil }
    for pivot in unlike.prefix(Self.mostPivots) {
      let rest = unlike.filter { $0 != pivot }
      let matching = try await workers.collect(count: rest.count) { self.match(pivot, rest[$0]) }
      let party = 1 + matching.count { $0 }
      guard party >= needed else { continue }
      let few = alike == 0 ? "none" : "\(alike)"
      return
        "matches \(few) of \(others.count) other views, and \(party) of them match one another on the ground that is "
        + "clear in it: another place, shifted, or cloud that its scene classification misses"
    }
    return nil
  }

  /// Whether two views show the same ground at the same place where the anchor claims to see it.
  private func match(_ first: Int, _ second: Int) -> Bool {
    guard let a = raster(first), let b = raster(second) else { return false }
    defer {
      for raster in [a, b, anchor] { raster.release() }
    }
    let estimate = ShiftEstimator.estimate(
      size: anchor.size,
      fixed: { window in
        zip(a.intensity(window), self.anchor.intensity(window)).map { $1.isNaN ? .nan : $0 }
      }, moving: b.intensity)
    return estimate.shift.map { $0.length <= maxShift } ?? false
  }
}
