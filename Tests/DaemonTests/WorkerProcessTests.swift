import Control
import Foundation
import Geometry
import Glibc
import Ledger
import Publishing
import Simulation
import Synchronization
import TestSupport
import Testing

/// The worker processes of a daemon, as the system lists them, once they are what they are going to be: a process that is
/// stopped before it has become another program keeps its parent waiting.
func workers(of identifier: Int32) -> [Int32] {
  let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/task")) ?? []
  return tasks.flatMap { task -> [Int32] in
    let text = try? String(contentsOfFile: "/proc/\(identifier)/task/\(task)/children", encoding: .utf8)
    return (text ?? "").split(separator: " ").compactMap { Int32($0) }
  }.filter { worker in
    let words = try? String(contentsOfFile: "/proc/\(worker)/cmdline", encoding: .utf8)
    return words?.contains("\0work\0") == true
  }
}

/// Whether a process has a file in `folder` open.
func hasOpen(_ folder: String, _ process: Int32) -> Bool {
  let place = "/proc/\(process)/fd"
  return ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).contains {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(place)/\($0)"))?.hasPrefix(folder) == true
  }
}

/// A scene whose job takes seconds, also on a fast machine: there is time to see it.
func longJob(_ plan: inout SimulationPlan) { plan.scene = .drawn(RasterSize(rows: 240, columns: 240)) }

/// Kills worker processes of a daemon as soon as they are there, from a thread of its own: tasks wait for each other.
final class WorkerHunter: Sendable {
  private let isOver = Mutex(false)

  /// - Parameter isPrey: which of them.
  init(of identifier: Int32, where isPrey: @escaping @Sendable (Int32) -> Bool = { _ in true }) {
    Thread { [self] in
      while !isOver.withLock({ $0 }) {
        for worker in workers(of: identifier) where isPrey(worker) { Glibc.kill(worker, SIGKILL) }
        usleep(500)
      }
    }.start()
  }

  func end() { isOver.withLock { $0 = true } }
}

extension DaemonTests {
  /// Signals the worker processes while a job is under way; one that looked at products may still be there, idle.
  func signalDuringAJob(_ number: Int32, _ daemon: RunningDaemon) async throws {
    let isSent = try await eventually { () -> Bool? in
      guard try await daemon.status()?.running != nil else { return nil }
      // It is there soon, and is at work soon after.
      try await Task.sleep(for: .milliseconds(300))
      let workers = workers(of: daemon.processIdentifier)
      guard try await daemon.status()?.running != nil, !workers.isEmpty else { return nil }
      return workers.filter { Glibc.kill($0, number) == 0 }.isEmpty ? nil : true
    }
    #expect(isSent == true)
  }

  @Test func aWorkerThatIsKilledCostsAnAttemptAndNothingElse() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", change: longJob)
    try daemon.configure([], method: "highresnet")
    try drop(paths, into: daemon.drop)
    try daemon.start()
    let identifier = daemon.processIdentifier
    try await signalDuringAJob(SIGKILL, daemon)
    let items = try await daemon.waitForItems(1)
    #expect(items.first?.revision == 1)
    #expect(daemon.processIdentifier == identifier && Glibc.kill(identifier, 0) == 0, "the daemon lives on")
    #expect(daemon.log.contains("the worker process was ended by signal 9 (killed)"))
  }

  @Test func aWorkerThatHangsIsEndedAndItsWorkDoneAgain() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", change: longJob)
    try daemon.configure(["stuck_after_seconds: 5"], method: "highresnet")
    try drop(paths, into: daemon.drop)
    try daemon.start()
    try await signalDuringAJob(SIGSTOP, daemon)
    #expect(try await daemon.waitForItems(1).first?.revision == 1)
    #expect(daemon.log.contains("it had finished nothing for 5 s"))
  }

  /// A revisit in two parts: their scene classes are counted for the plan, on a disk that does not answer. Words of the
  /// operator are obeyed meanwhile, and the count is made again once its process was ended.
  @Test func aDiskThatHangsUnderAPlanHoldsUpNoWordAndIsGivenUp() async throws {
    let daemon = try RunningDaemon("lateness_days: 3660", "stuck_after_seconds: 8")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2) {
      $0.scene = .drawn(RasterSize(rows: 1200, columns: 1200))
      $0.splitRevisits = [1]
    }
    try #require(paths.count == 3)
    try drop(paths, into: daemon.drop)
    try daemon.start()
    let isPlanned = try await eventually { try await daemon.products().count { $0.role != nil } == 3 ? true : nil }
    #expect(isPlanned == true)
    // Started again without what it has counted, it has nothing to do but to count. That takes little time: it may have to
    // be started several times.
    var isCaught = false
    for _ in 0..<6 where !isCaught {
      daemon.kill()
      try await Ledger(path: daemon.folder.path + "/state/ledger.sqlite").write {
        try $0.keep(classCounts: [], tile: "31TCJ")
      }
      try daemon.start()
      let (identifier, folder, end) = (daemon.processIdentifier, daemon.drop, ContinuousClock.now + .seconds(8))
      while !isCaught, ContinuousClock.now < end {
        for worker in workers(of: identifier) where hasOpen(folder, worker) {
          isCaught = Glibc.kill(worker, SIGSTOP) == 0
        }
      }
    }
    try #require(isCaught)
    _ = try await eventually { try await daemon.status() }
    let (identifier, asked) = (daemon.processIdentifier, ContinuousClock.now)
    guard case .done = try await daemon.ask(.hold(subject: "31TCJ")) else {
      Issue.record("no hold")
      return
    }
    #expect(asked.duration(to: .now) < .seconds(4))
    func isCounting() async throws -> Bool {
      guard case .explanation(let explanation) = try await daemon.ask(.explain(subject: "31TCJ")) else { return false }
      return explanation.sentences.contains { $0.contains("scene classes of a revisit in several parts") }
    }
    #expect(try await isCounting())
    let isCounted = try await eventually { () -> Bool? in
      guard daemon.log.contains("it had finished nothing for 8 s") else { return nil }
      return try await isCounting() ? nil : true
    }
    #expect(isCounted == true)
    let isHeld = try await eventually { try await daemon.groups().first?.state == "held" ? true : nil }
    #expect(isHeld == true)
    #expect(Glibc.kill(identifier, 0) == 0 && daemon.processIdentifier == identifier)
  }

  @Test func anIdleDaemonHoldsNothingThatPixelsNeed() async throws {
    let daemon = try RunningDaemon()
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    let isAlone = try await eventually { workers(of: daemon.processIdentifier).isEmpty ? true : nil }
    #expect(isAlone == true, "its workers have gone")
    let maps = try String(contentsOfFile: "/proc/\(daemon.processIdentifier)/maps", encoding: .utf8)
    #expect(!maps.contains("libgdal") && !maps.contains("libopenblas"))
  }

  /// Whatever keeps worker processes from beginning, the daemon neither spins nor blames the products.
  @Test func workersThatNeverBeginAreWaitedFor() async throws {
    let daemon = try RunningDaemon()
    try daemon.start()
    _ = try await eventually { try await daemon.status()?.mode == "working" ? true : nil }
    let identifier = daemon.processIdentifier
    let hunter = WorkerHunter(of: identifier)
    let began = ContinuousClock.now
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    let isSaid = try await eventually { daemon.log.contains("3 products cannot be looked at") ? true : nil }
    #expect(isSaid == true)
    try await Task.sleep(for: .seconds(4))
    let tries = daemon.log.components(separatedBy: "products cannot be looked at").count - 1
    // retry_first_seconds is 1.
    let most = Int(began.duration(to: .now).components.seconds) + 2
    hunter.end()
    #expect((2...most).contains(tries), "\(tries)")
    #expect(try await daemon.products().allSatisfy { $0.state == "arriving" })
    #expect(try await daemon.waitForItems(1).count == 1)
  }

  @Test func aProductThatAlwaysEndsItsWorkerIsRefusedAndLookedAtAgain() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 1) {
      $0.scene = .drawn(RasterSize(rows: 600, columns: 600))
    }
    try drop(paths, into: daemon.drop)
    try daemon.start()
    // Whoever has a file of it open dies: a stand-in for a decoder that a product brings down.
    let (identifier, folder) = (daemon.processIdentifier, daemon.drop)
    let hunter = WorkerHunter(of: identifier) { hasOpen(folder, $0) }
    let refused = try await eventually { try await daemon.products().first { $0.state == "refused" } }
    hunter.end()
    #expect(refused?.reason.contains("ended by signal 9 (killed), 3 times") == true)
    guard let refused, case .done = try await daemon.ask(.retry(subject: refused.location)) else {
      Issue.record("no retry")
      return
    }
    #expect(try await daemon.waitForItems(1).count == 1)
  }
}
