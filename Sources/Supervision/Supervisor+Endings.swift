internal import Foundation
internal import Geometry
internal import Grouping
internal import Ledger
internal import Pipeline
internal import Product
internal import Publishing
internal import Settings
internal import Work
internal import Workers

/// How jobs end: published, failed, or given up.
extension Supervisor {
  /// Writes down how an attempt ended. Until that succeeds no other job begins: an item that is not recorded would be
  /// taken for published by the next attempt, and nothing is lost.
  func finish(
    _ job: JobRow, _ attempt: AttemptRow, of group: RunPlan.Group, _ result: Result<JobOutcome, any Error>,
    at step: String
  ) async {
    var result = result
    if case .failure = result, let item = await item(of: job, attempt, group) { result = .success(.unchanged(item)) }
    while true {
      do {
        await turnstile.enter()
        defer { turnstile.leave() }
        switch result {
        case .success(let outcome): try await succeed(job, attempt, of: group, outcome)
        case .failure(let error)
        where (error as? WorkFailure)?.isCancellation == true || mode == .stopping || running?.reason != nil:
          try await checkpoint(job, attempt, at: step)
        case .failure(let error): try await fail(job, attempt, error, at: step)
        }
        overcome("writing down how jobs end")
        break
      } catch {
        meet("writing down how jobs end", "the end of job \(job.id ?? 0) cannot be written down: \(error)")
        if mode == .stopping { break }
        try? await Task.sleep(for: .seconds(5))
      }
    }
    running = nil
    wake.call()
  }

  func checkpoint(_ job: JobRow, _ attempt: AttemptRow, at step: String) async throws {
    var (job, attempt) = (job, attempt)
    job.state = .queued
    attempt.outcome = .checkpointed
    attempt.ended = Date()
    attempt.stage = step
    let saved = (job, attempt)
    try await commit([
      Happening(
        .jobInterrupted, "\(job.groupID): \(running?.reason ?? "given up for a stop; goes on after the next start")",
        tile: job.tile, group: job.groupID, job: job.id, stage: step)
    ]) { ledger in
      try ledger.save(saved.0)
      try ledger.save(saved.1)
    }
  }

  private func fail(_ job: JobRow, _ attempt: AttemptRow, _ error: any Error, at step: String) async throws {
    let now = Date()
    guard var row = try await ledger.read({ try $0.group(job.groupID) }) else { return }
    let failure = error as? WorkFailure
    let earlier = row.failedInputs == job.inputs ? row.deaths : 0
    // A worker process that ends may have been killed for memory; one that always ends has met a bug.
    let isDoomed = error is WorkerDeath && earlier + 1 >= settings.mostInterruptions
    let kind = failure?.kind ?? (isDoomed ? .defect : .environment)
    row.takeFailure(kind, "\(step) failed: \(error)", of: job.inputs, isDeath: error is WorkerDeath)
    let event: EventKind
    switch decide(failure: kind, failures: row.failures, rules: retryRules, now: now) {
    case .retry(let time): (event, row.notBefore) = (.jobRetried, time)
    case .quarantine: (event, row.notBefore) = (.jobQuarantined, nil)
    case .stop: (event, row.notBefore) = (.jobStopped, nil)
    }
    var (job, attempt) = (job, attempt)
    job.state = .failed
    job.reason = row.failure ?? ""
    job.ended = now
    attempt.outcome = .failed
    attempt.ended = now
    attempt.stage = step
    attempt.failureKind = kind.rawValue
    attempt.failure = "\(error)"
    let saved = (row, job, attempt)
    var happening = Happening(
      event, "\(job.groupID): \(row.failure ?? "")", tile: job.tile, group: job.groupID, job: job.id, stage: step)
    if let failure, failure.errorNumber != 0 { happening.errorNumber = failure.errorNumber }
    try await commit([happening]) { ledger in
      try ledger.save(saved.0)
      try ledger.save(saved.1)
      try ledger.save(saved.2)
    }
    failureCount += 1
  }

  private func succeed(
    _ job: JobRow, _ attempt: AttemptRow, of group: RunPlan.Group, _ outcome: JobOutcome
  ) async throws {
    let now = Date()
    guard var row = try await ledger.read({ try $0.group(job.groupID) }) else { return }
    var (job, attempt) = (job, attempt)
    job.state = .done
    job.ended = now
    job.interruptions = 0
    attempt.ended = now
    row.doneInputs = job.inputs
    // A word that was given during the work is about what this job did not have.
    row.isFlushed = flushedDuringJob.contains(job.groupID) && row.inputs != job.inputs
    row.forgetFailure()
    var happenings: [Happening] = []
    var item: ItemRow?
    var isNew = false
    var count = 0
    // Why revisits are no part of it; nil where that is as it was.
    var reasons: [String: String]?
    switch outcome {
    case .nothingUsable:
      attempt.outcome = .unusable
      job.reason = "no view is usable"
    case .unchanged(let published):
      attempt.outcome = .unchanged
      job.reason = "already published as \(published.id)"
      item = ItemRow(published, group: job.groupID, now: now)
      if try await !ledger.read({ try $0.hasItem(published.id) }) {
        count = 1
        happenings.append(
          Happening(
            .itemPublished,
            "\(published.id): published, by an attempt that was ended behind that, or by another program",
            tile: job.tile, group: job.groupID, job: job.id, item: published.id))
      }
    case .published(let published, let isWithinLimits, let brighterBy, let leftOut, let standIns):
      (isNew, count) = (true, 1)
      attempt.outcome = .published
      job.reason = "published \(published.id)"
      item = ItemRow(published, group: job.groupID, now: now)
      reasons = Dictionary(leftOut.map { ($0.name, $0.reason) }) { first, _ in first }
      let planned = group.selection.anchor?.revisit.key.description
      for view in leftOut {
        let what = view.name == planned ? "another anchor is followed, without" : "left out"
        happenings.append(
          Happening(
            .groupChanged, "\(job.groupID): \(what) \(view.name): \(view.reason)", tile: job.tile,
            group: job.groupID, job: job.id, item: published.id))
      }
      for name in standIns {
        happenings.append(
          Happening(
            .groupChanged, "\(job.groupID): \(name) taken in place of a view that is left out", tile: job.tile,
            group: job.groupID, job: job.id, item: published.id))
      }
      let limits = isWithinLimits ? "" : ", outside the limits"
      let bright = brighterBy.map {
        ", its anchor \(String(format: "%.3f", $0)) brighter than the other views in every band"
      }
      let late = running?.reason == nil ? "" : ", before its job could be given up"
      happenings.append(
        Happening(
          .itemPublished, "\(published.id): published\(limits)\(bright ?? "")\(late)", tile: job.tile,
          group: job.groupID,
          job: job.id,
          item: published.id))
    }
    row.item = item?.id ?? row.item
    job.item = item?.id
    happenings.append(
      Happening(
        .jobFinished, "\(job.groupID): \(job.reason)", tile: job.tile, group: job.groupID, job: job.id, item: item?.id))
    // Its products may belong to other groups meanwhile, or be more.
    if row.state != .dissolved {
      let isWhole = row.inputs == job.inputs
      row.state = isWhole ? .published : .open
      row.reason = isWhole ? GroupDecision.published.reason : "its products changed while it was worked on"
      row.until = nil
    }
    row.changed = now
    let saved = (row, job, attempt, item)
    let members = group.group.revisits.flatMap { revisit in
      revisit.parts.map { (location: $0.location, revisit: revisit.key.description) }
    }
    try await commit(happenings) { [isNew, job, reasons] ledger in
      for member in members {
        guard var product = try ledger.product(at: member.location), product.groupID == job.groupID else { continue }
        product.publishedIn = job.groupID
        if let reasons { product.leftOut = reasons[member.revisit] }
        try ledger.save(product)
      }
      try ledger.save(saved.0)
      try ledger.save(saved.1)
      try ledger.save(saved.2)
      // What is published under a name that was published before is told of again.
      if let item = saved.3, try isNew || !ledger.hasItem(item.id) { try ledger.save(item) }
    }
    // Where that could not be written down, it is tried again.
    flushedDuringJob.remove(job.groupID)
    publishedCount += count
    if saved.0.inputs == saved.0.doneInputs, !saved.0.isFlushed { planned[job.groupID]?.group = nil }
    knownOfStore.take(outcome.item, of: job.groupID)
    // Its window was published now, whatever came in before it while that was worked on.
    staleTiles.insert(job.tile)
    aftercare.note([job.tile])
  }
}

extension ItemRow {
  init(_ item: PublishedItem, group: String, now: Date) {
    self.init(
      id: item.id, groupID: group, tile: item.tile.name, revision: item.revision, folder: item.folder,
      created: item.created, recorded: now)
  }
}

extension JobOutcome {
  /// The item that the group has now, as far as this job knows.
  fileprivate var item: PublishedItem? {
    switch self {
    case .published(let item, _, _, _, _), .unchanged(let item): item
    case .nothingUsable: nil
    }
  }
}
