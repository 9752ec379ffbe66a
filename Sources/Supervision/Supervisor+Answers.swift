package import Control
internal import Foundation
internal import Geometry
internal import Ledger
internal import Pipeline
internal import Publishing
internal import Settings

extension Supervisor: ControlHandler {
  /// What was begun is done, also where whoever asked waits no longer.
  package func answer(_ request: ControlRequest) async -> ControlAnswer {
    await Task { await self.obey(request) }.value
  }

  private func obey(_ request: ControlRequest) async -> ControlAnswer {
    do {
      switch request {
      case .status: return .status(try await status())
      case .products:
        let rows = try await ledger.read { try $0.productsInShort() }
        return .products(rows.map { ProductAnswer($0, isHeld: isHeld($0)) })
      case .groups: return .groups(try await ledger.read { try $0.allGroups() }.map { GroupAnswer($0) })
      case .jobs: return .jobs(try await jobs())
      case .explain(let subject): return try await explain(Self.plain(subject))
      case .retry(let subject): return try await retry(Self.plain(subject))
      case .hold(let subject): return try await hold(Self.plain(subject), true)
      case .release(let subject): return try await hold(Self.plain(subject), false)
      case .flush(let subject): return try await flush(Self.plain(subject))
      case .drain(let isOn):
        setDraining(isOn)
        record(.command, isOn ? "drain: no further job begins" : "drain off: jobs begin again")
        return .done(
          isOn ? "no further job begins; `supertile drain --off` ends that, and so does a restart" : "jobs begin again")
      case .reload:
        guard let reload else { return .refused("this daemon cannot reload") }
        switch await reload() {
        case .taken(let note): return .done("the configuration was taken\(note)")
        case .refused(let reason): return .refused(reason)
        }
      }
    } catch { return .refused("\(error)") }
  }

  /// A subject as people and shells write it: `./X.SAFE/`, `t31tcj`.
  private static func plain(_ subject: String) -> String {
    var text = subject[...]
    while text.count > 1, text.hasSuffix("/") { text.removeLast() }
    while text.hasPrefix("./") { text.removeFirst(2) }
    return MGRSTile(text.uppercased())?.name ?? String(text)
  }

  package func status() async throws -> StatusAnswer {
    let (products, groups, jobs) = try await ledger.read { ledger in
      (try ledger.counts("product"), try ledger.counts("revisitGroup"), try ledger.counts("job"))
    }
    return StatusAnswer(
      version: SupertileVersion.current, mode: mode.rawValue, started: started,
      dropFolders: settings.dropFolders.map(\.path), store: settings.store, products: products, groups: groups,
      jobs: jobs,
      running: running.map {
        StatusAnswer.Running(
          job: $0.job.id ?? 0, group: $0.job.groupID, step: $0.step.name, share: $0.step.share,
          started: $0.attempt.started, secondsLeft: $0.step.secondsLeft)
      }, waiting: waitingReason,
      problems: troubles.texts + folders.problems.values.sorted()
        + [knownOfStore.problem, hooks.delay()].compactMap(\.self)
        + planProblems.values.sorted()
        + Self.firstFew(hooks.problems.values.sorted()) { "of \($0) more items hooks fail" }
        + Self.firstFew(knownOfStore.damaged.values.joined().sorted()) { "\($0) more items cannot be read" }
        + Self.firstFew(aftercare.problems.values.joined().sorted()) {
          "\($0) more cannot be done for products and revisions"
        } + passedOverProblems,
      published: publishedCount, failures: failureCount)
  }

  private func jobs() async throws -> [JobAnswer] {
    try await ledger.read { ledger in
      try ledger.latestJobs(1000).map { job in
        JobAnswer(
          id: job.id ?? 0, group: job.groupID, state: job.state.rawValue, reason: job.reason,
          attempts: try ledger.attempts(job: job.id ?? 0).count, created: job.created, ended: job.ended, item: job.item)
      }
    }
  }

  package func ailment() async -> String? {
    switch progress.stagnation(rules: progressRules) {
    case .supervisor: "the supervisor is stuck"
    case .workers: "the workers have finished nothing for \(settings.stuckAfterSeconds) s"
    case nil: troubles.texts.first ?? folders.problems.values.min() ?? knownOfStore.problem ?? planProblems.values.min()
    }
  }

  /// The first of some, and how many more there are.
  static func firstFew(_ all: [String], most: Int = 5, _ more: (Int) -> String) -> [String] {
    all.count <= most ? all : all.prefix(most) + [more(all.count - most)]
  }

  package func unreadiness() async -> String? { mode == .working ? nil : mode.rawValue }
}

extension ProductAnswer {
  init(_ row: ProductRow, isHeld: Bool) {
    var reason = row.state == .accepted ? row.roleReason ?? row.reason : row.reason
    if let leftOut = row.leftOut {
      let plan = row.role == "anchor" && row.state == .accepted ? "was to be the anchor: \(reason)" : reason
      reason = "\(plan); left out of what was published: \(leftOut)"
    }
    self.init(
      name: row.name, location: row.location, drop: row.drop, tile: row.tile, state: row.state.rawValue,
      reason: isHeld ? "held by the operator; \(reason)" : reason, group: row.groupID,
      role: row.isLeftOut ? "left_out" : row.role, since: row.changed)
  }
}

extension GroupAnswer {
  init(_ row: GroupRow) {
    self.init(
      id: row.id, tile: row.tile, windowStart: row.windowStart, windowEnd: row.windowEnd, state: row.state.rawValue,
      reason: row.reason, until: row.until, revisits: row.revisits, usable: row.usable, item: row.item)
  }
}
