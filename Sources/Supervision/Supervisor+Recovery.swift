internal import Geometry
internal import Workers
internal import Foundation
internal import Ledger
internal import Work
internal import Pipeline
internal import Publishing
internal import Settings
internal import Storage

extension Supervisor {
  /// Takes up what the ledger remembers: jobs during which the daemon died go on, items that they had published are
  /// recorded, everything is planned anew.
  func recover() async throws {
    let (attempts, jobs) = try await ledger.read { (try $0.openAttempts(), try $0.jobs([.running])) }
    (holds, staleTiles) = try await ledger.read { (try $0.holds(), try $0.tiles()) }
    try await followProducts(in: settings.dropFolders)
    // Not all that are known: that may be years of them.
    let products = try await ledger.read { try $0.products([.arriving, .refused, .incomplete]) }
    classes.take(try await ledger.read { try $0.allClassCounts() })
    // How many revisions stay may have been changed.
    if settings.keepRevisions != nil { aftercare.note(staleTiles) }
    try await lookAgain(products.filter { $0.state == .arriving && !isScanned($0) }, missing: [])
    // What kept a product from being read may have been mended where its files do not show it, as by another group of the
    // daemon's user.
    let doubted = products.filter { $0.state != .arriving }
      .map { $0.doubted("looked at again since the daemon has started") }
    if !doubted.isEmpty { try await ledger.write { ledger in for row in doubted { try ledger.save(row) } } }
    try await lookAgain(doubted.filter { !isScanned($0) }, missing: [])
    var happenings = [Happening(.started, "supertiled \(SupertileVersion.current) has started")]
    var groups: [GroupRow] = []
    var interrupted: [JobRow] = []
    for var job in jobs {
      let isDeath = attempts.contains { $0.jobID == job.id }
      if isDeath { job.interruptions += 1 }
      job.state = .queued
      let text = "\(job.groupID): the daemon died during the work (\(job.interruptions) in a row); it goes on"
      happenings.append(
        Happening(.jobInterrupted, text, tile: job.tile, group: job.groupID, job: job.id))
      if decide(interruptions: job.interruptions, rules: retryRules) == .stop,
        var group = try await ledger.read({ [job] in try $0.group(job.groupID) })
      {
        job.state = .failed
        job.ended = Date()
        job.reason = "the daemon died \(job.interruptions) times in a row during the work"
        group.failures += 1
        group.failedInputs = job.inputs
        group.failureKind = FailureKind.defect.rawValue
        group.failure = job.reason
        groups.append(group)
        happenings.append(
          Happening(
            .jobStopped, "\(job.groupID): \(job.reason)", tile: job.tile, group: job.groupID, job: job.id))
      }
      interrupted.append(job)
    }
    // Also of jobs that were given up for the stop. Those of a store that cannot be looked at are found again before the
    // next job of their tile begins (`recordOwn`).
    let begun = try await ledger.read { ledger in
      try ledger.jobs([.queued]).filter { job in try job.id.map { try !ledger.attempts(job: $0).isEmpty } ?? false }
    }
    let items = (try? await unrecordedItems(interrupted + begun)) ?? []
    let store = store
    await learnPublishedGroups()
    // Of jobs that were killed, whether or not another one follows.
    let scratch = settings.run.scratch ?? store.layout.privateFolder
    try? await helpers.run { try ScratchFolder.sweep(in: scratch) }
    startRepairingCatalogues()
    let closed = attempts.map { attempt in
      var attempt = attempt
      attempt.outcome = .interrupted
      attempt.ended = Date()
      return attempt
    }
    let saved = (groups, interrupted)
    try await commit(happenings) { ledger in
      for group in saved.0 { try ledger.save(group) }
      for job in saved.1 { try ledger.save(job) }
      for attempt in closed { try ledger.save(attempt) }
      for item in items where try !ledger.hasItem(item.id) { try ledger.save(item) }
    }
  }

  /// Asks the store for what was published from, also without the ledger that it was written down in, and by other runs.
  /// Where a part of it cannot be looked at, that is asked again later.
  func learnPublishedGroups() async {
    let store = store
    let history: Result<Store.History, any Error>
    do {
      if let problem = try await absence(of: store.layout) {
        guard store.layout == self.store.layout else { return }
        return meetStoreProblem(problem, isAway: true)
      }
      history = .success(try await helpers.run { try store.history() })
    } catch { history = .failure(error) }
    // Another store may have been turned to meanwhile.
    guard store.layout == self.store.layout else { return }
    switch history {
    case .success(let history):
      take(history)
      do {
        try await followItems(history)
        if mode == .starting {
          try await noteLostLedger(history)
        } else {
          try await followProducts(in: settings.dropFolders)
        }
      } catch { meetMoves(error) }
      // Said again some other time, where the ledger cannot be asked now.
      if history.problem == nil, (try? await noteMissing(history)) == true {
        // What somebody removed is to be in no catalogue either.
        startRepairingCatalogues()
      }
    case .failure(let error): meetStoreProblem(Self.unread("\(error)"))
    }
    wake.call()
  }

  /// Beside the rounds: another process may hold the catalogues for long.
  private func startRepairingCatalogues() {
    let store = store
    Task {
      do { try await helpers.run { try store.repairCatalogues() } } catch { record(.problem, "\(error)") }
    }
  }

  func take(_ history: Store.History) {
    for (text, tile) in knownOfStore.take(history) { record(Happening(.problem, text, tile: tile)) }
    staleTiles.formUnion(planned.values.map(\.facts.tile))
    if let problem = history.problem { return meetStoreProblem(Self.unread(problem)) }
    if knownOfStore.overcome() { record(.recovered, "the store \(store.layout.root): can be read again") }
  }

  private static func unread(_ text: String) -> String {
    "\(text); what was published from is not known as a whole until that can be read"
  }

  func meetStoreProblem(_ problem: String, isAway: Bool = false) {
    if knownOfStore.meet(problem, isAway: isAway, rules: retryRules) { record(.problem, problem) }
  }

  /// Something lies in the store that cannot be read as an item.
  func note(damage text: String, tile: String) {
    if knownOfStore.note(damage: text, tile: tile) { record(Happening(.problem, text, tile: tile)) }
  }

  /// Asks again, beside the rounds, where it is time for that.
  func startLearning() {
    startLookingForStore()
    guard knownOfStore.beginLook() else { return }
    Task { await self.learnPublishedGroups() }
  }

  /// Items of the tiles that were worked on, which may have been published just before the daemon died.
  private func unrecordedItems(_ jobs: [JobRow]) async throws -> [ItemRow] {
    let store = store
    let tiles = Set(jobs.map(\.tile))
    return try await helpers.run {
      try store.layout.tiles().filter { tiles.contains($0.name) }.flatMap { try store.items(of: $0).items }
        .map { ItemRow($0, group: $0.group, now: Date()) }
    }
  }

  /// Waits until a job that was given up has ended; one that gets nowhere is ended.
  func finishRunning() async {
    // A job that begins at this very moment has begun then, or does not.
    await turnstile.enter()
    turnstile.leave()
    // On its own: in a task that was cancelled, as after the failure of a server, no wait lasts and the ledger takes nothing.
    await Task {
      while self.running != nil {
        self.endStuckWork()
        await self.wake.wait(until: .now + .seconds(1))
      }
      try? await self.commit([Happening(.stopping, "supertiled stops")])
    }.value
  }
}
