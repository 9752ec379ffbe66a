internal import Geometry
package import Stacking
private import Synchronization
package import Workers

/// A view that was loaded, with what was found out about it.
package struct StackedView: Sendable {
  package var name: String
  /// Against the anchor; nil where it could not be told.
  package var shift: Shift?
}

/// A stack, and the views it is made of or could not be made of.
package struct BuiltStack: Sendable {
  package var stack: ViewStack
  /// Same order as the stack's views.
  package var used: [StackedView]
  /// Shifted too far against the anchor.
  package var leftOut: [StackedView]
}

/// Loads views and makes them one stack: shifts against the anchor are estimated and views too far off left out, the
/// rest are harmonised to the anchor, and the reference frame is made of them.
///
/// - Parameters:
///   - count: number of views; view 0 is the anchor.
///   - load: loads one view; called on worker threads.
///   - filling: reflectance a band where nothing was ever seen.
/// - Throws: what `load` throws, `StorageError`, `CancellationError`.
package func buildStack(
  count: Int, names: [String], maxShift: Double, filling: [Float], scratch: String, workers: WorkerPool,
  load: @escaping @Sendable (Int) throws -> ViewRaster, progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws -> BuiltStack {
  let loaded = Mutex<[ViewRaster]>([])
  try await workers.run(count: count, work: load) { index, view in
    loaded.withLock { $0.append(view) }
    progress(Double(index + 1) / Double(count))
  }
  let views = loaded.withLock { $0 }
  for view in views.dropFirst() where view.size != views[0].size {
    throw StackingError(
      "\(view.name): is \(view.size.columns) x \(view.size.rows) pixels, the anchor \(views[0].name) is "
        + "\(views[0].size.columns) x \(views[0].size.rows); views must lie on one grid")
  }
  let found = Mutex<[(Shift?, Harmonisation)]>([])
  try await workers.run(count: count) { index in
    if index == 0 { return (Shift(rows: 0, columns: 0) as Shift?, Harmonisation.identity(bands: views[0].bands)) }
    let shift = ShiftEstimator.estimate(
      size: views[0].size, fixed: views[0].intensity, moving: views[index].intensity)
    return (shift, Harmonisation.fit(views[index], to: views[0]))
  } commit: { _, result in
    found.withLock { $0.append(result) }
  }
  let results = found.withLock { $0 }
  let kept = views.indices.filter { index in results[index].0.map { $0.length <= maxShift } ?? true }
  let harmonisations = kept.map { results[$0].1 }
  let reference = try await ReferenceFrame(
    views: kept.map { views[$0] }, harmonisations: harmonisations, filling: filling, scratch: scratch,
    workers: workers)
  func described(_ index: Int) -> StackedView { StackedView(name: names[index], shift: results[index].0) }
  return BuiltStack(
    stack: ViewStack(views: kept.map { views[$0] }, harmonisations: harmonisations, reference: reference),
    used: kept.map(described), leftOut: views.indices.filter { !kept.contains($0) }.map(described))
}
