internal import Geometry
internal import Networks
internal import Work
internal import Foundation
internal import Intake
internal import Ledger
internal import Pipeline
internal import Product
internal import Settings
internal import Watching

extension Supervisor {
  /// Seconds in which a worker must finish something when the daemon stops.
  static let longestLastWork = 120

  /// A product that so often ended the process that looked at it is refused.
  private static let mostDeaths = 3

  /// What became of looking at a product.
  struct Look: Sendable {
    var location: String
    var waiting: Examinations.Waiting
    var result: Result<Examined, any Error>
  }

  /// A product that was looked at.
  struct Examined: Sendable {
    var report: IntakeReport
    /// Of its files, unchanged while they were looked at; nil where they changed.
    var signature: String?
  }

  /// Begins to look at products at rest, unless that goes on already.
  func startExamining() {
    guard mode != .stopping else { return }
    let batch = examinations.begin(outside: lookouts.silent)
    guard !batch.isEmpty else { return }
    let (bands, verifyChecksums) = (card.bands, settings.run.verifyChecksums)
    let (bench, progress) = (intakeBench, progress)
    progress.workBegan(.intake)
    Task {
      let looks = await withTaskGroup(of: Look.self) { group in
        for (location, waiting) in batch {
          group.addTask {
            do {
              let answer = try await bench.ask(
                .examine(path: location, bands: bands, verifyChecksums: verifyChecksums)
              ) { _ in progress.workWentOn(.intake) }
              guard case .examined(let report, let signature) = answer else { throw OddAnswer() }
              let examined = Examined(report: report, signature: signature)
              return Look(location: location, waiting: waiting, result: .success(examined))
            } catch { return Look(location: location, waiting: waiting, result: .failure(error)) }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      progress.workEnded(.intake)
      await self.finishExamining(looks)
    }
  }

  private func finishExamining(_ looks: [Look]) async {
    await turnstile.enter()
    defer { turnstile.leave() }
    var examined: [(Look, Examined)] = []
    for look in looks {
      switch look.result {
      case .success(let one):
        examinations.acquit(look.location)
        examined.append((look, one))
      case .failure(let death as WorkerDeath)
      where death.hadBegun && !lookouts.silent.contains(look.waiting.folder.path):
        if let one = suspect(look, death) { examined.append((look, one)) }
      case .failure:
        examinations.wait(for: look.location, look.waiting)
      }
    }
    waitIfNothingBegan(looks)
    do { try await take(examined) } catch {
      // They are looked at again, which reads them whole.
      let wait = min(60, settings.retryFirstSeconds)
      examinations.pause(seconds: wait)
      record(.problem, "what was found out about products cannot be written down: \(error); tried again in \(wait) s")
      for (look, _) in examined { examinations.wait(for: look.location, look.waiting) }
    }
    examinations.end()
    wake.call()
  }

  /// Where the process could not be started, or ended before it had turned to any product, none of them is to blame: they
  /// are looked at again after a while.
  private func waitIfNothingBegan(_ looks: [Look]) {
    var failure: (any Error)?
    for look in looks {
      guard case .failure(let error) = look.result, (error as? WorkerDeath)?.hadBegun != true else { return }
      failure = error
    }
    guard let failure else { return }
    let wait = min(60, settings.retryFirstSeconds)
    examinations.pause(seconds: wait)
    record(.problem, "\(looks.count) products cannot be looked at: \(failure); tried again in \(wait) s")
  }

  /// The process ended while it looked at a product: it is looked at again, alone, and refused if that goes on.
  private func suspect(_ look: Look, _ death: WorkerDeath) -> Examined? {
    let deaths = examinations.died(at: look.location)
    record(
      Happening(
        .problem, "\(look.location): while it was looked at, \(death) (\(deaths) of \(Self.mostDeaths))",
        product: ProductName((look.location as NSString).lastPathComponent)?.stem ?? look.location))
    guard deaths >= Self.mostDeaths else {
      examinations.wait(for: look.location, look.waiting)
      // It may be the disk that does not answer: then its folder does not, either.
      folders.scan(look.waiting.folder.name)
      return nil
    }
    examinations.acquit(look.location)
    let problem = IntakeProblem(
      subject: look.location, found: "that \(death), \(deaths) times, while it looked at this", expected: "a product",
      advice: "get the product again from its source, and please report it if that does not help")
    let report = IntakeReport(location: look.location, name: nil, outcome: .refused([problem]))
    // Where no scan saw its files, one that no files have: they are never taken for looked at.
    return Examined(report: report, signature: look.waiting.signature ?? "")
  }

  /// Ends the processes that finish nothing; whoever asked them hears of it.
  func endStuckWork() {
    // Nobody who stops a service waits as long as work may take.
    let limit = mode == .stopping ? min(Self.longestLastWork, settings.stuckAfterSeconds) : settings.stuckAfterSeconds
    let benches: [(ProgressClock.Worker, WorkBench, String)] = [
      (.intake, intakeBench, "intake"), (.classes, intakeBench, "intake"), (.job, jobBench, "job"),
    ]
    for (worker, bench, name) in benches {
      guard let age = progress.age(of: worker), age > .seconds(limit) else { continue }
      let reason = "ended, since it had finished nothing for \(limit) s"
      if bench.kill(reason) { record(.problem, "the \(name)'s worker process is stuck: it is \(reason)") }
    }
  }

  /// Writes down what was found.
  private func take(_ examined: [(Look, Examined)]) async throws {
    let locations = examined.map(\.0.location)
    let rows = try await ledger.read { ledger in try locations.map { try ledger.product(at: $0) } }
    var arrivals: [String: ContentArrivals] = [:]
    var changes: [(ProductRow, Happening)] = []
    for ((look, one), row) in zip(examined, rows) {
      guard var row, let signature = one.signature else {
        // Changed while it was looked at, or gone: the next scan sees to it.
        folders.scan(look.waiting.folder.name)
        continue
      }
      row.signature = signature
      row.changed = Date()
      row.name = one.report.name ?? row.name
      if let name = row.name.flatMap({ ProductName($0) }) { row.tile = name.tile.name }
      let kind: EventKind
      switch one.report.outcome {
      case .accepted(let product):
        kind = .productAccepted
        if arrivals[product.name] == nil {
          arrivals[product.name] = ContentArrivals(try await ledger.read { try $0.products(named: product.name) })
        }
        row.accepted = arrivals[product.name]?.arrival(of: product.contents, now: row.changed)
        row.lastProduct = nil
        accepted[row.location] = .now
        row.state = .accepted
        row.name = product.name
        row.tile = product.tile.name
        row.product = String(decoding: try JSONEncoder().encode(product), as: UTF8.self)
        row.reason = "complete and verified"
      case .incomplete(let problems) where one.report.isUnread:
        // Nothing was found out about it. Scans have it looked at again; where none come, a job that needs it does.
        guard isScanned(row) || row.product == nil else { continue }
        kind = .problem
        row.signature = nil
        row.loseProduct()
        row.state = .arriving
        row.reason = problems.map(\.description).joined(separator: " ")
      case .incomplete(let problems):
        kind = .productIncomplete
        row.state = .incomplete
        row.loseProduct()
        row.reason = problems.map(\.description).joined(separator: " ")
      case .refused(let problems):
        kind = .productRefused
        row.state = .refused
        row.loseProduct()
        row.reason = problems.map(\.description).joined(separator: " ")
      }
      changes.append(
        (
          row,
          Happening(kind, "\(row.location): \(row.reason)", product: row.name ?? row.location, tile: row.tile)
        ))
    }
    let saved = changes.map(\.0)
    touches.touch(saved.map(\.location))
    try await commit(changes.map(\.1)) { ledger in for row in saved { try ledger.save(row) } }
    for (look, _) in examined {
      guard let saved = saved.first(where: { $0.location == look.location }) else { continue }
      note(saved, in: look.waiting.folder)
      if let tile = saved.tile { staleTiles.insert(tile) }
    }
  }
}

/// A worker process answered something else than was asked.
struct OddAnswer: Error, CustomStringConvertible {
  let description = "the worker process answered something else than was asked"
}
