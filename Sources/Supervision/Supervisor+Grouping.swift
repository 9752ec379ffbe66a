internal import Settings
internal import Workers
internal import Foundation
internal import Grouping
internal import Ledger
internal import Networks
internal import Pipeline
internal import Product
internal import Publishing

extension Supervisor {
  /// Makes the plans of stale tiles anew. One that cannot be planned is tried again later, and holds up no other.
  func planStaleTiles() async throws {
    for tile in staleTiles.sorted() where unplannable[tile]?.isOver ?? true {
      // At the start, that may be years of products.
      progress.supervisorWentRound()
      staleTiles.remove(tile)
      do {
        if try await plan(tile) { (unplannable[tile], planProblems[tile]) = (nil, nil) }
      } catch {
        staleTiles.insert(tile)
        let wait = unplannable[tile, default: Delay()].extend(by: retryRules)
        let problem = "\(tile): its groups cannot be planned: \(error)"
        planProblems[tile] = problem
        record(Happening(.problem, "\(problem); tried again in \(wait) s", tile: tile))
      }
    }
  }

  /// - Returns: false where scene classes have to be counted first: the tile is stale again then.
  private func plan(_ tile: String) async throws -> Bool {
    let (rows, old, items) = try await ledger.read {
      (try $0.products(tile: tile), try $0.groups(tile: tile), try $0.items(tile: tile))
    }
    // What was published into another store is no matter of this one's, once that has said what it holds.
    let (store, isKnown) = (store, knownOfStore.isKnown)
    let own = items.filter { !isKnown || store.holds($0.folder) }
    let published = Dictionary(own.map { ($0.groupID, $0.created) }, uniquingKeysWith: min)
      .merging(knownOfStore.groups, uniquingKeysWith: min)
    // Also of groups that were dissolved since, as by another length of windows, and are back.
    let finished = Set(old.filter { $0.doneInputs != nil }.map(\.id)).union(published.keys)
    func isPublished(_ row: ProductRow) -> Bool { row.publishedIn.map(finished.contains) == true }
    // What was published from belongs there, also where it is gone or no longer does: nothing poorer takes the place.
    let known = rows.filter { row in
      guard row.knownProduct != nil, !isHeld(row) else { return false }
      return row.state == .accepted || row.state == .gone && row.product != nil || isPublished(row)
    }
    let copies = ProductCopies(known, held: rows.filter(isHeld), bands: card.bands, isScanned: isScanned)
    if !copies.unreadable.isEmpty {
      try await forget(copies.unreadable, of: tile)
      return true
    }
    // Of split datastrips, classifications are read.
    let failure = classes.failures.removeValue(forKey: tile)
    let lost =
      failure == nil
      ? copies.gone : copies.gone.union(copies.taken.map(\.row).filter(isPublished).map(\.location))
    let products = copies.taken.map(\.located)
    guard try seeToClasses(of: products, tile, lost: lost, failure: failure) else { return false }
    let counted = classes
    let groups = try await TileGroups(products, options: settings.run, published: published) {
      try counted.counts(of: $0, tile, lost: lost)
    }
    let changes = TileChanges(
      tile, groups, of: copies, products: rows, held: rows.filter(isHeld), before: old, shown: knownOfStore.products,
      anchors: knownOfStore.anchors, now: Date())
    if !changes.products.isEmpty || !changes.groups.isEmpty {
      try await commit(changes.happenings) { ledger in
        for row in changes.groups { try ledger.save(row) }
        for row in changes.products { try ledger.save(row) }
      }
    }
    // The plan and what is written of it are the same, or both are those from before.
    planned = planned.filter { $0.value.facts.tile != tile }.merging(changes.planned) { $1 }
    // What came later is done with, too.
    aftercare.forget(past: changes.products.compactMap(\.groupID))
    return true
  }

  /// What the ledger says of these products cannot be used, as after a change of the program or of the model: they are
  /// looked at again.
  private func forget(_ rows: [ProductRow], of tile: String) async throws {
    let changed = rows.map { row in
      var row = row
      (row.product, row.lastProduct, row.signature) = (nil, nil, nil)
      row.state = row.state == .gone ? .gone : .arriving
      row.reason = "what is known of it does not do for this program or model; looked at again"
      row.changed = Date()
      return row
    }
    try await commit(
      changed.map {
        Happening(.productChanged, "\($0.location): \($0.reason)", product: $0.name ?? $0.location, tile: tile)
      }
    ) { ledger in for row in changed { try ledger.save(row) } }
    try await lookAgain(changed.filter { $0.state != .gone }, missing: [])
    for row in changed {
      if let folder = settings.dropFolders.first(where: { $0.name == row.drop }) { note(row, in: folder) }
    }
    staleTiles.insert(tile)
  }

  /// By itself, whatever is held around it.
  func isHeld(_ row: ProductRow) -> Bool {
    holds.contains(row.location) || row.name.map(holds.contains) == true
  }

  /// So long a group has the place in the queue of a job that was withdrawn, seconds: what keeps it open may take a day.
  private static let placeKept: TimeInterval = 2 * 86_400

  /// Decides about every group and queues jobs.
  /// - Returns: when the next decision could turn out differently.
  func decideGroups() async throws -> ContinuousClock.Instant? {
    let now = Date()
    // What may never come, and what lies where nobody can look, holds up nobody.
    let awaited = arriving.filter { $0.value.until > .now && lookouts.silentFolder(of: [$0.key]) == nil }
    let awaitedOf = Dictionary(grouping: awaited.values, by: \.tile)
    let (active, all) = try await ledger.read { (try $0.jobs([.queued, .running]), try $0.allGroups()) }
    let rows = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
    // Longer ago than that nobody waits for.
    accepted = accepted.filter { .now - $0.value < .seconds(groupRules.quiet) }
    let retires = settings.dropFolders.contains { $0.whenDone != .keep }
    var next: Date?
    // Of what closes at once the newest is worked on first, whichever tile it is of.
    let order = planned.sorted {
      let (one, other) = (rows[$0.key]?.windowStart ?? .distantPast, rows[$1.key]?.windowStart ?? .distantPast)
      return one != other ? one > other : $0.key < $1.key
    }
    for (id, plan) in order {
      guard var row = rows[id], !classes.areWanted(row.tile), !staleTiles.contains(row.tile) else { continue }
      var facts = row.facts(missing: plan.facts.missing)
      let coming = awaitedOf[row.tile]?.filter { $0.mayChange(windowEndingAt: row.windowEnd) } ?? []
      facts.arriving = coming.map(\.name).sorted()
      facts.arrivingUntil = coming.map(\.time).max()
      facts.sinceArrival = plan.locations.compactMap { accepted[$0] }.max().map { (.now - $0) / .seconds(1) }
      facts.holder = [row.tile, id].first(where: holds.contains) ?? facts.holder
      planned[id]?.facts = facts
      let decision = decide(facts, rules: groupRules, now: now)
      let job = active.last { $0.groupID == id }
      // What is being worked on stays so; a queued job goes where its group no longer wants it.
      if job?.state == .running { continue }
      var withdrawn: JobRow?
      if let job, decision.state != .closed || job.inputs != row.inputs { withdrawn = job }
      if job != nil, withdrawn == nil { continue }
      if case .published = decision, retires, let time = seeToProducts(of: row, now) {
        next = next.map { min($0, time) } ?? time
      }
      let before = row
      row.take(decision)
      if let until = decision.until { next = next.map { min($0, until) } ?? until }
      guard row != before || withdrawn != nil || decision.state == .closed else { continue }
      row.changed = now
      var happenings: [Happening] = []
      if row.state != .closed, row.state != before.state || row.reason != before.reason {
        happenings.append(
          Happening(.groupChanged, "\(id): \(row.state.rawValue): \(row.reason)", tile: row.tile, group: id))
      }
      withdrawn?.state = .withdrawn
      withdrawn?.reason = "its group changed before the work began"
      withdrawn?.ended = now
      var new: JobRow?
      if case .close(let reason) = decision {
        new = JobRow(groupID: id, tile: row.tile, reason: reason, inputs: row.inputs, now: now)
        // What came in meanwhile costs no place in the queue.
        if let last = try await ledger.read({ try $0.jobs(group: id).last }) {
          let isRecent = last.ended.map { abs(now.timeIntervalSince($0)) < Self.placeKept } ?? false
          if last.id == withdrawn?.id || last.state == .withdrawn && isRecent { new?.place = last.place ?? last.id }
        }
        happenings.append(Happening(.jobQueued, "\(id): closes: \(reason)", tile: row.tile, group: id))
      }
      let saved = (row, withdrawn, new)
      try await commit(happenings) { ledger in
        try ledger.save(saved.0)
        if let job = saved.1 { try ledger.save(job) }
        if let job = saved.2 { _ = try ledger.add(job) }
      }
    }
    return next.map { .now + .seconds(max(0.1, $0.timeIntervalSince(now))) }
  }
}
