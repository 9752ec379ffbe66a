package import GDALAdapter
internal import Geometry
package import Stacking
private import Synchronization
package import Workers

/// A view that was looked at, with what was found out about it.
package struct StackedView: Sendable {
  /// Its number among the views to choose from.
  package var index: Int
  package var name: String
  /// Against the anchor; nil where it could not be told.
  package var shift: Shift?
  /// What brings its colours to the anchor's; nil for the anchor, and for one that was left out.
  package var harmonisation: Harmonisation?
  /// Why it was left out; nil where it is used.
  package var reason: String?
  /// It was left out since its files could not be decoded: once they can be, it is worth another try.
  package var isUndecodable = false
}

/// A stack, and the views it is made of or could not be made of.
package struct BuiltStack: Sendable {
  package var stack: ViewStack
  /// Same order as the stack's views.
  package var used: [StackedView]
  package var leftOut: [StackedView]

  /// How many views were looked at: the first so many of those to choose from.
  package var tried: Int { used.count + leftOut.count }
}

/// Opens views and makes them one stack: shifts against the anchor are estimated and the views are harmonised to the
/// anchor, both from blocks on a lattice over the raster (`SampleAreas`); the rest is decoded when it is wanted
/// (`StackRows`). A view that cannot be decoded, holds nothing clear, or lies too far off the anchor is left out, with the
/// reason, and the next one takes its place.
///
/// - Parameters:
///   - names: what the operator calls the views to choose from, the best first; view 0 is the anchor.
///   - wanted: how many of them the stack is to have, at most.
///   - keepsAnchor: the operator named it; else it is an error where it is the odd one out (`Comparison.outlier`).
///   - undecodable: views that are known to be, by their number, with what was said of them.
///   - open: opens one view; called on worker threads.
///   - filling: reflectance a band where nothing was ever seen.
/// - Throws: `StackingError` where the anchor shows nothing or is an outlier, or a view has another size, what `open` throws
///   for the anchor, `StorageError`, `CancellationError`.
package func buildStack(
  names: [String], wanted: Int, keepsAnchor: Bool = false, undecodable: [Int: GDALError] = [:], maxShift: Double,
  filling: [Float], scratch: String, workers: WorkerPool, open: @escaping @Sendable (Int) throws -> any ViewSource,
  progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws -> BuiltStack {
  func opened(_ candidates: Range<Int>) async throws -> [Opened] {
    try await workers.collect(count: candidates.count) { offset in
      let index = candidates.lowerBound + offset
      return try undecodable[index].map { .failure($0) } ?? unlessUndecodable(index, of: wanted) { try open(index) }
    }
  }
  let first = 0..<min(wanted, names.count)
  let comparison = try Comparison(
    try await opened(first), names: names, wanted: wanted, maxShift: maxShift)
  _ = try await workers.collect(count: first.count) {
    try comparison.sample($0)
  } progress: {
    progress(Double($0) / Double(first.count))
  }
  guard try await workers.run({ try comparison.anchorShowsSomething() }) else {
    throw StackingError(
      "\(names[0]): the anchor has no clear pixel with data in every band; choose another anchor",
      anchorFault: "no clear pixel has data in every band")
  }
  var compared = try await comparison.run(first, workers)
  var matches: [ClosedRange<Int>: Bool] = [:]
  while true {
    if keepsAnchor {
      for (index, found) in compared.enumerated() where found.contradicts { comparison.drop(index) }
    } else if let fault = try await comparison.outlier(compared, &matches, workers) {
      throw StackingError("\(names[0]): the anchor \(fault); choose another anchor", anchorFault: fault)
    }
    let missing = wanted - compared.count { $0.source != nil }
    let next = compared.count..<min(compared.count + missing, names.count)
    if next.isEmpty { break }
    comparison.add(try await opened(next))
    _ = try await workers.collect(count: next.count) { try comparison.sample(next.lowerBound + $0) }
    compared += try await comparison.run(next, workers)
  }
  for (index, found) in compared.enumerated() where found.contradicts { comparison.drop(index) }
  let kept = compared.compactMap { found in found.source.map { (found.described, $0, found.harmonisation) } }
  return BuiltStack(
    stack: try ViewStack(
      kept.map(\.1), harmonisations: kept.map(\.2),
      shifts: kept.map { $0.0.shift ?? Shift(rows: 0, columns: 0) }, filling: filling,
      darkestFilling: try await workers.run { comparison.darkestOfAnchor }, scratch: scratch,
      onPiece: workers.tick),
    used: kept.map(\.0), leftOut: compared.map(\.described).filter { $0.reason != nil })
}
