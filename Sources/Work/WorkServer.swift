internal import Foundation
internal import Geometry
internal import Intake
internal import Networks
internal import Pipeline
internal import Product
internal import Publishing
internal import Stacking
internal import Storage
private import Synchronization
internal import Watching
internal import Workers

/// The worker process's side: does what the daemon asks for on standard input, and answers on standard output. It knows
/// nothing of the ledger, and ends with the daemon, however that ends.
package struct WorkServer: Sendable {
  private let output: LineWriter
  /// Products are looked at two at a time.
  private let examiners = DispatchSemaphore(value: 2)
  /// What the daemon waits for before it goes on: never behind a batch of products.
  private let helpers = DispatchSemaphore(value: 1)

  /// Serves until standard input ends; does not return.
  package static func serve() async -> Never {
    // The daemon decides when work is given up, not who signals the whole group of processes.
    for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
    // If memory is short, the worker goes before the daemon, which then says so.
    try? Data("500".utf8).write(to: URL(fileURLWithPath: "/proc/self/oom_score_adj"))
    // Whatever writes to standard output by mistake must not get between the answers.
    let answers = dup(STDOUT_FILENO)
    dup2(STDERR_FILENO, STDOUT_FILENO)
    let server = WorkServer(output: LineWriter(answers))
    let thread = Thread {
      server.listen()
      _exit(0)
    }
    thread.name = "supertile.orders"
    thread.start()
    while true { try? await Task.sleep(for: .seconds(86_400)) }
  }

  private func listen() {
    var input = LineReader(STDIN_FILENO)
    let underway = Underway()
    while let order = input.next(WorkOrder.self) {
      switch order.word {
      case .cancel: underway.cancel(order.number)
      case .begin(let request): underway.begin(order.number) { await answer(request, order.number) }
      }
    }
  }

  private func answer(_ request: WorkRequest, _ number: Int) async {
    let ticker = Ticker { output.send(WorkReport(number: number, word: .progress)) }
    do {
      let answer: WorkAnswer
      switch request {
      case .loadModels(let options):
        answer = .model(try await on(helpers, number) { try ShippedModel.loadAll(options).card })
      case .examine(let path, let bands, let verifyChecksums):
        let options = IntakeOptions(bands: bands, verifyChecksums: verifyChecksums)
        answer = try await on(examiners, number) {
          let before = DropScan.look(at: path)?.signature
          let report = examine(path, options: options) { _ in ticker.tick() }
          return .examined(report, signature: DropScan.look(at: path)?.signature == before ? before : nil)
        }
      case .countClasses(let parts):
        answer = .counted(try await on(helpers, number) { try mosaickedClassCounts(parts) })
      case .run(let order):
        output.send(WorkReport(number: number, word: .began))
        answer = .ran(try await run(order, number, ticker))
      }
      output.send(WorkReport(number: number, word: .done(answer)))
    } catch {
      output.send(WorkReport(number: number, word: .failed(WorkFailure(error))))
    }
  }

  private func on<Output: Sendable>(
    _ lane: DispatchSemaphore, _ number: Int, _ work: @escaping @Sendable () throws -> Output
  ) async throws -> Output {
    try await WorkerPool(workers: 1).run {
      lane.wait()
      defer { lane.signal() }
      output.send(WorkReport(number: number, word: .began))
      return try work()
    }
  }

  private func run(_ order: JobOrder, _ number: Int, _ ticker: Ticker) async throws -> JobOutcome {
    var store = try Store(path: order.store, collection: order.options.collection)
    store.linksPredecessors = order.linksPredecessors
    let pipeline = Pipeline(
      options: order.options, model: try ShippedModel.load(order.options.model), store: store,
      workers: WorkerPool(workers: order.options.workers) { ticker.tick() }, version: SupertileVersion.current)
    let outcome = try await pipeline.run(order.group) { event in
      switch event {
      case .progress(let name, let share): output.send(WorkReport(number: number, word: .step(name, share)))
      case .replacement(let text): output.send(WorkReport(number: number, word: .remark(text)))
      case .damagedItem(let text): output.send(WorkReport(number: number, word: .complaint(text)))
      case .waitingForTile: break
      }
    }
    switch outcome {
    case .nothingUsable: return .nothingUsable
    case .unchanged(let item): return .unchanged(item)
    case .published(let item, let certificate, let leftOut, let standIns):
      return .published(
        item, isWithinLimits: certificate.isWithinLimits || certificate.consistency == "none",
        brighterBy: certificate.anchorBrighterBy,
        leftOut: leftOut.map { JobOutcome.LeftOutView(name: $0.name, reason: $0.reason ?? "") },
        standIns: standIns.map(\.name))
    }
  }
}

/// What is being answered, by number.
private final class Underway: Sendable {
  private let tasks = Mutex<[Int: Task<Void, Never>]>([:])

  func begin(_ number: Int, _ work: @escaping @Sendable () async -> Void) {
    // The lock keeps it from ending before it is known.
    tasks.withLock { tasks in
      tasks[number] = Task {
        await work()
        self.end(number)
      }
    }
  }

  func cancel(_ number: Int) { tasks.withLock { $0[number]?.cancel() } }

  private func end(_ number: Int) { tasks.withLock { $0[number] = nil } }
}

/// Passes on that something was finished, a few times a second at most.
private final class Ticker: Sendable {
  private let last = Mutex(ContinuousClock.now)
  private let call: @Sendable () -> Void

  init(_ call: @escaping @Sendable () -> Void) { self.call = call }

  func tick() {
    let isDue = last.withLock { last in
      guard last.duration(to: .now) > .milliseconds(250) else { return false }
      last = .now
      return true
    }
    if isDue { call() }
  }
}
