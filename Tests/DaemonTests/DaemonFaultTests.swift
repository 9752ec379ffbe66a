import Control
import Foundation
import Geometry
import Glibc
import Ledger
import Publishing
import Simulation
import TestSupport
import Testing

/// What goes wrong around a daemon, and what it makes of it.
extension DaemonTests {
  private func file(of product: String) -> String { (product as NSString).lastPathComponent }

  private func flush(_ daemon: RunningDaemon, _ subject: String = "31TCJ") async throws {
    guard case .done = try await daemon.ask(.flush(subject: subject)) else {
      Issue.record("no flush")
      return
    }
  }

  /// Groups wait until the operator says otherwise.
  private func waiting(_ daemon: RunningDaemon, usable: Int) async throws {
    let group = try await eventually {
      try await daemon.groups().first { $0.state == "open" && $0.usable == usable && $0.until != nil }
    }
    #expect(group != nil)
  }

  private func jobs(_ daemon: RunningDaemon) async throws -> [JobAnswer] {
    guard case .jobs(let jobs) = try await daemon.ask(.jobs) else { return [] }
    return jobs
  }

  @Test func aStopDuringAJobIsNoDeath() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 4) {
      $0.scene = .drawn(RasterSize(rows: 300, columns: 300))
    }
    try daemon.configure([], method: "highresnet")
    try drop(paths, into: daemon.drop)
    try daemon.start()
    let isRunning = try await eventually { try await daemon.status()?.running != nil ? true : nil }
    #expect(isRunning == true)
    daemon.signal(SIGTERM)
    #expect(try await daemon.waitForExit() == 0)
    #expect(daemon.log.contains("given up for a stop; goes on after the next start"))
    #expect(!daemon.log.contains("cannot be written down"))
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    #expect(!daemon.log.contains("the daemon died"))
  }

  /// A socket that listens at a port of the loopback interface that was free.
  private func loopbackPort() throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(isListening)
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  /// Whoever reaches the port may look, and command nothing.
  @Test func thePortAnswersAndTakesNoCommands() async throws {
    // One that is free now.
    let (probe, port) = try loopbackPort()
    close(probe)
    let daemon = try RunningDaemon("http_port: \(port)")
    try daemon.start()
    _ = try await eventually { try await daemon.status()?.mode == "working" ? true : nil }
    func ask(_ arguments: String...) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
      process.arguments = ["--silent", "--max-time", "20", "-w", " %{http_code}"] + arguments
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      return String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
    let root = "http://127.0.0.1:\(port)"
    #expect(try ask(root + "/ready") == "ok\n 200")
    #expect(try ask(root + "/metrics").contains("supertile_up 1"))
    #expect(try ask(root + "/control", "-d", "{\"status\":{}}").hasSuffix(" 404"))
  }

  /// The daemon ends with the reason, in good order, and what it had begun goes on once the port is free.
  @Test func aPortThatIsTakenIsSaidAndEndsTheDaemon() async throws {
    let (taken, port) = try loopbackPort()
    defer { close(taken) }
    let daemon = try RunningDaemon("http_port: \(port)")
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    try daemon.start()
    #expect(try await daemon.waitForExit() == 1)
    #expect(daemon.log.contains("choose another daemon.http_port"))
    // It fails at once: often before anything has begun.
    #expect(daemon.log.contains("has started") == daemon.log.contains("supertiled stops"))
    try daemon.configure([])
    try daemon.start()
    #expect(try await daemon.waitForItems(1).first?.revision == 1)
    #expect(!daemon.log.contains("the daemon died"))
  }

  /// By then it has begun, and writes down that it stops.
  @Test func aSocketThatCannotBeMadeIsSaidAtOnce() async throws {
    let daemon = try RunningDaemon()
    try FileManager.default.createDirectory(atPath: daemon.socket + "/full", withIntermediateDirectories: true)
    try daemon.start()
    #expect(try await daemon.waitForExit(seconds: 30) == 1)
    #expect(daemon.log.contains("\(daemon.socket): is no socket; remove it"))
    #expect(!daemon.log.contains("imed out"), "the reason, not that it took long")
    #expect(daemon.log.contains("has started") == daemon.log.contains("supertiled stops"))
  }

  /// Nothing is known of products in a folder that cannot be read: the group that needs them waits, and the daemon does
  /// not go round in circles meanwhile.
  @Test func aFolderThatIsAwayWhenAGroupClosesIsWaitedFor() async throws {
    let daemon = try RunningDaemon("lateness_days: 3660")
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 2), into: daemon.drop)
    try daemon.start()
    try await waiting(daemon, usable: 2)
    try FileManager.default.moveItem(atPath: daemon.drop, toPath: daemon.drop + "-away")
    try await flush(daemon)
    let began = ContinuousClock.now
    let group = try await eventually { try await daemon.groups().first { $0.state == "backoff" } }
    #expect(group?.reason.contains(daemon.drop) == true && group?.reason.contains("cannot be read") == true)
    try await Task.sleep(for: .seconds(3))
    let tries = try await jobs(daemon).count
    let most = Int(began.duration(to: .now).components.seconds) + 3
    #expect(tries <= most, "\(tries) jobs in \(most) seconds")
    try FileManager.default.moveItem(atPath: daemon.drop + "-away", toPath: daemon.drop)
    #expect(try await daemon.waitForItems(1).count == 1)
  }

  /// The operator's word was about what there was then.
  @Test func aViewThatGoesAfterTheOperatorsWordBlocksTheGroup() async throws {
    let daemon = try RunningDaemon("lateness_days: 3660")
    try daemon.configure(["lateness_days: 3660", "reserve_mib: 100000000"])
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try drop(paths, into: daemon.drop)
    try daemon.start()
    try await waiting(daemon, usable: 2)
    try await flush(daemon)
    let isShort = try await eventually { daemon.log.contains("MiB") ? true : nil }
    #expect(isShort == true, "the job waits for space")
    try FileManager.default.removeItem(atPath: daemon.drop + "/" + file(of: paths[1]))
    let blocked = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(blocked?.reason.contains("gone") == true)
    #expect(try await jobs(daemon).count <= 3)
  }

  /// Where products go that are done with nobody looks for changes: a changed one is looked at again when it is needed.
  @Test func aChangedProductThatWasDoneWithIsLookedAtAgain() async throws {
    let (daemon, paths, done) = try await daemonWithMovedProducts()
    #expect(chmod("\(done)/\(file(of: paths[0]))", 0o700) == 0)
    try drop([paths[2]], into: daemon.drop)
    #expect(try await daemon.waitForItems(2).count == 2)
    #expect(try await jobs(daemon).count <= 5)
  }

  /// A disk that fails where nobody looks for changes: the group waits and goes on with the product when it can be read.
  @Test func aProductThatWasDoneWithAndCannotBeReadIsWaitedFor() async throws {
    let (daemon, paths, done) = try await daemonWithMovedProducts(isZipped: true)
    let (product, aside) = ("\(done)/\(file(of: paths[0]))", daemon.folder.path + "/aside")
    try FileManager.default.moveItem(atPath: product, toPath: aside)
    try FileManager.default.createSymbolicLink(atPath: product, withDestinationPath: "/proc/self/mem")
    try drop([paths[2]], into: daemon.drop)
    let waiting = try await eventually { try await daemon.groups().first { $0.state == "backoff" } }
    #expect(waiting?.reason.contains(product) == true)
    try await Task.sleep(for: .seconds(3))
    let known = try await daemon.products().first { $0.location == product }
    #expect(known?.state == "accepted" && known?.group != nil)
    try FileManager.default.removeItem(atPath: product)
    try FileManager.default.moveItem(atPath: aside, toPath: product)
    #expect(try await daemon.waitForItems(2).count == 2)
  }

  /// Products of a folder that is dropped into no more are still of use; changed ones are looked at again.
  @Test func aFolderThatIsNoLongerConfiguredIsStillOfUse() async throws {
    let daemon = try RunningDaemon()
    let second = daemon.folder.path + "/second"
    try FileManager.default.createDirectory(atPath: second, withIntermediateDirectories: true)
    let late = "lateness_days: 3660"
    try daemon.configure([late], drop: "}, {name: second, path: \(second), settle_seconds: 1, rescan_seconds: 5")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try drop(paths, into: second)
    try daemon.start()
    try await waiting(daemon, usable: 2)
    try daemon.configure([late])
    daemon.signal(SIGHUP)
    let isTaken = try await eventually { try await daemon.status()?.dropFolders == [daemon.drop] ? true : nil }
    #expect(isTaken == true)
    #expect(chmod("\(second)/\(file(of: paths[0]))", 0o700) == 0)
    try await flush(daemon)
    #expect(try await daemon.waitForItems(1).count == 1)
    // One that goes is missed when it is needed, and said to be gone.
    try FileManager.default.removeItem(atPath: "\(second)/\(file(of: paths[1]))")
    let third = try await makeProducts(daemon.folder.path + "/q", revisits: 3)
    try drop([third[2]], into: daemon.drop)
    let isNew = try await eventually { try await daemon.groups().first { $0.state == "open" } }
    #expect(isNew != nil)
    try await flush(daemon)
    let blocked = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(blocked?.reason.contains("gone") == true)
  }

  /// What cannot be planned holds up its own tile alone.
  @Test func aRowThatCannotBeReadIsLookedAtAgainAndHoldsUpNobody() async throws {
    let daemon = try RunningDaemon("lateness_days: 3660")
    for (number, tile) in ["31TCJ", "31TDJ"].enumerated() {
      try drop(
        try await makeProducts("\(daemon.folder.path)/\(tile)", tile: tile, revisits: 2, seed: UInt64(number + 1)),
        into: daemon.drop)
    }
    try daemon.start()
    _ = try await eventually { try await daemon.groups().filter { $0.usable == 2 }.count == 2 ? true : nil }
    daemon.kill()
    let ledger = try Ledger(path: "\(daemon.folder.path)/state/ledger.sqlite")
    try await ledger.write { ledger in
      for var row in try ledger.products(tile: "31TCJ") {
        row.product = "{}"
        try ledger.save(row)
      }
    }
    try daemon.start()
    let isWorking = try await eventually { try await daemon.status()?.mode == "working" ? true : nil }
    #expect(isWorking == true)
    try await flush(daemon, "31TDJ")
    #expect(try await daemon.waitForItems(1).first?.tile.name == "31TDJ")
    try await flush(daemon, "31TCJ")
    #expect(try await daemon.waitForItems(2).count == 2)
  }

  /// Another mode, and the one of before again: nothing has changed in the end.
  @Test func whatChangesBackIsNotArrivingForEver() async throws {
    let daemon = try RunningDaemon("lateness_days: 3660")
    try daemon.configure(
      ["lateness_days: 3660"], drop: "}, {name: slow, path: \(daemon.folder.path)/slow, settle_seconds: 4")
    let slow = daemon.folder.path + "/slow"
    try FileManager.default.createDirectory(atPath: slow, withIntermediateDirectories: true)
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 1)
    try drop(paths, into: slow)
    try daemon.start()
    try await waiting(daemon, usable: 1)
    let place = "\(slow)/\(file(of: paths[0]))"
    let mode = try #require(try FileManager.default.attributesOfItem(atPath: place)[.posixPermissions] as? NSNumber)
    #expect(chmod(place, 0o700) == 0)
    let isSeen = try await eventually { try await daemon.products().first { $0.state == "arriving" } }
    #expect(isSeen != nil)
    #expect(chmod(place, mode.uint32Value) == 0)
    let back = try await eventually(seconds: 30) { try await daemon.products().first { $0.state == "accepted" } }
    #expect(back != nil)
  }

  /// A group that is published before its time has passed: its products go when it has.
  @Test func productsGoWhenTheTimeOfTheirGroupHasPassedAndOneThatCannotHoldsUpNoOther() async throws {
    let daemon = try RunningDaemon()
    let done = daemon.folder.path + "/done"
    let moving = ", on_done: move, done_folder: \(done)"
    try daemon.configure(["lateness_days: 3660"], drop: moving)
    var files: [String] = []
    for (number, tile) in ["31TCJ", "31TDJ"].enumerated() {
      let paths = try await makeProducts(
        "\(daemon.folder.path)/\(tile)", tile: tile, revisits: 4, seed: UInt64(number + 1))
      try drop(paths, into: daemon.drop)
      files += paths.map(file)
    }
    // One that cannot be moved.
    let disk = try HangingFolder("/nowhere", scratch: daemon.folder.path)
    daemon.environment = disk.environment.merging(["STUCK_FILE": "\(daemon.drop)/\(files[0])"]) { $1 }
    try disk.fail()
    try daemon.start()
    _ = try await daemon.waitForItems(2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: daemon.drop).count { $0.hasSuffix(".SAFE") } == 8)
    try daemon.configure(["lateness_days: 0"], drop: moving)
    daemon.signal(SIGHUP)
    let left = try await eventually(seconds: 60) { () -> [String]? in
      let left = try FileManager.default.contentsOfDirectory(atPath: daemon.drop).filter { $0.hasSuffix(".SAFE") }
      return left.count == 1 ? left : nil
    }
    #expect(left == [files[0]])
    try await Task.sleep(for: .seconds(3))
    let complaints = daemon.log.components(separatedBy: "cannot be moved to \(done)").count - 1
    #expect((1...10).contains(complaints), "\(complaints)")
    try disk.answer()
    let isMoved = try await eventually(seconds: 60) {
      FileManager.default.fileExists(atPath: "\(done)/\(files[0])/MTD_MSIL2A.xml") ? true : nil
    }
    #expect(isMoved == true)
  }

  /// A product that lies in another place now is not missing.
  @Test func aProductThatWasMovedIsStillThere() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try daemon.configure(["lateness_days: 3660"])
    try drop(paths, into: daemon.drop)
    try daemon.start()
    try await waiting(daemon, usable: 2)
    let archive = daemon.drop + "/inner"
    try FileManager.default.createDirectory(atPath: archive, withIntermediateDirectories: true)
    // Behind the old place in the order of names.
    let name = file(of: paths[0])
    try FileManager.default.moveItem(atPath: "\(daemon.drop)/\(name)", toPath: "\(archive)/\(name)")
    let isMoved = try await eventually {
      let products = try await daemon.products().filter { $0.location.hasSuffix(name) }
      return products.count == 2 && Set(products.map(\.state)) == ["accepted", "gone"] ? true : nil
    }
    #expect(isMoved == true)
    try daemon.configure(["lateness_days: 0"])
    daemon.signal(SIGHUP)
    #expect(try await daemon.waitForItems(1).count == 1)
  }

  /// The operator's word during a job is about what the job does not have.
  @Test func aWordDuringAJobIsNotForgotten() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3) {
      $0.scene = .drawn(RasterSize(rows: 400, columns: 400))
    }
    try daemon.configure(["lateness_days: 3660"], method: "highresnet")
    try drop(Array(paths.prefix(2)), into: daemon.drop)
    try daemon.start()
    try await waiting(daemon, usable: 2)
    try await flush(daemon)
    let isRunning = try await eventually { try await daemon.status()?.running != nil ? true : nil }
    #expect(isRunning == true)
    try drop([paths[2]], into: daemon.drop)
    let isAccepted = try await eventually {
      try await daemon.groups().first { $0.usable == 3 } != nil ? true : nil
    }
    #expect(isAccepted == true)
    let isStill = try await daemon.status()?.running != nil
    #expect(isStill, "the job was too short for this test")
    try await flush(daemon)
    #expect(try await daemon.waitForItems(2).count == 2)
  }

  /// A disk that fails is no damaged product. `/proc/self/mem` is a file that gives EIO when it is read.
  @Test func whatTheMachineCannotReadIsNotRefused() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 1) { $0.delivery.isZipped = true }
    let place = "\(daemon.drop)/\(file(of: paths[0]))"
    try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: "/proc/self/mem")
    try daemon.start()
    let product = try await eventually { try await daemon.products().first { $0.reason.contains("mend the disk") } }
    #expect(product?.state == "arriving" && product?.reason.contains(place) == true)
    try FileManager.default.removeItem(atPath: place)
    try FileManager.default.moveItem(atPath: paths[0], toPath: place)
    #expect(try await daemon.waitForItems(1).count == 1)
  }

  /// A daemon that cannot begin takes nobody's socket away, and no file that lies in its place.
  @Test func theSocketOfAnotherIsLeftAlone() async throws {
    let daemon = try RunningDaemon()
    try daemon.start()
    let isWorking = try await eventually { try await daemon.status()?.mode == "working" ? true : nil }
    #expect(isWorking == true)
    let second = try RunningDaemon("socket: \(daemon.socket)")
    try second.start()
    #expect(try await second.waitForExit() ?? 0 != 0 && second.log.contains("another supertiled listens here"))
    #expect(try await daemon.status()?.mode == "working")
    let third = try RunningDaemon()
    try Data("notes".utf8).write(to: URL(fileURLWithPath: third.socket))
    try third.start()
    #expect(try await third.waitForExit() ?? 0 != 0 && third.log.contains("is no socket"))
    #expect(try String(contentsOfFile: third.socket, encoding: .utf8) == "notes")
  }
}
