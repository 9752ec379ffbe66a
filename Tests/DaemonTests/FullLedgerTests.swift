import Control
import Foundation
import GRDB
import Publishing
import TestSupport
import Testing

/// A ledger that takes no more, as on a full disk: the daemon says so and waits, it does not go round in circles. A
/// trigger in the running daemon's database stands for the disk.
extension DaemonTests {
  private func refuse(
    _ daemon: RunningDaemon, _ condition: String, of change: String = "UPDATE"
  ) throws -> () throws -> Void {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    let queue = try DatabaseQueue(path: daemon.folder.path + "/state/ledger.sqlite", configuration: configuration)
    let trigger = "CREATE TRIGGER full BEFORE \(change) ON \(condition) BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    try queue.write { try $0.execute(sql: trigger) }
    return { try queue.write { try $0.execute(sql: "DROP TRIGGER full") } }
  }

  private func count(_ text: String, in daemon: RunningDaemon) -> Int {
    daemon.log.components(separatedBy: text).count - 1
  }

  @Test func aPlanThatCannotBeWrittenDownIsTriedAgainLater() async throws {
    let daemon = try RunningDaemon("lateness_days: 3660")
    let paths = try await makeProducts(daemon.folder.path + "/p")
    try drop(Array(paths.prefix(2)), into: daemon.drop)
    try daemon.start()
    _ = try await eventually { try await daemon.groups().first { $0.usable == 2 && $0.state == "open" } }
    let mend = try refuse(daemon, "revisitGroup WHEN NEW.inputs <> OLD.inputs")
    let began = ContinuousClock.now
    try drop([paths[2]], into: daemon.drop)
    _ = try await eventually { self.count("its groups cannot be planned", in: daemon) > 0 ? true : nil }
    #expect(try await daemon.status()?.problems.contains { $0.contains("31TCJ: its groups cannot be planned") } == true)
    _ = try? await daemon.ask(.flush(subject: "31TCJ"))
    try await Task.sleep(for: .seconds(4))
    let seconds = Int(began.duration(to: .now).components.seconds) + 1
    #expect(count("its groups cannot be planned", in: daemon) <= seconds + 2)
    guard case .jobs(let jobs) = try await daemon.ask(.jobs) else {
      Issue.record("no jobs")
      return
    }
    #expect(jobs.count <= 2, "\(jobs.count) jobs")
    try mend()
    _ = try await eventually { try await daemon.groups().first { $0.usable == 3 } }
    #expect(try await daemon.status()?.problems.isEmpty == true)
    guard case .done = try await daemon.ask(.flush(subject: "31TCJ")) else {
      Issue.record("no flush")
      return
    }
    #expect(try await daemon.waitForItems(1).count == 1)
  }

  @Test func whatCannotBeWrittenDownOfProductsIsLookedAtAgainLater() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 1)
    try daemon.start()
    _ = try await eventually { try await daemon.status()?.mode == "working" ? true : nil }
    let mend = try refuse(daemon, "product WHEN NEW.state = 'accepted'")
    let began = ContinuousClock.now
    try drop(paths, into: daemon.drop)
    let words = "what was found out about products cannot be written down"
    _ = try await eventually { self.count(words, in: daemon) > 0 ? true : nil }
    try await Task.sleep(for: .seconds(4))
    let seconds = Int(began.duration(to: .now).components.seconds) + 1
    #expect(count(words, in: daemon) <= seconds + 2)
    try mend()
    #expect(try await daemon.waitForItems(1).count == 1)
  }

  /// While nothing can be written down, whoever asks is told; the journal once.
  @Test func aFullLedgerIsAProblemUntilItIsNot() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 1)
    try daemon.start()
    _ = try await eventually { try await daemon.status()?.mode == "working" ? true : nil }
    let mend = try refuse(daemon, "product", of: "INSERT")
    try drop(paths, into: daemon.drop)
    let problem = try await eventually {
      try await daemon.status()?.problems.first { $0.contains("disk is full") }
    }
    #expect(problem != nil, "\(daemon.log)")
    try await Task.sleep(for: .seconds(12))
    #expect(count("disk is full", in: daemon) == 1, "\(daemon.log)")
    try mend()
    #expect(try await daemon.waitForItems(1).count == 1)
    #expect(try await daemon.status()?.problems == [])
    #expect(daemon.log.contains("works again"))
  }

  /// After a stop the ledger is one file, with all that there is in it.
  @Test func aStoppedDaemonLeavesAWholeLedger() async throws {
    let daemon = try RunningDaemon()
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 1), into: daemon.drop)
    try daemon.start()
    #expect(try await daemon.waitForItems(1).count == 1)
    daemon.signal(SIGTERM)
    #expect(try await daemon.waitForExit() == 0)
    let state = daemon.folder.path + "/state"
    let copy = daemon.folder.path + "/copy.sqlite"
    try FileManager.default.copyItem(atPath: state + "/ledger.sqlite", toPath: copy)
    let published = try await DatabaseQueue(path: copy).read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM revisitGroup WHERE state = 'published'")
    }
    #expect(published == 1)
  }
}
