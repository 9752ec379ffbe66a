internal import Geometry
internal import Settings
internal import Foundation
internal import Grouping
internal import Ledger
internal import Pipeline
internal import Publishing
internal import Storage
internal import Watching
internal import Work
internal import Workers

extension Supervisor {
  /// Turns to the next job, unless one is running or looked at already. What it needs is looked at beside the rounds: a
  /// disk may take its time.
  func startJob() async throws {
    if let preparing {
      guard let findings = preparing.findings else { return try await losePatience(with: preparing) }
      self.preparing = nil
      try await begin(preparing.job, findings)
      // Nothing came of it: the next one.
      if running == nil, jobsNotBefore == nil { wake.call() }
      return
    }
    guard running == nil, mode == .working, jobsNotBefore.map({ $0 <= .now }) ?? true else { return }
    jobsNotBefore = nil
    // What a tile's group is to be made of is not known while scene classes are counted.
    let queued = try await ledger.read { try $0.jobs([.queued]) }.filter {
      !classes.areWanted($0.tile) && !staleTiles.contains($0.tile)
    }
    let silent = queued.map { planned[$0.groupID].flatMap { lookouts.silentFolder(of: $0.viewLocations) } }
    guard let first = silent.firstIndex(of: nil), let id = queued[first].id else {
      let folder = silent.first.flatMap(\.self)
      waitingReason = folder.map { "\($0) does not answer, where products of \(queued[0].groupID) lie" }
      return
    }
    let job = queued[first]
    guard let group = planned[job.groupID]?.group, group.inputs == job.inputs else {
      return try await withdraw(job, "its group changed before the work began")
    }
    let preparation = Preparation(job: id, locations: group.viewLocations)
    preparing = preparation
    Task { await self.prepare(group, preparation) }
  }

  /// Looks at the products and at the store. What comes of it is taken up by a round.
  private func prepare(_ group: RunPlan.Group, _ preparation: Preparation) async {
    do {
      var findings = Preparation.Findings(changed: try await changedProducts(group))
      preparation.turnToStore()
      if findings.changed.isEmpty { try await lookAtStore(for: group, &findings) }
      preparation.end(.success(findings))
    } catch { preparation.end(.failure(error)) }
    wake.call()
  }

  /// Begins a job, if all is as it was when it was turned to.
  private func begin(_ id: Int64, _ found: Result<Preparation.Findings, any Error>) async throws {
    guard running == nil, var job = try await ledger.read({ try $0.jobs([.queued]) }).first(where: { $0.id == id }),
      let group = planned[job.groupID]?.group, group.inputs == job.inputs, !classes.areWanted(job.tile)
    else { return }
    let findings: Preparation.Findings
    switch found {
    case .success(let good): findings = good
    case .failure(let error):
      record(Happening(.problem, "\(job.groupID) cannot begin: \(error)", tile: job.tile, group: job.groupID, job: id))
      return try await postpone(job, "\(error)")
    }
    if !findings.changed.isEmpty { return try await postpone(job, for: findings.changed) }
    if let occupation = findings.occupation { return try await postpone(job, occupation) }
    try await recordOwn(findings.published, of: job.tile)
    if knownOfStore.take(findings.published) {
      return try await withdraw(job, "others have published of its tile, which is planned anew")
    }
    if let shortage = findings.shortage {
      if waitingReason != shortage {
        waitingReason = shortage
        record(Happening(.jobWaiting, "\(job.groupID): \(shortage)", tile: job.tile, group: job.groupID, job: id))
      }
      jobsNotBefore = .now + .seconds(min(60, settings.retryFirstSeconds))
      return
    }
    waitingReason = nil
    // A stop or a drain may have come meanwhile.
    guard mode == .working else { return }
    job.state = .running
    let saved = job
    let attempt = try await ledger.write { ledger in
      try ledger.save(saved)
      return try ledger.add(AttemptRow(jobID: id, now: Date()))
    }
    record(
      Happening(
        .jobStarted, "\(job.groupID): work begins, \(group.selection.views.count) views", tile: job.tile,
        group: job.groupID, job: id))
    guard mode == .working else { return try await checkpoint(job, attempt, at: "start") }
    start(job, attempt, group)
  }

  /// Gives a job up whose products do not answer; the store is waited for, since no job goes without it.
  private func losePatience(with preparation: Preparation) async throws {
    guard preparation.turned + patience <= .now else { return }
    guard !preparation.isAtStore else {
      let text = "the store \(settings.store) does not answer"
      if waitingReason != text { record(.problem, text + "; no job begins until it does") }
      waitingReason = text
      return
    }
    preparing = nil
    for folder in settings.dropFolders where preparation.locations.contains(where: { $0.hasPrefix(folder.path + "/") })
    {
      folders.scan(folder.name)
      if !lookouts.isUnderway(folder.path) { fallSilent(folder) }
    }
    let queued = try await ledger.read { try $0.jobs([.queued]) }.first { $0.id == preparation.job }
    guard let job = queued, let first = preparation.locations.first else { return }
    try await postpone(job, "\(Folder.parent(of: first)) does not answer, where its products lie")
  }

  private func start(_ job: JobRow, _ attempt: AttemptRow, _ group: RunPlan.Group) {
    let (progress, bench, step) = (progress, jobBench, JobStep(buildings: ShippedModel.looksForBuildings(settings.run)))
    // A folder that does not answer is no reason to wait for what may not be wanted.
    let order = JobOrder(
      group: group.withoutReserves { lookouts.silentFolder(of: [$0]) != nil }, options: settings.run,
      store: settings.store, linksPredecessors: settings.keepRevisions == nil)
    progress.workBegan(.job)
    knownOfStore.forgetDamage(of: job.tile)
    let task = Task {
      let result: Result<JobOutcome, any Error>
      do {
        let answer = try await bench.ask(.run(order)) { news in
          progress.workWentOn(.job)
          switch news {
          case .step(let name, let share): step.set(name, share)
          case .complaint(let text): Task { await self.note(damage: text, tile: job.tile) }
          case .remark(let text):
            Task { await self.record(Happening(.problem, text, tile: job.tile, group: job.groupID)) }
          case .lives: break
          }
        }
        guard case .ran(let outcome) = answer else { throw OddAnswer() }
        result = .success(outcome)
      } catch { result = .failure(error) }
      progress.workEnded(.job)
      // Written down by a task of its own: in one that was cancelled the ledger takes nothing.
      await Task { await self.finish(job, attempt, of: group, result, at: step.name) }.value
    }
    running = RunningJob(job: job, attempt: attempt, task: task, step: step, locations: Set(order.group.usedLocations))
  }

  /// - Parameter group: its group as it is from now on, where that changes.
  private func withdraw(_ job: JobRow, _ reason: String, group: GroupRow? = nil) async throws {
    var job = job
    job.state = .withdrawn
    job.reason = reason
    job.ended = Date()
    let saved = job
    try await commit(
      [Happening(.groupChanged, "\(job.groupID): \(reason)", tile: job.tile, group: job.groupID, job: job.id)]
    ) { ledger in
      try ledger.save(saved)
      if let group { try ledger.save(group) }
    }
    staleTiles.insert(job.tile)
    wake.call()
  }

  /// Products of the views that changed.
  private func changedProducts(_ group: RunPlan.Group) async throws -> [ChangedProduct] {
    let locations = group.viewLocations
    let rows = try await ledger.read { ledger in try locations.compactMap { try ledger.product(at: $0) } }
    return try await helpers.run { rows.compactMap(ChangedProduct.init) }
  }

  /// Products changed, or are not to be read: they are looked at again, and the group is tried later, as after a failure.
  /// At once it would close again where nothing comes of looking.
  private func postpone(_ job: JobRow, for changed: [ChangedProduct]) async throws {
    let first = changed[0]
    let location = first.row.location
    let reason =
      first.isThere ? "the files of \(location) changed before the work began" : "\(location) cannot be read"
    try await lookAgain(changed)
    try await postpone(job, reason)
  }

  private func postpone(_ job: JobRow, _ reason: String) async throws {
    guard var row = try await ledger.read({ try $0.group(job.groupID) }) else { return }
    row.takeFailure(.environment, reason, of: job.inputs)
    row.notBefore = Date().addingTimeInterval(backoff(failures: row.failures, rules: retryRules))
    try await withdraw(job, reason, group: row)
  }

  /// Whether there is a store, space in it, and nobody else at work on the tile; what was published of it.
  private func lookAtStore(for group: RunPlan.Group, _ findings: inout Preparation.Findings) async throws {
    let needs = SpaceForecast(group, options: settings.run)
    let reserve = settings.reserveMiB << 20
    let scratch = settings.run.scratch ?? store.layout.privateFolder
    let (settings, tile) = (settings, group.group.tile)
    let rounds = aftercare.rounds
    let isTended = aftercare.isUnderway(tile.name)
    if let problem = try await absence(of: store.layout) {
      findings.shortage = problem
      return
    }
    (findings.shortage, findings.occupation, findings.published) = try await helpers.run {
      // Its own folders may have gone since the start, as with a disk that was put in place of another.
      let store = try Store(path: settings.store, collection: settings.run.collection)
      return (
        try needs.shortage(scratch: scratch, store: store.layout.root, reserve: reserve),
        try store.tryLockTile(tile) == nil ? "another process works on tile \(tile.name) in the store" : nil,
        try store.items(of: tile).items
      )
    }
    // Retention takes the lock for a moment, maybe since the question was asked; the job then waits for it.
    if isTended || aftercare.rounds != rounds { findings.occupation = nil }
  }
}
