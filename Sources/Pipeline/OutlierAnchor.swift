internal import Geometry
internal import Stacking
internal import Workers

/// An anchor is the odd one out where views that it does not match, or that no shift against it can be told of, match one
/// of them, and are more than those it goes with: another place, another grid, cloud that its scene classification misses,
/// ground that changed beyond recognition. All others would be thrown out for it, and what it shows published within every
/// limit.
extension Comparison {
  /// - Parameters:
  ///   - compared: what was found out about the anchor and the views that were looked at.
  ///   - matches: whether two views match, as far as that is known, by their numbers.
  /// - Returns: what is wrong with the anchor, in words that follow its name; nil where it is like others.
  func outlier(
    _ compared: [Compared], _ matches: inout [ClosedRange<Int>: Bool], _ workers: WorkerPool
  ) async throws -> String? {
    let others = compared.indices.dropFirst()
    let unmeasured = others.filter { compared[$0].isUnmeasured }
    let isEven = try await workers.collect(count: unmeasured.count) { self.areEven(0, unmeasured[$0]) }
    let even = Set(zip(unmeasured, isEven).filter(\.1).map(\.0))
    let unlike = others.filter { compared[$0].contradicts || compared[$0].isUnmeasured && !even.contains($0) }
    let alike = others.count { compared[$0].source != nil } - unlike.count { compared[$0].isUnmeasured }
    // The anchor is one of its own party.
    let needed = alike + 2
    guard unlike.count >= needed else { return nil }
    // One of so many belongs to any party that is large enough.
    for pivot in unlike.prefix(unlike.count - needed + 1) {
      func pair(_ other: Int) -> ClosedRange<Int> { min(pivot, other)...max(pivot, other) }
      let rest = unlike.filter { $0 != pivot }
      let unknown = rest.filter { matches[pair($0)] == nil }
      let found = try await workers.collect(count: unknown.count) { self.match(pivot, unknown[$0]) }
      for (other, isMatch) in zip(unknown, found) { matches[pair(other)] = isMatch }
      let party = rest.count { matches[pair($0)] == true }
      guard 1 + party >= needed else { continue }
      let few = alike == 0 ? "none" : "\(alike)"
      return
        "matches \(few) of \(others.count) other views, while \(party) of them match another one on the ground that is clear "
        + "in it: another place, shifted, cloud that its scene classification misses, or ground that changed too much to tell"
    }
    return nil
  }

  /// Reflectance that ground without contrast may be brighter by than an anchor that it contradicts.
  private static let asBright: Float = 0.02

  /// Whether two views show the same ground at the same place where the anchor claims to see it.
  private func match(_ first: Int, _ second: Int) -> Bool {
    guard let a = raster(first), let b = raster(second) else { return false }
    defer {
      for raster in [a, b, anchor] { raster.release() }
    }
    func seen(_ window: PixelWindow) -> [Float] {
      zip(a.intensity(window), anchor.intensity(window)).map { $1.isNaN ? .nan : $0 }
    }
    switch ShiftEstimator.estimate(size: anchor.size, fixed: seen, moving: b.intensity) {
    case .found(let shift): return shift.length <= maxShift
    case .unmeasurable:
      // Fog hides ground and is brighter; what has no contrast beside an anchor of cloud is the ground.
      let brighter = EvenGround.offset(size: anchor.size, anchor.intensity, a.intensity)
      return brighter.map { $0 <= Self.asBright } == true && EvenGround.agree(size: anchor.size, seen, b.intensity)
    case .unmatched: return false
    }
  }

  /// Whether two views show ground without contrast that is alike.
  private func areEven(_ first: Int, _ second: Int) -> Bool {
    guard let a = raster(first), let b = raster(second) else { return false }
    defer {
      for raster in [a, b] { raster.release() }
    }
    return EvenGround.agree(size: anchor.size, a.intensity, b.intensity)
  }
}
