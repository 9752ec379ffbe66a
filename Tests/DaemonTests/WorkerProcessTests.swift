import Control
import Foundation
import Geometry
import Glibc
import Publishing
import Simulation
import TestSupport
import Testing

/// The worker processes of a daemon, as the system lists them, once they are what they are going to be: a process that is
/// stopped before it has become another program keeps its parent waiting.
private func workers(of identifier: Int32) -> [Int32] {
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
private func hasOpen(_ folder: String, _ process: Int32) -> Bool {
  let place = "/proc/\(process)/fd"
  return ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).contains {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(place)/\($0)"))?.hasPrefix(folder) == true
  }
}

extension DaemonTests {
  /// Signals the worker processes while a job is under way; one that looked at products may still be there, idle.
  private func signalDuringAJob(_ number: Int32, _ daemon: RunningDaemon) async throws {
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
    let paths = try await makeProducts(daemon.folder.path + "/p")
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
    let paths = try await makeProducts(daemon.folder.path + "/p")
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
    try drop(Array(paths.dropFirst()), into: daemon.drop)
    try daemon.start()
    let accepted = try await eventually { () -> [ProductAnswer]? in
      let products = try await daemon.products().filter { $0.role != nil }
      return products.count == 2 ? products : nil
    }
    let before = try #require(accepted)
    // Only for the count does a worker read again what was accepted.
    let (identifier, folders) = (daemon.processIdentifier, before.map(\.location))
    let hunter = Task { () -> Bool in
      while !Task.isCancelled {
        for worker in workers(of: identifier) where folders.contains(where: { hasOpen($0, worker) }) {
          return Glibc.kill(worker, SIGSTOP) == 0
        }
        await Task.yield()
      }
      return false
    }
    try drop([paths[0]], into: daemon.drop)
    _ = try await eventually { try await daemon.products().count { $0.state == "accepted" } == 3 ? true : nil }
    #expect(await hunter.value)
    let asked = ContinuousClock.now
    guard case .done = try await daemon.ask(.hold(subject: "31TCJ")) else {
      Issue.record("no hold")
      return
    }
    #expect(asked.duration(to: .now) < .seconds(4))
    guard case .explanation(let explanation) = try await daemon.ask(.explain(subject: "31TCJ")) else { return }
    #expect(explanation.sentences.contains { $0.contains("scene classes of a revisit in several parts") })
    let isPlanned = try await eventually { () -> Bool? in
      let roles = try await daemon.products().compactMap(\.role)
      return roles.count == 3 ? true : nil
    }
    #expect(isPlanned == true)
    #expect(daemon.log.contains("it had finished nothing for 8 s"))
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
    let hunter = Task {
      while !Task.isCancelled {
        for worker in workers(of: identifier) { Glibc.kill(worker, SIGKILL) }
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    let isSaid = try await eventually { daemon.log.contains("3 products cannot be looked at") ? true : nil }
    #expect(isSaid == true)
    try await Task.sleep(for: .seconds(4))
    hunter.cancel()
    // retry_first_seconds is 1.
    let tries = daemon.log.components(separatedBy: "products cannot be looked at").count - 1
    #expect((2...7).contains(tries), "\(tries)")
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
    let hunter = Task {
      while !Task.isCancelled {
        for worker in workers(of: identifier) where hasOpen(folder, worker) { Glibc.kill(worker, SIGKILL) }
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    let refused = try await eventually { try await daemon.products().first { $0.state == "refused" } }
    hunter.cancel()
    #expect(refused?.reason.contains("ended by signal 9 (killed), 3 times") == true)
    guard let refused, case .done = try await daemon.ask(.retry(subject: refused.location)) else {
      Issue.record("no retry")
      return
    }
    #expect(try await daemon.waitForItems(1).count == 1)
  }
}
