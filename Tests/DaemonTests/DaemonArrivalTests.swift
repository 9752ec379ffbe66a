import Control
import Foundation
import Geometry
import Glibc
import Ledger
import Product
import Publishing
import Simulation
import Storage
import TestSupport
import Testing

/// What comes in, or goes, while something else is under way.
extension DaemonTests {
  private func products(_ item: PublishedItem?) -> Set<String> { Set(item?.products ?? []) }

  /// Stops the process that works on a job, which began after the one that looks at products.
  /// - Returns: its identifier.
  private func stopJob(of daemon: RunningDaemon) async throws -> Int32 {
    let stopped = try await eventually { () -> Int32? in
      guard try await daemon.status()?.running != nil,
        let worker = workers(of: daemon.processIdentifier).max(), Glibc.kill(worker, SIGSTOP) == 0
      else { return nil }
      if try await daemon.status()?.running != nil { return worker }
      Glibc.kill(worker, SIGCONT)
      return nil
    }
    return try #require(stopped)
  }

  /// A product that came while its group was worked on is not done with when that ends, also where its tile cannot be
  /// planned at that moment, since scene classes are being counted.
  @Test func whatComesDuringAJobIsNotDoneWith() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure(["quiet_seconds: 3"], drop: ", on_done: delete")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3) { $0.splitRevisits = [3] }
    try #require(paths.count == 4)
    try daemon.start()
    // The parts of one revisit are known, and wait.
    try drop(Array(paths.suffix(2)), into: daemon.drop)
    _ = try await eventually { try await daemon.products().count { $0.state == "accepted" } == 2 ? true : nil }
    for path in paths.suffix(2) { try await say(.hold(subject: name(of: path)), to: daemon) }
    try drop([paths[0]], into: daemon.drop)
    let job = try await stopJob(of: daemon)
    try drop([paths[1]], into: daemon.drop)
    _ = try await eventually { try await daemon.products().first { $0.role == "view" && $0.state == "accepted" } }
    for worker in workers(of: daemon.processIdentifier) where worker != job { Glibc.kill(worker, SIGSTOP) }
    for path in paths.suffix(2) { try await say(.release(subject: name(of: path)), to: daemon) }
    Glibc.kill(job, SIGCONT)
    let first = try await eventually { try daemon.items().first }
    #expect(products(first) == [name(of: paths[0])])
    try await Task.sleep(for: .seconds(2))
    for path in paths.suffix(3) {
      #expect(Folder.exists(daemon.drop + "/" + (path as NSString).lastPathComponent), "in no item, and deleted")
    }
    for worker in workers(of: daemon.processIdentifier) { Glibc.kill(worker, SIGCONT) }
    let last = try await daemon.waitForItems(2).max { $0.created < $1.created }
    #expect(products(last) == Set(paths.map(name)))
    #expect(try await eventually { try await daemon.products().allSatisfy { $0.state == "gone" } ? true : nil } == true)
  }

  /// An early revisit that comes while a later window is worked on gets a window of its own: that one was published first.
  @Test func anEarlyRevisitDuringAJobGetsItsOwnWindow() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try drop([paths[1]], into: daemon.drop)
    try daemon.start()
    let job = try await stopJob(of: daemon)
    try drop([paths[0]], into: daemon.drop)
    _ = try await eventually { try await daemon.products().count { $0.role != nil } == 2 ? true : nil }
    Glibc.kill(job, SIGCONT)
    let items = try await daemon.waitForItems(2)
    #expect(Set(items.map(\.group)).count == 2 && items.allSatisfy { $0.revision == 1 && $0.products.count == 1 })
    func rest() async throws {
      _ = try await eventually { try await daemon.groups().count { $0.state == "published" } == 2 ? true : nil }
      #expect(Set(try await daemon.groups().map(\.id)) == Set(items.map(\.group)))
    }
    try await rest()
    daemon.kill()
    try daemon.start()
    _ = try await eventually { try await daemon.status()?.mode == "working" ? true : nil }
    try await rest()
    #expect(try daemon.items().count == 2)
  }

  /// Without the ledger nobody knows the products that were moved when they were done with: nothing poorer takes the place
  /// of what they were made to, unless the operator wants it.
  @Test func withoutTheLedgerNothingPoorerIsPublished() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure([], drop: ", on_done: move, done_folder: \(daemon.folder.path)/done")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(Array(paths.prefix(2)), into: daemon.drop)
    try daemon.start()
    let item = try #require(try await daemon.waitForItems(1).first)
    _ = try await eventually { try FileManager.default.contentsOfDirectory(atPath: daemon.drop).isEmpty ? true : nil }
    daemon.kill()
    for file in Folder.list(daemon.folder.path + "/state") where file.hasPrefix("ledger") {
      try Folder.remove("\(daemon.folder.path)/state/\(file)")
    }
    try drop([paths[2]], into: daemon.drop)
    try daemon.start()
    let blocked = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(blocked?.id == item.group && blocked?.reason.contains(name(of: paths[0])) == true)
    #expect(try daemon.items().count == 1)
    // The operator's word outlives a restart.
    try await say(.drain(isOn: true), to: daemon)
    try await say(.flush(subject: "31TCJ"), to: daemon)
    daemon.kill()
    try daemon.start()
    let next = try await daemon.waitForItems(2).max { $0.revision < $1.revision }
    #expect(next?.group == item.group && next?.predecessor == item.id && products(next) == [name(of: paths[2])])
  }

  /// A store that is away for a moment loses no hook, no link and no item from the ledger.
  @Test func aStoreThatIsAwayLosesNothing() async throws {
    let daemon = try RunningDaemon()
    let folder = daemon.folder.path
    let hook = folder + "/hook"
    try Data("#!/bin/sh\n[ -e \(folder)/ok ] && echo \"$2\" >> \(folder)/calls\n".utf8)
      .write(to: URL(fileURLWithPath: hook))
    #expect(chmod(hook, 0o755) == 0)
    try daemon.configure(["hook_command: \(hook)", "hook_links: \(folder)/links", "keep_revisions: 3"])
    try drop(try await makeProducts(folder + "/p", revisits: 1), into: daemon.drop)
    try daemon.start()
    let item = try #require(try await daemon.waitForItems(1).first)
    _ = try await eventually { daemon.log.contains("ended with status 1") ? true : nil }
    func away(_ path: String, _ body: () async throws -> Void) async throws {
      try FileManager.default.moveItem(atPath: path, toPath: folder + "/away")
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      try await body()
      try Folder.remove(path)
      try FileManager.default.moveItem(atPath: folder + "/away", toPath: path)
    }
    try await away(daemon.storePath) {
      let isMissed = try await eventually { daemon.log.contains("nor is the store's catalogue") ? true : nil }
      #expect(isMissed == true)
    }
    try Data().write(to: URL(fileURLWithPath: folder + "/ok"))
    let calls = try await eventually { try? String(contentsOfFile: folder + "/calls", encoding: .utf8) }
    #expect(calls == item.id + "\n")
    // Its month is empty while all tiles are looked through for old revisions.
    try await away(Folder.parent(of: item.folder)) {
      try await say(.reload, to: daemon)
      try await Task.sleep(for: .seconds(2))
    }
    try await Task.sleep(for: .seconds(1))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/links/\(item.id)") == item.folder)
    #expect(!daemon.log.contains("removed"))
  }
}
