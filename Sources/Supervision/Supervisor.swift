internal import Grouping
internal import Foundation
package import Ledger
package import Logging
package import Networks
internal import Pipeline
internal import Publishing
internal import Storage
package import Settings
package import Watching
package import Work
internal import Workers

/// The daemon's head: sees to it that what lies in the drop folders becomes published items. It decides by pure
/// functions (`decide`), remembers in the ledger before it acts, and leaves pixels to the pipeline.
///
/// Blocking work runs on Dispatch workers, and whatever opens a product in processes of its own; the actor itself only
/// thinks.
package actor Supervisor {
  /// What the supervisor is about.
  package enum Mode: String, Sendable, Codable { case starting, working, draining, stopping }

  let ledger: Ledger
  let log: Logger
  let wake: Wake
  let progress: ProgressClock
  /// Scans, hooks and the like: little work, which may wait for a disk.
  let helpers: WorkerPool
  let started = Date()
  /// Whoever reads rows and writes them back passes here: steps, ends of jobs and of examinations, commands.
  let turnstile = Turnstile()

  package internal(set) var settings: Settings
  package internal(set) var mode = Mode.starting
  var card: ModelCard
  /// Of the newest configuration that was taken.
  private var takenNumber = 0
  /// Processes that look at products, and one that works on a job: neither can end the daemon.
  package let intakeBench: WorkBench
  let jobBench: WorkBench
  var store: Store
  var arrivals = Arrivals()
  var folders = DropFolderStates()
  /// Looks into drop folders that are under way, and what was changed while they were.
  var lookouts = Lookouts()
  var touches = Touches()
  var examinations = Examinations()
  /// Products that hold up the groups of their tile, by location.
  var arriving: [String: Arriving] = [:]
  /// Tiles whose plan is no longer true.
  var staleTiles: Set<String> = []
  var planned: [String: PlannedGroup] = [:]
  /// Scene classes of revisits in several parts: see `Supervisor+Classes`.
  var classes = SplitClasses()
  var holds: Set<String> = []
  var running: RunningJob?
  /// The next job, while it is seen whether it can begin.
  var preparing: Preparation?
  /// No job starts before: too little space, or the ledger could not be written.
  var jobsNotBefore: ContinuousClock.Instant?
  var waitingReason: String?
  /// No job is to begin from the moment on that one could.
  private var isToDrain = false
  var hooks = HookRounds()
  /// Products that are done with, and old revisions.
  var aftercare = Aftercare()
  /// Tiles of which old revisions are being removed.
  var retiring: Set<String> = []
  /// What is being removed of products that were taken away.
  var removing: Set<String> = []
  /// Tiles that cannot be planned, and when that is tried again.
  var unplannable: [String: Delay] = [:]
  /// Why, by tile.
  var planProblems: [String: String] = [:]
  var knownOfStore = StoreKnowledge()
  /// Groups that the operator wants closed, said while they were worked on.
  var flushedDuringJob: Set<String> = []
  /// Of store and scratch, by what they are.
  var freeBytes: [String: Int] = [:]
  var isMeasuring = false
  var publishedCount = 0
  var failureCount = 0
  /// Nothing has been worked on since the memory for it was let go.
  private var isTidy = false
  var unsavedHappenings: [(Happening, Date)] = []
  var clock = ClockWatch()
  /// When products were found complete by this process, by location.
  var accepted: [String: ContinuousClock.Instant] = [:]

  /// What fails again and again.
  var troubles = Troubles()

  /// What came of reading the configuration again.
  package enum Reload: Sendable {
    /// - Parameter note: what the operator should know; empty for nothing.
    case taken(note: String)
    case refused(String)
  }
  /// Reads the configuration again. Set by whoever knows where it lies.
  var reload: (@Sendable () async -> Reload)?

  package func setReload(_ reload: @escaping @Sendable () async -> Reload) { self.reload = reload }

  package init(
    settings: Settings, ledger: Ledger, card: ModelCard, intakeBench: WorkBench, jobBench: WorkBench, log: Logger,
    wake: Wake, progress: ProgressClock
  ) throws {
    self.settings = settings
    self.ledger = ledger
    self.card = card
    self.intakeBench = intakeBench
    self.jobBench = jobBench
    self.log = log
    self.wake = wake
    self.progress = progress
    helpers = WorkerPool(workers: 1)
    // `openStore` makes it.
    store = try Store(path: settings.store, collection: settings.run.collection, readOnly: true)
  }

  /// Works until `stop`.
  /// - Throws: `LedgerError` where the ledger cannot be read at the start; later errors are waited out.
  package func run() async throws {
    try await recover()
    while mode != .stopping {
      progress.supervisorWentRound()
      var next = ContinuousClock.now + .seconds(15)
      do {
        next = min(next, try await step())
        overcome("the daemon's round")
      } catch {
        meet("the daemon's round", "\(error)")
        next = .now + .seconds(5)
      }
      await wake.wait(until: next)
    }
    await finishRunning()
  }

  /// Goes round once.
  /// - Returns: when something is due next.
  private func step() async throws -> ContinuousClock.Instant {
    await turnstile.enter()
    defer { turnstile.leave() }
    let began = ContinuousClock.now
    watchClock()
    endStuckWork()
    startLearning()
    startExamining()
    let isSeen = hasSeenAll
    let rest = startScanning()
    let deadline = isSeen ? try await advance() : nil
    tidy()
    // What was due already when this round began, and is still there, waits for something else.
    let delays =
      (unplannable.values.map(\.notBefore) + aftercare.times
      + [jobsNotBefore, examinations.notBefore, knownOfStore.asking, hooks.notBefore].compactMap(\.self))
      .filter { $0 > began }
    return ([rest, deadline].compactMap(\.self) + delays).min() ?? .now + .seconds(15)
  }

  /// Plans, decides and begins what is to be done.
  /// - Returns: when a group is due next.
  private func advance() async throws -> ContinuousClock.Instant? {
    try await planStaleTiles()
    startCounting()
    let deadline = try await decideGroups()
    try await startJob()
    startHooks()
    startAftercare()
    if mode == .starting {
      mode = isToDrain ? .draining : .working
      record(.ready, "ready: \(settings.dropFolders.map(\.path).joined(separator: ", ")) -> \(settings.store)")
      wake.call()
    }
    return deadline
  }

  /// Tells of a wall clock that was set since the last look; while it is doubtful nothing is deleted (`clock`).
  func watchClock() {
    guard let jump = clock.jump() else { return }
    // Where there is nothing that could go there is nothing to say of it.
    let isCautious = jump > 0 && settings.dropFolders.contains { $0.whenDone != .keep }
    record(
      .problem,
      "the clock was set \(jump > 0 ? "ahead" : "back") by \(Int(abs(jump).rounded())) s"
        + (isCautious ? "; no product is moved or deleted for an hour, in case it is wrong" : ""))
  }

  /// Lets go, once, of what is in memory for work alone.
  private func tidy() {
    let isIdle = running == nil && examinations.underway.isEmpty && mode != .starting
    if isIdle, !isTidy { ProgramMemory.letGo() }
    isTidy = isIdle
  }

  /// Ends `run` soon; a job that is running is given up in good order and goes on after the next start.
  package func stop() {
    mode = .stopping
    running?.task.cancel()
    wake.call()
  }

  package func setDraining(_ isDraining: Bool) {
    isToDrain = isDraining
    // While it starts no job begins anyway.
    guard mode == .working || mode == .draining else { return }
    mode = isDraining ? .draining : .working
    waitingReason = nil
    wake.call()
  }

  /// Something happened in a drop folder.
  package func noticed(_ event: DropEvent) {
    if case .renamedIn(let path) = event { arrivals.markWhole(path) }
    for folder in settings.dropFolders {
      if case .renamedIn(let path) = event, !path.hasPrefix(folder.path + "/") { continue }
      // Bunches of events become one scan.
      folders.scan(folder.name, by: .now + .milliseconds(200))
    }
    wake.call()
  }

  /// Takes a new configuration; jobs that are running keep the old one.
  /// - Parameter number: of the configurations that were asked for.
  /// - Throws: `PublishingError`, `StorageError` where the new store cannot be used, `StoreAbsence`, `OvertakenReload`: the
  ///   configuration stays as it is then.
  package func take(_ settings: Settings, card: ModelCard, number: Int) async throws {
    var newStore: (Store, Store.History)?
    if (settings.store, settings.run.collection) != (self.settings.store, self.settings.run.collection) {
      let layout = try Store(path: settings.store, collection: settings.run.collection, readOnly: true).layout
      if let problem = try await absence(of: layout) { throw StoreAbsence(description: problem) }
      // Its disk may take its time.
      newStore = try await helpers.run {
        let store = try Store(path: settings.store, collection: settings.run.collection)
        return (store, try store.history())
      }
    }
    guard number > takenNumber else { throw OvertakenReload() }
    takenNumber = number
    // Before a scan finds them there, and takes them for new.
    do { try await followProducts(in: settings.dropFolders) } catch { meetMoves(error) }
    guard number == takenNumber else { throw OvertakenReload() }
    if let newStore {
      store = newStore.0
      knownOfStore = StoreKnowledge()
      take(newStore.1)
    } else {
      // What was damaged may have been mended.
      Task { await self.learnPublishedGroups() }
    }
    // What is being looked at for a job may be another store's.
    preparing = nil
    hooks.startAnew()
    self.card = card
    self.settings = settings
    folders = DropFolderStates()
    lookouts.forgetSilence()
    arriving = [:]
    aftercare.startAnew()
    (unplannable, planProblems) = ([:], [:])
    // What was waited for may be there by the new one, and what failed may not be asked for any more.
    (jobsNotBefore, waitingReason) = (nil, nil)
    troubles = Troubles()
    let tiles = planned.values.map(\.facts.tile)
    staleTiles.formUnion(tiles)
    if settings.keepRevisions != nil { aftercare.note(tiles) }
    do { if let newStore { try await followItems(newStore.1) } } catch { meetMoves(error) }
    wake.call()
  }

  /// The configuration's rules.
  var groupRules: GroupRules {
    GroupRules(
      fullAt: settings.run.selection.maxViews, lateness: settings.latenessDays * 86_400,
      quiet: TimeInterval(settings.quietSeconds), retry: retryRules)
  }
  var retryRules: RetryRules {
    RetryRules(
      first: TimeInterval(settings.retryFirstSeconds), longest: TimeInterval(settings.retryLongestSeconds),
      mostInterruptions: settings.mostInterruptions)
  }
  /// What is stuck is ended by then, unless that, too, is stuck.
  package var progressRules: ProgressRules { ProgressRules(workers: .seconds(settings.stuckAfterSeconds + 30)) }
}

/// A later configuration was taken while this one waited for a disk.
package struct OvertakenReload: Error, CustomStringConvertible {
  package let description = "a later reload was taken meanwhile, and its configuration counts"
}
