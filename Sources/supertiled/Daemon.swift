internal import Control
internal import Foundation
internal import Ledger
internal import Logging
internal import Networks
internal import Pipeline
internal import Settings
internal import Storage
internal import Supervision
internal import SystemdAdapter
internal import Watching
internal import Work

/// The parts of the daemon, put together.
struct Daemon {
  let settings: Settings
  /// Path of the configuration, read again by a reload.
  let configuration: String
  let log: Logger

  /// - Throws: `ConfigurationError`.
  static func loadSettings(_ path: String, mayBeEmpty: Bool = true) throws(ConfigurationError) -> Settings {
    var settings = try Settings.load(path, mayBeEmpty: mayBeEmpty)
    // systemd's CacheDirectory=, which may name several.
    let cache = ProcessInfo.processInfo.environment["CACHE_DIRECTORY"]?.split(separator: ":").first
    if settings.run.scratch == nil, let cache { settings.run.scratch = String(cache) }
    return settings
  }

  /// Works until it is told to stop.
  func run() async throws {
    // While nothing runs yet there is nothing to stop or to read again.
    let signals = Signals { signal in if signal != SIGHUP { exit(0) } }
    defer { withExtendedLifetime(signals) {} }
    try Folder.make(settings.state)
    guard let lock = try FileLock.tryAcquire(settings.state + "/supertiled.lock") else {
      throw ControlError("\(settings.state): another supertiled works here; stop it, or choose another daemon.state")
    }
    defer { withExtendedLifetime(lock) {} }
    try Folder.make(Folder.parent(of: settings.socket))
    let (wake, progress) = (Wake(), ProgressClock())
    let bench = Self.bench()
    let ledger = try Ledger(path: settings.ledgerPath)
    let supervisor = try Supervisor(
      settings: settings, ledger: ledger,
      card: try await Self.loadModel(settings, of: configuration, on: bench), intakeBench: bench,
      jobBench: Self.bench(), log: log,
      wake: wake, progress: progress)
    try await supervisor.openStore()
    let watcher = DropWatcher(folders: watched(settings)) { event in
      Task { await supervisor.noticed(event) }
    } onProblem: { text in
      Task { await supervisor.complain(text) }
    }
    let reloader = Reloader(daemon: self, supervisor: supervisor, watcher: watcher)
    await supervisor.setReload { await reloader.reload() }
    do { try settings.checkPlaces(configuration) } catch { await supervisor.complain("\(error)") }
    Self.checkFolders(settings, of: configuration, supervisor)
    signals.handle { signal in
      switch signal {
      case SIGHUP: Task { await reloader.reload() }
      default: Task { await supervisor.stop() }
      }
    }
    defer {
      watcher.stop()
      // Nothing is lost where that fails: the files beside it hold the rest.
      do { try ledger.close() } catch { log.error("\(error)") }
    }
    try await work(supervisor, progress)
  }

  /// Says what is wrong with the folders, on a thread of its own: a disk may not answer.
  static func checkFolders(_ settings: Settings, of configuration: String, _ supervisor: Supervisor) {
    Thread.detachNewThread {
      do { try settings.checkFolders(configuration) } catch {
        let text = "\(error)"
        Task { await supervisor.complain(text) }
      }
    }
  }

  /// A place for processes that are this program again, as a worker; of this very version, whatever was installed
  /// meanwhile.
  private static func bench() -> WorkBench { WorkBench(program: "/proc/self/exe", arguments: ["work"]) }

  /// Sees to it that the models load, and that no limit is set to which no job could keep.
  /// - Throws: `ConfigurationError`, and `WorkerDeath` where nothing could be found out.
  static func loadModel(_ settings: Settings, of configuration: String, on bench: WorkBench) async throws -> ModelCard {
    do {
      guard case .model(let card) = try await bench.ask(.loadModels(settings.run)) else {
        throw ControlError("the worker process answered something else than was asked")
      }
      try MemoryPlan.check(settings.run, card: card)
      return card
    } catch let error as WorkFailure {
      throw ConfigurationError(configuration, "\(error)")
    } catch let error as MemoryPlanError {
      throw ConfigurationError(configuration, "\(error)")
    }
  }

  /// Runs everything side by side until the supervisor has ended, or until one fails.
  private func work(_ supervisor: Supervisor, _ progress: ProgressClock) async throws {
    let (settings, server) = (settings, ControlServer(supervisor))
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await server.serve(socket: settings.socket)
        return false
      }
      if let port = settings.httpPort {
        group.addTask {
          try await server.serve(loopbackPort: port)
          return false
        }
      }
      group.addTask {
        await ServiceReporter(supervisor: supervisor, progress: progress).run()
        return false
      }
      group.addTask {
        try await supervisor.run()
        return true
      }
      do {
        while let isDone = try await group.next() {
          if isDone { break }
        }
      } catch {
        // What runs is given up in good order, and why is told at the end.
        await supervisor.stop()
        throw error
      }
      group.cancelAll()
    }
  }
}

/// Drop folders that events are asked for.
func watched(_ settings: Settings) -> [String] { settings.dropFolders.filter { !$0.isPolled }.map(\.path) }
