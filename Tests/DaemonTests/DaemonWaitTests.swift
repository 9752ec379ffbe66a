import Control
import Foundation
import Geometry
import Glibc
import Ledger
import Product
import Publishing
import Simulation
import TestSupport
import Testing

/// What a daemon waits for, and what it does not wait for.
extension DaemonTests {
  private func file(of product: String) -> String { (product as NSString).lastPathComponent }

  /// A job that waits for more space than there is.
  private func daemonWithAJobThatWaits() async throws -> RunningDaemon {
    let daemon = try RunningDaemon()
    try daemon.configure(["reserve_mib: 100000000"])
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    try daemon.start()
    let isShort = try await eventually { try await daemon.status()?.waiting?.contains("MiB") == true ? true : nil }
    #expect(isShort == true)
    return daemon
  }

  /// Processor time of the daemon so far, seconds.
  private func processorTime(_ daemon: RunningDaemon) throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(daemon.processIdentifier)/stat", encoding: .utf8)
    let words = try #require(text.split(separator: ")").last).split(separator: " ")
    return Double(try #require(Int(words[11])) + #require(Int(words[12]))) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// What a job waited for is over, and none may begin: nothing to do is nothing done.
  @Test func aDrainedDaemonWithAJobThatWaitsIsIdle() async throws {
    let daemon = try await daemonWithAJobThatWaits()
    guard case .done = try await daemon.ask(.drain(isOn: true)) else {
      Issue.record("no drain")
      return
    }
    try await Task.sleep(for: .seconds(3))
    let before = try processorTime(daemon)
    try await Task.sleep(for: .seconds(4))
    let used = try processorTime(daemon) - before
    #expect(used < 1, "\(used) s of processor time in 4 s")
  }

  /// `hold` takes the number of a job, too.
  @Test func aJobIsHeldByItsNumber() async throws {
    let daemon = try await daemonWithAJobThatWaits()
    guard case .jobs(let jobs) = try await daemon.ask(.jobs), let job = jobs.first else {
      Issue.record("no job")
      return
    }
    guard case .done = try await daemon.ask(.hold(subject: "\(job.id)")) else {
      Issue.record("no hold")
      return
    }
    guard case .explanation = try await daemon.ask(.explain(subject: "t31tcj")),
      case .explanation = try await daemon.ask(.explain(subject: daemon.products()[0].location + "/"))
    else {
      Issue.record("no explanation")
      return
    }
    let held = try await eventually { try await daemon.groups().first { $0.state == "held" } }
    #expect(held?.id == job.group)
    guard case .done = try await daemon.ask(.release(subject: "\(job.id)")) else {
      Issue.record("no release")
      return
    }
    let isReleased = try await eventually { try await daemon.groups().first { $0.state != "held" } }
    #expect(isReleased != nil)
  }

  /// A product that never comes holds up the work on its tile for a while, not for ever.
  @Test func aProductThatCannotBeReadHoldsUpItsTileForAWhile() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure([], drop: ", incomplete_after_hours: 0.002")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3) { $0.delivery.isZipped = true }
    try FileManager.default.createSymbolicLink(
      atPath: "\(daemon.drop)/\(file(of: paths[0]))", withDestinationPath: "/proc/self/mem")
    try daemon.start()
    let isUnread = try await eventually {
      try await daemon.products().first { $0.reason.contains("mend the disk") && $0.state == "arriving" }
    }
    #expect(isUnread != nil)
    try drop(Array(paths.dropFirst()), into: daemon.drop)
    #expect(try await daemon.waitForItems(1).count == 1)
    #expect(try await daemon.groups().first?.usable == 2)
  }

  /// Another process works on a tile, or its lock cannot be had: other tiles go first, and it is tried later each time.
  @Test(arguments: [true, false]) func aTileThatIsTakenWaitsAlone(isTaken: Bool) async throws {
    let daemon = try RunningDaemon()
    let place = "\(daemon.storePath)/.supertile/locks/31TCJ.lock"
    let store = try Store(path: daemon.storePath, collection: "sentinel-2-sr")
    let tile = try #require(MGRSTile("31TCJ"))
    var lock = isTaken ? try store.tryLockTile(tile) : nil
    #expect((lock != nil) == isTaken)
    if !isTaken { try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true) }
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    try daemon.start()
    let reason = isTaken ? "another process works on tile 31TCJ" : "31TCJ.lock"
    let waiting = try await eventually { try await daemon.groups().first { $0.state == "backoff" } }
    #expect(waiting?.reason.contains(reason) == true, "\(waiting?.reason ?? "")")
    try drop(try await makeProducts(daemon.folder.path + "/q", tile: "31TDJ", seed: 2), into: daemon.drop)
    #expect(try await eventually { try daemon.items().first }?.tile.name == "31TDJ")
    guard case .jobs(let jobs) = try await daemon.ask(.jobs) else {
      Issue.record("no jobs")
      return
    }
    #expect(jobs.count < 20, "\(jobs.count) jobs")
    lock = nil
    if !isTaken { try FileManager.default.removeItem(atPath: place) }
    #expect(try await daemon.waitForItems(2).count == 2)
  }

  /// A job whose worker hangs does not keep the daemon from stopping.
  @Test func aStopIsObeyedThoughAWorkerHangs() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure(["stuck_after_seconds: 8"], method: "highresnet")
    try drop(try await makeProducts(daemon.folder.path + "/p", change: longJob), into: daemon.drop)
    try daemon.start()
    try await signalDuringAJob(SIGSTOP, daemon)
    daemon.signal(SIGTERM)
    #expect(try await daemon.waitForExit(seconds: 40) == 0)
    #expect(daemon.log.contains("it had finished nothing for 8 s"))
    try daemon.start()
    #expect(try await daemon.waitForItems(1).first?.revision == 1)
    #expect(!daemon.log.contains("the daemon died"))
  }

  /// A store whose own folders went away is made ready again for the next job.
  @Test func aStoreThatWasEmptiedIsUsedAgain() async throws {
    let daemon = try RunningDaemon()
    try daemon.start()
    let isWorking = try await eventually { try await daemon.status()?.mode == "working" ? true : nil }
    #expect(isWorking == true)
    try FileManager.default.removeItem(atPath: daemon.storePath)
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    #expect(try await daemon.waitForItems(1).count == 1)
  }

  /// What a better version has replaced goes with the group of that; a version of one datastrip alone replaces nothing, and
  /// stays.
  @Test func onlyWhatIsReplacedIsDoneWith() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure([], drop: ", on_done: delete")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2) {
      $0.splitRevisits = [2]
      $0.reprocessings = [.init(revisit: 1, baseline: ProcessingBaseline(5, 12))]
    }
    #expect(paths.count == 4)
    let better = try await makeProducts(daemon.folder.path + "/q", revisits: 2) {
      $0.splitRevisits = [2]
      $0.delivery.baselines = [ProcessingBaseline(5, 12)]
    }
    let kept = try #require(better.last)
    try drop(paths + [kept], into: daemon.drop)
    // What an earlier daemon was killed over.
    let half = daemon.drop + "/.supertile-deleted/\(file(of: paths[0]))/GRANULE"
    try FileManager.default.createDirectory(atPath: half, withIntermediateDirectories: true)
    try daemon.start()
    #expect(try await daemon.waitForItems(1).count == 1)
    let isDone = try await eventually {
      try FileManager.default.contentsOfDirectory(atPath: daemon.drop) == [file(of: kept)] ? true : nil
    }
    #expect(isDone == true)
    let products = try await eventually {
      let products = try await daemon.products()
      return products.count { $0.reason == "done with; deleted" } == 4 ? products : nil
    }
    #expect(products != nil)
    let left = products?.first { $0.state == "accepted" }
    #expect(left?.role == "not_mixed" && left?.reason.contains("baselines are not mixed") == true)
  }

  /// Who may drop products must not be able to have the daemon remove what only it may: a link where products go that are
  /// deleted leads nowhere.
  @Test func aLinkWhereDeletedProductsGoIsNotFollowed() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure([], drop: ", on_done: delete")
    let trash = daemon.drop + "/.supertile-deleted"
    try FileManager.default.createDirectory(atPath: daemon.storePath, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: trash, withDestinationPath: daemon.storePath)
    let paths = try await makeProducts(daemon.folder.path + "/p")
    try drop(paths, into: daemon.drop)
    try daemon.start()
    #expect(try await daemon.waitForItems(1).count == 1)
    let problem = try await eventually { try await daemon.status()?.problems.first { $0.contains("not followed") } }
    #expect(problem?.contains(trash) == true, "\(problem ?? "nothing is said")")
    #expect(try daemon.items().count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: daemon.drop).count == paths.count + 1)
    // Without it they go.
    try FileManager.default.removeItem(atPath: trash)
    let isDone = try await eventually {
      try FileManager.default.contentsOfDirectory(atPath: daemon.drop).isEmpty ? true : nil
    }
    #expect(isDone == true)
    #expect(try daemon.items().count == 1)
  }

  /// A hook that hangs holds up other hooks, and nothing else.
  @Test func aHookThatHangsHoldsUpNoProducts() async throws {
    let folder = try TemporaryFolder()
    let hook = folder.path + "/hook"
    try Data("#!/bin/sh\necho >> \(folder.path)/calls\nexec sleep 200\n".utf8).write(to: URL(fileURLWithPath: hook))
    #expect(chmod(hook, 0o755) == 0)
    let daemon = try RunningDaemon()
    try daemon.configure(["hook_command: \(hook)"], drop: ", on_done: delete")
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    let isDone = try await eventually(seconds: 60) {
      try FileManager.default.contentsOfDirectory(atPath: daemon.drop).isEmpty ? true : nil
    }
    #expect(isDone == true)
    #expect(try String(contentsOfFile: folder.path + "/calls", encoding: .utf8) == "\n")
  }

  /// Nothing is removed of an item whose hook is at work on it; when that is over, no scan is waited for.
  @Test func whatAHookIsAtWorkOnIsRemovedAfterIt() async throws {
    let folder = try TemporaryFolder()
    let hook = folder.path + "/hook"
    let script = "#!/bin/sh\nsleep 3\n[ -d \"$1\" ] && echo \"$2\" >> \(folder.path)/seen\n"
    try Data(script.utf8).write(to: URL(fileURLWithPath: hook))
    #expect(chmod(hook, 0o755) == 0)
    let daemon = try RunningDaemon()
    try daemon.configure([
      "hook_command: \(hook)", "keep_revisions: 1",
      "drop_folders: [{name: drop, path: \(daemon.drop), settle_seconds: 1, rescan_seconds: 300}]",
    ])
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(Array(paths.prefix(2)), into: daemon.drop)
    try daemon.start()
    let first = try #require(try await daemon.waitForItems(1).first)
    try drop([paths[2]], into: daemon.drop)
    let isReplaced = try await eventually(seconds: 40) {
      let items = try daemon.items()
      return items.count == 1 && items[0].revision == 2 ? true : nil
    }
    #expect(isReplaced == true && !FileManager.default.fileExists(atPath: first.folder))
    let seen = try await eventually(seconds: 20) {
      let lines = try String(contentsOfFile: folder.path + "/seen", encoding: .utf8).split(separator: "\n")
      return lines.count == 2 ? lines.map(String.init) : nil
    }
    #expect(seen?.first == first.id)
  }

  /// A program that the hook leaves behind is no longer the hook.
  @Test func aHookMayLeaveSomethingRunning() async throws {
    let folder = try TemporaryFolder()
    let hook = folder.path + "/hook"
    try Data("#!/bin/sh\necho >> \(folder.path)/calls\nsleep 60 &\n".utf8).write(to: URL(fileURLWithPath: hook))
    #expect(chmod(hook, 0o755) == 0)
    let daemon = try RunningDaemon("hook_command: \(hook)")
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    let ledger = "\(daemon.folder.path)/state/ledger.sqlite"
    let isDone = try await eventually(seconds: 30) {
      try await Ledger(path: ledger).read { try $0.unhookedItems().isEmpty } ? true : nil
    }
    #expect(isDone == true)
    #expect(try String(contentsOfFile: folder.path + "/calls", encoding: .utf8) == "\n")
  }

  /// Products that were moved when they were done with are not gone because their folder is configured no more, or cannot
  /// be listed for once.
  @Test func whatWasMovedIsNotGoneWhenNobodyLooksThere() async throws {
    let (daemon, paths, done) = try await daemonWithMovedProducts()
    try FileManager.default.moveItem(atPath: done, toPath: done + "-away")
    try await Task.sleep(for: .seconds(6))
    try FileManager.default.moveItem(atPath: done + "-away", toPath: done)
    #expect(try await daemon.products().allSatisfy { $0.state == "accepted" })
    try daemon.configure([])
    daemon.signal(SIGHUP)
    try await Task.sleep(for: .seconds(6))
    #expect(try await daemon.products().allSatisfy { $0.state == "accepted" })
    try drop([paths[2]], into: daemon.drop)
    #expect(try await daemon.waitForItems(2).count == 2)
  }
}
