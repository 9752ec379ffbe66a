package import GDALAdapter
internal import Geometry
package import Stacking
private import Synchronization
package import Workers

/// A view that was asked for, with what was found out about it.
package struct StackedView: Sendable {
  /// Its number among the views asked for.
  package var index: Int
  package var name: String
  /// Against the anchor; nil where it could not be told.
  package var shift: Shift?
  /// Why it was left out; nil where it is used.
  package var reason: String?
}

/// A stack, and the views it is made of or could not be made of.
package struct BuiltStack: Sendable {
  package var stack: ViewStack
  /// Same order as the stack's views.
  package var used: [StackedView]
  package var leftOut: [StackedView]
}

/// Loads views and makes them one stack: shifts against the anchor are estimated, the views are harmonised to the anchor,
/// and the reference frame is made of them. A view that cannot be decoded, holds nothing clear, or lies too far off the
/// anchor is left out, with the reason.
///
/// - Parameters:
///   - names: what the operator calls the views; view 0 is the anchor.
///   - load: loads one view; called on worker threads.
///   - filling: reflectance a band where nothing was ever seen.
/// - Throws: `StackingError` where the anchor shows nothing or a view has another size, what `load` throws for the
///   anchor, `StorageError`, `CancellationError`.
package func buildStack(
  names: [String], maxShift: Double, filling: [Float], scratch: String, workers: WorkerPool,
  load: @escaping @Sendable (Int) throws -> ViewRaster, progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws -> BuiltStack {
  let loaded = Mutex<[Result<ViewRaster, GDALError>]>([])
  try await workers.run(count: names.count) { index -> Result<ViewRaster, GDALError> in
    // A view that GDAL cannot decode is left out; the anchor, and a full disk, are another matter.
    do { return .success(try load(index)) } catch let error as GDALError where index > 0 && error.isAboutReading {
      return .failure(error)
    }
  } commit: { index, view in
    loaded.withLock { $0.append(view) }
    progress(Double(index + 1) / Double(names.count))
  }
  let views = loaded.withLock { $0 }
  let anchor = try views[0].get()
  guard anchor.coverage().clear > 0 else {
    throw StackingError("\(names[0]): the anchor has no clear pixel with data in every band; choose another anchor")
  }
  for (name, view) in zip(names, views) {
    guard case .success(let view) = view, view.size != anchor.size else { continue }
    throw StackingError(
      "\(name): is \(view.size.columns) x \(view.size.rows) pixels, the anchor \(names[0]) is "
        + "\(anchor.size.columns) x \(anchor.size.rows); views must lie on one grid")
  }
  let compared = Mutex<[(StackedView, ViewRaster?, Harmonisation)]>([])
  try await workers.run(count: names.count) { index in
    compare(views[index], with: anchor, index: index, name: names[index], maxShift: maxShift)
  } commit: { _, result in
    result.1?.release()
    anchor.release()
    compared.withLock { $0.append(result) }
  }
  let results = compared.withLock { $0 }
  let kept = results.compactMap { described, raster, harmonisation in
    described.reason == nil ? raster.map { (described, $0, harmonisation) } : nil
  }
  let reference = try await ReferenceFrame(
    views: kept.map(\.1), harmonisations: kept.map(\.2), filling: filling, scratch: scratch, workers: workers)
  return BuiltStack(
    stack: ViewStack(views: kept.map(\.1), harmonisations: kept.map(\.2), reference: reference),
    used: kept.map(\.0), leftOut: results.map(\.0).filter { $0.reason != nil })
}

/// Shift and harmonisation of one view, or why it cannot be used.
private func compare(
  _ view: Result<ViewRaster, GDALError>, with anchor: ViewRaster, index: Int, name: String, maxShift: Double
) -> (StackedView, ViewRaster?, Harmonisation) {
  let identity = Harmonisation.identity(bands: anchor.bands)
  func out(_ reason: String, _ shift: Shift? = nil) -> (StackedView, ViewRaster?, Harmonisation) {
    (StackedView(index: index, name: name, shift: shift, reason: reason), nil, identity)
  }
  let raster: ViewRaster
  switch view {
  case .success(let loaded): raster = loaded
  case .failure(let error): return out("cannot be decoded: \(error.message)")
  }
  if index == 0 {
    return (StackedView(index: 0, name: name, shift: Shift(rows: 0, columns: 0)), raster, identity)
  }
  guard raster.coverage().clear > 0 else { return out("no clear pixel with data in every band") }
  let estimate = ShiftEstimator.estimate(
    size: anchor.size, fixed: anchor.intensity, moving: raster.intensity)
  raster.release()
  switch estimate {
  case .unmatched:
    return out("does not match the anchor: shifted by more than \(ShiftEstimator.farthest) pixels, or another place")
  case .found(let shift) where shift.length > maxShift:
    let (rows, columns) = ((shift.rows * 100).rounded() / 100, (shift.columns * 100).rounded() / 100)
    return out("shifted by \(rows) rows, \(columns) columns against the anchor; \(maxShift) pixels are allowed", shift)
  case .found, .unmeasurable:
    return (
      StackedView(index: index, name: name, shift: estimate.shift), raster, Harmonisation.fit(raster, to: anchor)
    )
  }
}

extension GDALError {
  /// The source cannot be opened or decoded, as opposed to a copy that cannot be written.
  package var isAboutReading: Bool { call == "open" || call.hasPrefix("read") }
}
