internal import Foundation
internal import Geometry
internal import Grouping
internal import Ledger
internal import Pipeline
internal import Product
internal import Publishing
internal import Workers

/// Items that a job published though its end did not say so: it was ended right behind that, or what it said was lost.
extension Supervisor {
  /// The item of an attempt that did not end well: one of just its views, since others may publish of the group, too.
  /// Whoever stops waits for no disk: the next start asks then.
  func item(of job: JobRow, _ attempt: AttemptRow, _ group: RunPlan.Group) async -> PublishedItem? {
    guard mode != .stopping else { return nil }
    let store = store
    let items = await answer(within: .seconds(10)) { () -> [PublishedItem] in
      guard let tile = try store.layout.tiles().first(where: { $0.name == job.tile }) else { return [] }
      return try store.items(of: tile).items
    }
    let own = (items ?? []).filter { $0.group == job.groupID && Self.isOwn($0, attempt) && group.isShown(by: $0) }
    guard let newest = own.max(by: { $0.revision < $1.revision }) else { return nil }
    let isKnown = try? await ledger.read { try $0.hasItem(newest.id) }
    return isKnown == false ? newest : nil
  }

  /// Records what jobs that did not end well have published.
  /// - Parameter items: all of the tile.
  func recordOwn(_ items: [PublishedItem], of tile: String) async throws {
    let unknown = try await ledger.read { ledger in
      try items.filter { item in
        guard try !ledger.hasItem(item.id) else { return false }
        let attempts = try ledger.jobs(group: item.group).compactMap(\.id).flatMap { try ledger.attempts(job: $0) }
        return attempts.contains { Self.isOwn(item, $0) }
      }
    }
    guard !unknown.isEmpty else { return }
    let rows = unknown.map { ItemRow($0, group: $0.group, now: Date()) }
    try await commit(
      rows.map {
        Happening(
          .itemPublished, "\($0.id): published, by an attempt that was ended behind that", tile: tile,
          group: $0.groupID,
          item: $0.id)
      }
    ) { ledger in for row in rows { try ledger.save(row) } }
    publishedCount += rows.count
    aftercare.note([tile])
    wake.call()
  }

  /// What a disk says, if it does in time: it may hang.
  /// - Parameter pulse: beats while the disk goes on answering; time counts from its last beat then.
  func answer<Answer: Sendable>(
    within limit: Duration, of pulse: Pulse? = nil, _ question: @escaping @Sendable () throws -> Answer
  ) async -> Answer? {
    let (answers, asked) = AsyncStream.makeStream(of: Answer?.self)
    let helpers = helpers
    Task { asked.yield(try? await helpers.run(question)) }
    Task {
      let began = ContinuousClock.now
      var end = began + limit
      repeat {
        try? await Task.sleep(until: end, clock: .continuous)
        end = (pulse?.last ?? began) + limit
      } while end > .now
      asked.yield(nil)
    }
    return await answers.first { _ in true } ?? nil
  }

  /// Whether an item appeared while an attempt went on.
  private static func isOwn(_ item: PublishedItem, _ attempt: AttemptRow) -> Bool {
    guard [.running, .checkpointed, .interrupted, .failed].contains(attempt.outcome) else { return false }
    return item.created >= attempt.started.addingTimeInterval(-1)
      && item.created <= (attempt.ended ?? Date()).addingTimeInterval(60)
  }
}

extension RunPlan.Group {
  /// Whether an item may have come of it: it shows or leaves out every view that was chosen, and shows nothing but those
  /// and what may take their places.
  func isShown(by item: PublishedItem) -> Bool {
    func names(_ views: [AssessedRevisit]) -> Set<String> { Set(views.flatMap { $0.revisit.parts.map(\.name) }) }
    let (chosen, shown) = (names(selection.views), Set(item.products))
    return !shown.isEmpty && chosen.isSubset(of: shown.union(item.leftOut))
      && shown.isSubset(of: chosen.union(names(selection.reserves)))
  }
}
