import Control
import Foundation
import Geometry
import Publishing
import Simulation
import TestSupport
import Testing

extension DaemonTests {
  /// A daemon with drop folders `drop`, `far`, which hangs when it is told to, and `near`, which is scanned every hour where
  /// no event comes.
  private func daemonWithFarFolder(_ settings: String...) throws -> (RunningDaemon, String, HangingFolder) {
    let daemon = try RunningDaemon()
    let far = daemon.folder.path + "/far"
    for path in [far, daemon.near] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    try configureFarFolder(daemon, far, settings, whenDone: "keep")
    let disk = try HangingFolder(far, scratch: daemon.folder.path)
    daemon.environment = disk.environment
    return (daemon, far, disk)
  }

  private func configureFarFolder(_ daemon: RunningDaemon, _ far: String, _ settings: [String], whenDone: String) throws
  {
    try daemon.configure(
      ["stuck_after_seconds: 5"] + settings,
      drop: "}, {name: far, path: \(far), settle_seconds: 1, rescan_seconds: 2, on_done: \(whenDone)}, "
        + "{name: near, path: \(daemon.near), settle_seconds: 1, rescan_seconds: 3600")
  }

  private func metrics(_ daemon: RunningDaemon) throws -> String {
    let (curl, output) = (Process(), Pipe())
    curl.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
    curl.arguments = ["--silent", "--max-time", "20", "--unix-socket", daemon.socket, "http://x/metrics"]
    curl.standardOutput = output
    try curl.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    curl.waitUntilExit()
    return String(decoding: text, as: UTF8.self)
  }

  private func isWorking(_ daemon: RunningDaemon) async throws -> Bool {
    try await eventually(seconds: 60) { try await daemon.status()?.mode == "working" ? true : nil } == true
  }

  /// A folder inside the drop folder cannot be listed for a while: nothing is known about its products, so they are not gone.
  @Test func productsOfAFolderThatCannotBeListedAreNotGone() async throws {
    let (daemon, far, disk) = try daemonWithFarFolder("quiet_seconds: 3600")
    let paths = try await makeProducts(daemon.folder.path + "/p")
    let batch = far + "/batch"
    try FileManager.default.createDirectory(atPath: batch, withIntermediateDirectories: true)
    // Only what lies below fails.
    daemon.environment["HANGING_FOLDER"] = batch
    try drop(paths, into: batch)
    try daemon.start()
    let areTaken = try await eventually {
      let products = try await daemon.products()
      return products.count == paths.count && products.allSatisfy { $0.state == "accepted" } ? true : nil
    }
    #expect(areTaken == true)
    try disk.fail()
    let problem = try await eventually(seconds: 30) { try await daemon.status()?.problems.first }
    #expect(problem?.contains("\(batch): passed over") == true, "\(problem ?? "no problem")")
    try await Task.sleep(for: .seconds(4))
    #expect(Set(try await daemon.products().map(\.state)) == ["accepted"])
    guard case .explanation(let said) = try await daemon.ask(.explain(subject: "batch")) else {
      Issue.record("not explained")
      return
    }
    #expect(said.sentences.first?.contains("cannot be listed") == true, "\(said.sentences)")
    try disk.answer()
    let isOver = try await eventually(seconds: 30) { try await daemon.status()?.problems.isEmpty == true ? true : nil }
    #expect(isOver == true)
    #expect(!daemon.log.contains("is gone"))
  }

  /// A reload whose store is on a disk that does not answer holds up no later one, and does not come in after it.
  @Test func aLaterReloadCounts() async throws {
    let daemon = try RunningDaemon()
    let away = daemon.folder.path + "/away"
    let disk = try HangingFolder(away, scratch: daemon.folder.path)
    daemon.environment = disk.environment
    try daemon.start()
    #expect(try await isWorking(daemon))
    try disk.hang()
    try daemon.configure(["store: \(away)/store"])
    daemon.signal(SIGHUP)
    try await Task.sleep(for: .seconds(3))
    try daemon.configure([])
    guard case .done = try await daemon.ask(.reload) else {
      Issue.record("not taken")
      return
    }
    try disk.answer()
    let isOvertaken = try await eventually(seconds: 30) {
      daemon.log.contains("a later reload was taken meanwhile") ? true : nil
    }
    #expect(isOvertaken == true)
    #expect(try await daemon.status()?.store == daemon.storePath)
  }

  /// The far folder does not answer from the start: the daemon gets ready, publishes what lies elsewhere, says what is the
  /// matter, and takes up the far folder's products when it answers.
  @Test func aDropFolderThatHangsHoldsUpItsOwnProductsAlone() async throws {
    let (daemon, far, disk) = try daemonWithFarFolder()
    let near = try await makeProducts(daemon.folder.path + "/p")
    let away = try await makeProducts(daemon.folder.path + "/q", tile: "33UUP")
    try drop(near, into: daemon.drop)
    try drop(away, into: far)
    try disk.hang()
    try daemon.start()
    #expect(try await isWorking(daemon))
    #expect(try await daemon.waitForItems(1).first?.tile.name == "31TCJ")
    let problem = try await daemon.status()?.problems.first
    #expect(problem?.contains("\(far): has not answered for 5 s") == true, "\(problem ?? "no problem")")
    #expect(try await daemon.products().allSatisfy { $0.drop == "drop" })
    let metrics = try metrics(daemon)
    #expect(metrics.contains("supertile_drop_folder_up{name=\"far\"} 0\n"), "\(metrics)")
    #expect(metrics.contains("supertile_drop_folder_up{name=\"drop\"} 1\n"), "\(metrics)")
    #expect(metrics.contains("supertile_free_bytes{place=\"store\"} "), "\(metrics)")
    // Events of other folders come all the same.
    try drop(try await makeProducts(daemon.folder.path + "/r", tile: "32UNA"), into: daemon.near)
    #expect(Set(try await daemon.waitForItems(2, seconds: 60).map(\.tile.name)) == ["31TCJ", "32UNA"])
    let identifier = daemon.processIdentifier
    try disk.answer()
    #expect(Set(try await daemon.waitForItems(3).map(\.tile.name)) == ["31TCJ", "32UNA", "33UUP"])
    #expect(daemon.log.contains("\(far): can be read again"))
    #expect(try await daemon.status()?.problems.isEmpty == true)
    #expect(daemon.processIdentifier == identifier)
  }

  /// The far folder hangs while its products are looked at: others are looked at all the same, and its own are not blamed.
  @Test func intakeThatHangsWithADiskIsGivenUp() async throws {
    let (daemon, far, disk) = try daemonWithFarFolder()
    let away = try await makeProducts(daemon.folder.path + "/q", tile: "33UUP", revisits: 2) {
      $0.scene = .drawn(RasterSize(rows: 1200, columns: 1200))
    }
    let near = try await makeProducts(daemon.folder.path + "/p")
    try daemon.start()
    #expect(try await isWorking(daemon))
    try drop(away, into: far)
    let (identifier, end) = (daemon.processIdentifier, ContinuousClock.now + .seconds(30))
    var isCaught = false
    while !isCaught, ContinuousClock.now < end { isCaught = workers(of: identifier).contains { hasOpen(far, $0) } }
    try #require(isCaught)
    // They are looked at once more before an answer is given.
    try disk.hang()
    try drop(near, into: daemon.drop)
    let item = try await eventually { try daemon.items().first }
    #expect(item?.tile.name == "31TCJ")
    let states = try await daemon.products().filter { $0.drop == "far" }.map(\.state)
    #expect(states == ["arriving", "arriving"])
    try await Task.sleep(for: .seconds(12))
    try disk.answer()
    #expect(try await daemon.waitForItems(2).count == 2)
    #expect(!daemon.log.contains("(2 of 3)"))
  }

  /// The far folder hangs when its products have been seen: their job waits, words of the operator are obeyed, and a tile of
  /// the other folder is published. A stop is obeyed, too.
  @Test func jobsWaitForADiskThatHangsAndOthersGoFirst() async throws {
    let (daemon, far, disk) = try daemonWithFarFolder("quiet_seconds: 4")
    let away = try await makeProducts(daemon.folder.path + "/q", tile: "33UUP")
    let near = try await makeProducts(daemon.folder.path + "/p")
    try daemon.start()
    #expect(try await isWorking(daemon))
    try drop(away, into: far)
    let isAccepted = try await eventually { try await daemon.groups().first?.state == "open" ? true : nil }
    #expect(isAccepted == true)
    try disk.hang()
    let asked = ContinuousClock.now
    guard case .done = try await daemon.ask(.flush(subject: "33UUP")) else {
      Issue.record("no flush")
      return
    }
    #expect(asked.duration(to: .now) < .seconds(4))
    try drop(near, into: daemon.drop)
    // The far group may be closed already.
    let item = try await eventually { try daemon.items().first }
    #expect(item?.tile.name == "31TCJ")
    let isSaid = try await eventually { daemon.log.contains("\(far): has not answered for 5 s") ? true : nil }
    #expect(isSaid == true)
    guard case .explanation(let explanation) = try await daemon.ask(.explain(subject: away[0].lastName)) else {
      Issue.record("no explanation")
      return
    }
    let said = explanation.sentences
    #expect(said.contains { $0.contains("\(far): has not answered") }, "\(said)")
    #expect(said.contains { $0.contains("Its products lie in \(far), which does not answer.") }, "\(said)")
    try disk.answer()
    #expect(try await daemon.waitForItems(2).count == 2)
    try disk.hang()
    _ = try await eventually { try await daemon.status()?.problems.isEmpty == false ? true : nil }
    daemon.signal(SIGTERM)
    #expect(try await daemon.waitForExit(seconds: 20) == 0)
  }

  /// Products are done with while their folder does not answer: they are deleted when it does, and nothing is said of them
  /// again and again.
  @Test func productsThatAreDoneWithWaitForADiskThatHangs() async throws {
    let (daemon, far, disk) = try daemonWithFarFolder()
    try drop(try await makeProducts(daemon.folder.path + "/q", tile: "33UUP"), into: far)
    try daemon.start()
    #expect(try await daemon.waitForItems(1).count == 1)
    try disk.hang()
    _ = try await eventually { try await daemon.status()?.problems.isEmpty == false ? true : nil }
    try configureFarFolder(daemon, far, [], whenDone: "delete")
    daemon.signal(SIGHUP)
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    #expect(try await daemon.waitForItems(2, seconds: 60).count == 2)
    try await Task.sleep(for: .seconds(3))
    #expect(try FileManager.default.contentsOfDirectory(atPath: far).count == 3)
    #expect(!daemon.log.contains("stay where they are"))
    try disk.answer()
    let isDeleted = try await eventually {
      try FileManager.default.contentsOfDirectory(atPath: far).isEmpty ? true : nil
    }
    #expect(isDeleted == true)
    // It is written down after it is done.
    let isSaid = try await eventually {
      try await daemon.products().count { $0.drop == "far" && $0.reason == "done with; deleted" } == 3 ? true : nil
    }
    #expect(isSaid == true)
  }
}

extension RunningDaemon {
  fileprivate var near: String { folder.path + "/near" }
}

extension String {
  /// The name of a product at this path.
  fileprivate var lastName: String { (self as NSString).lastPathComponent.replacingOccurrences(of: ".SAFE", with: "") }
}
