package import Foundation
package import Geometry
package import Grouping
internal import Intake
package import Product
private import Stacking
private import Storage
private import Synchronization
package import Workers

/// Looks at every product and decides what becomes of it: intake, sorting into revisits, grouping into windows,
/// choice of views and anchor.
/// - Parameters:
///   - bands: reflectance bands the model wants, in its order.
///   - published: tells when the groups of some tiles were published first, by identifier: their windows stay.
///   - progress: called with the number of products looked at.
/// - Throws: `SelectionError`, `GDALError` where a scene classification cannot be read, `CancellationError`.
package func makePlan(
  _ paths: [String], options: RunOptions, bands: [String], workers: WorkerPool,
  published: @escaping @Sendable (Set<MGRSTile>) throws -> [String: Date] = { _ in [:] },
  progress: @escaping @Sendable (Int) -> Void = { _ in }
) async throws -> RunPlan {
  // A product that is named twice is one.
  var seen: Set<String> = []
  let paths = paths.filter { seen.insert(Folder.absolute($0)).inserted }
  let intakeOptions = IntakeOptions(bands: bands, verifyChecksums: options.verifyChecksums)
  let reports = Mutex<[IntakeReport]>([])
  try await workers.run(count: paths.count) { index in
    examine(paths[index], options: intakeOptions)
  } commit: { index, report in
    reports.withLock { $0.append(report) }
    progress(index + 1)
  }
  let all = reports.withLock { $0 }
  let products = all.compactMap { report -> Product? in
    if case .accepted(let product) = report.outcome { product } else { nil }
  }
  let known = try await workers.run { try published(Set(products.map(\.tile))) }
  let (groups, excluded) = try await planGroups(products, options: options, published: known) { parts in
    try await workers.run { try mosaickedClassCounts(parts) }
  }
  return RunPlan(reports: all, excluded: excluded, groups: groups)
}

/// Decides what becomes of products that the intake accepted: sorting into revisits, grouping into windows, choice of
/// views and anchor. Reads nothing itself.
/// - Parameters:
///   - published: when groups were published first, by identifier: their windows stay.
///   - countClasses: counts the scene classes of a revisit that was delivered in several parts, which takes reading them
///     (`mosaickedClassCounts`).
/// - Throws: `SelectionError`, and what `countClasses` throws.
package func planGroups(
  _ products: [Product], options: RunOptions, published: [String: Date] = [:],
  countClasses: ([Product]) async throws -> [Int]
) async throws -> (groups: [RunPlan.Group], excluded: [(product: Product, exclusion: Exclusion)]) {
  let sorting = sortRevisits(products)
  var groups: [RunPlan.Group] = []
  let windows = groupRevisits(sorting.revisits, windowDays: options.windowDays, published: published)
  // The operator's anchor day applies to the groups that have a revisit on it; where none has, that is a mistake.
  func hasAnchorDay(_ group: RevisitGroup) -> Bool {
    options.selection.anchorDay.map { day in group.revisits.contains { $0.isOf(day: day) } } ?? false
  }
  let isAnchorDayKnown = windows.contains(where: hasAnchorDay)
  var objections: [SelectionError] = []
  for group in windows {
    let began = published[group.identifier]
    var rules = options.selection
    if isAnchorDayKnown, !hasAnchorDay(group) { rules.anchorDay = nil }
    var assessed: [AssessedRevisit] = []
    for revisit in group.revisits {
      let counts =
        revisit.parts.count == 1 ? revisit.parts[0].sceneClassCounts : try await countClasses(revisit.parts)
      assessed.append(
        AssessedRevisit(revisit: revisit, maskedShare: maskedShare(counts, options.masking.maskClasses)))
    }
    do throws(SelectionError) {
      groups.append(
        RunPlan.Group(group: group, selection: try selectViews(assessed, rules: rules), began: began))
    } catch {
      // Other groups can follow that day, or do not have it: they are not held up.
      objections.append(error)
      groups.append(
        RunPlan.Group(group: group, selection: ViewSelection(noneOf: assessed, error.description), began: began))
    }
  }
  // No group that has the day can follow it: a mistake of the operator's.
  if let first = objections.first, !isAnchorDayKnown || objections.count == windows.count(where: hasAnchorDay) {
    throw first
  }
  return (groups, sorting.excluded)
}

/// The parts of the revisits that were delivered in several: those whose scene classes `planGroups` has counted.
package func splitRevisits(_ products: [Product]) -> [[Product]] {
  sortRevisits(products).revisits.map(\.parts).filter { $0.count > 1 }
}

/// Scene classes of parts that do not overlap: what any of them saw, and no data for the rest.
package func estimatedClassCounts(_ parts: [Product]) -> [Int] {
  guard let total = parts.first?.sceneClassCounts.reduce(0, +) else { return [] }
  var counts = parts.dropFirst().reduce(parts[0].sceneClassCounts) { zip($0, $1.sceneClassCounts).map(+) }
  let seen = counts.dropFirst().reduce(0, +)
  if seen > total { counts = counts.map { $0 * total / seen } }
  counts[0] = total - counts.dropFirst().reduce(0, +)
  return counts
}

/// Share of the 20 m pixels in masked classes, 0 to 1.
private func maskedShare(_ counts: [Int], _ classes: Set<UInt8>) -> Double {
  let total = counts.reduce(0, +)
  guard total > 0 else { return 1 }
  let masked = counts.enumerated().reduce(0) { classes.contains(UInt8($1.offset)) ? $0 + $1.element : $0 }
  return Double(masked) / Double(total)
}
