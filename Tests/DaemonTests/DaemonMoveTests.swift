import Control
import Foundation
import Glibc
import Ledger
import Publishing
import Storage
import TestSupport
import Testing

/// What is known stays known: through other paths, through jobs that end badly, beside rows that are of no use.
extension DaemonTests {
  /// Waits until an item is recorded, with its hook called.
  private func isTold(_ id: String, of daemon: RunningDaemon) async throws -> Bool {
    let found = try await eventually(seconds: 30) { () -> Bool? in
      let ledger = try Ledger(path: daemon.folder.path + "/state/ledger.sqlite")
      return try await ledger.read { try $0.item(id)?.hooked } == nil ? nil : true
    }
    return found == true
  }

  private func hasCall(_ id: String, _ calls: String) -> Bool {
    (try? String(contentsOfFile: calls, encoding: .utf8))?.split(separator: "\n").contains { $0 == id } == true
  }

  /// Starts a daemon that looks at products and begins no job.
  private func startDrained(_ daemon: RunningDaemon) async throws {
    try daemon.start()
    _ = try await eventually { try await daemon.status() }
    try await say(.drain(isOn: true), to: daemon)
  }

  /// The worker dies between an item's appearance and the word of it, and another revisit comes.
  @Test func anItemIsToldOfHoweverItsJobEnds() async throws {
    let daemon = try RunningDaemon()
    let (hook, calls) = (daemon.folder.path + "/hook", daemon.folder.path + "/calls")
    try Data("#!/bin/sh\necho \"$2\" >> '\(calls)'\n".utf8).write(to: URL(fileURLWithPath: hook))
    chmod(hook, 0o755)
    try daemon.configure(["lateness_days: 0", "hook_command: \(hook)"])
    let other = try await makeProducts(daemon.folder.path + "/q", tile: "31TDJ", revisits: 1)
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try daemon.start()
    // A first item: the store has its catalogues.
    try drop(other, into: daemon.drop)
    _ = try await daemon.waitForItems(1)
    var locked: FileLock? = try FileLock.acquire(daemon.storePath + "/.supertile/locks/store.lock")
    try drop([paths[0]], into: daemon.drop)
    let first = try await eventually { try daemon.items().first { $0.id.contains("31TCJ") } }
    let id = try #require(first?.id)
    for worker in workers(of: daemon.processIdentifier) { Glibc.kill(worker, SIGKILL) }
    try drop([paths[1]], into: daemon.drop)
    #expect(locked != nil)
    locked = nil
    let isKnown = try await isTold(id, of: daemon)
    #expect(isKnown, "\(daemon.log.suffix(3000))")
    #expect(hasCall(id, calls))
    #expect(try await daemon.waitForItems(3).count == 3)
  }

  /// The name is what was held, not the path that it had.
  @Test func aHoldOfANameFollowsTheProduct() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try await startDrained(daemon)
    try drop(paths, into: daemon.drop)
    _ = try await eventually { try await daemon.products().filter { $0.state == "accepted" }.count == 2 ? true : nil }
    let held = name(of: paths[1])
    try await say(.hold(subject: held), to: daemon)
    let folder = daemon.drop + "/later"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let file = (paths[1] as NSString).lastPathComponent
    try FileManager.default.moveItem(atPath: "\(daemon.drop)/\(file)", toPath: "\(folder)/\(file)")
    let isMoved = try await eventually {
      try await daemon.products().contains { $0.location == "\(folder)/\(file)" && $0.state == "accepted" } ? true : nil
    }
    #expect(isMoved == true)
    try await say(.drain(isOn: false), to: daemon)
    try await say(.flush(subject: "31TCJ"), to: daemon)
    let items = try await daemon.waitForItems(1)
    #expect(items.allSatisfy { !$0.products.contains(held) })
    // By its path it is not let go, but told by what it is held.
    guard case .done(let text) = try await daemon.ask(.release(subject: "\(folder)/\(file)")) else {
      throw CancellationError()
    }
    #expect(text.contains("is still held, with \(held), until `supertile release \(held)`"), "\(text)")
    try await say(.release(subject: held), to: daemon)
    #expect(try await daemon.waitForItems(2).contains { $0.products.contains(held) })
  }

  /// The ledger knows the product and has no use for it; the item that somebody else made of it stays.
  @Test func nothingPoorerTakesThePlaceForARowThatIsOfNoUse() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try await startDrained(daemon)
    let damaged = daemon.folder.path + "/damaged"
    try FileManager.default.createDirectory(atPath: damaged, withIntermediateDirectories: true)
    try copy(paths[2], into: damaged)
    let file = (paths[2] as NSString).lastPathComponent
    let image = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: damaged).first { $0.hasSuffix("B04_10m.jp2") })
    let pixels = URL(fileURLWithPath: "\(damaged)/\(image)")
    try Data(count: try Data(contentsOf: pixels).count).write(to: pixels)
    try drop([paths[0], paths[1], "\(damaged)/\(file)"], into: daemon.drop)
    let isRefused = try await eventually { try await daemon.products().contains { $0.state == "refused" } ? true : nil }
    #expect(isRefused == true)
    let run = Process()
    run.executableURL = URL(fileURLWithPath: builtProgram("supertile"))
    run.arguments = ["run", "--config", daemon.configuration, "--store", daemon.storePath] + paths
    (run.standardOutput, run.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try run.run()
    run.waitUntilExit()
    try #require(try daemon.items().map(\.products.count) == [3])
    try await say(.drain(isOn: false), to: daemon)
    try await say(.retry(subject: "31TCJ"), to: daemon)
    let blocked = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(blocked?.reason.contains(name(of: paths[2])) == true, "\(daemon.log.suffix(3000))")
    #expect(try daemon.items().map(\.products.count) == [3])
    // The operator's word.
    try await say(.flush(subject: "31TCJ"), to: daemon)
    #expect(try await daemon.waitForItems(2).contains { $0.products.count == 2 })
  }

  /// A product that lay in several places and is in none any more is forgotten with one word.
  @Test func oneWordForgetsWhatIsGoneFromAllItsPlaces() async throws {
    let daemon = try RunningDaemon("lateness_days: 0")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(Array(paths.prefix(2)), into: daemon.drop)
    try daemon.start()
    let first = try await daemon.waitForItems(1).first
    let (file, inner) = ((paths[1] as NSString).lastPathComponent, daemon.drop + "/inner")
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: "\(daemon.drop)/\(file)", toPath: "\(inner)/\(file)")
    let isMoved = try await eventually {
      try await daemon.products().contains { $0.location == "\(inner)/\(file)" && $0.state == "accepted" } ? true : nil
    }
    #expect(isMoved == true)
    try FileManager.default.removeItem(atPath: inner)
    let isGone = try await eventually {
      try await daemon.products().filter { $0.name == name(of: file) }.allSatisfy { $0.state == "gone" } ? true : nil
    }
    #expect(isGone == true)
    try drop([paths[2]], into: daemon.drop)
    let blocked = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(blocked?.id == first?.group)
    try await say(.flush(subject: "31TCJ"), to: daemon)
    let items = try await daemon.waitForItems(2)
    #expect(
      items.map(\.revision).max() == 2 && items.allSatisfy { $0.revision == 1 || !$0.products.contains(name(of: file)) }
    )
  }

  /// An admin moves the store, and where products go that are done with, and says so in the configuration.
  @Test func whatWasMovedIsFound() async throws {
    let daemon = try RunningDaemon()
    let (done, links) = (daemon.folder.path + "/done", daemon.folder.path + "/links")
    for folder in [done, links] {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    func configure(store: String, done: String) throws {
      try daemon.configure(
        ["lateness_days: 0", "hook_links: \(links)", "store: \(store)"],
        drop: ", on_done: move, done_folder: \(done)")
    }
    try configure(store: daemon.storePath, done: done)
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try drop([paths[0]], into: daemon.drop)
    try daemon.start()
    let item = try #require(try await daemon.waitForItems(1).first)
    let file = (paths[0] as NSString).lastPathComponent
    let isDone = try await eventually { Folder.exists("\(done)/\(file)") ? true : nil }
    #expect(isDone == true)
    #expect(try await isTold(item.id, of: daemon))
    daemon.signal(SIGTERM)
    #expect(try await daemon.waitForExit() == 0)
    let (store, otherDone) = (daemon.folder.path + "/elsewhere", daemon.folder.path + "/done-elsewhere")
    try FileManager.default.moveItem(atPath: daemon.storePath, toPath: store)
    try FileManager.default.moveItem(atPath: done, toPath: otherDone)
    try configure(store: store, done: otherDone)
    try daemon.start()
    let isFound = try await eventually {
      try await daemon.products().contains { $0.location == "\(otherDone)/\(file)" && $0.state == "accepted" }
        ? true : nil
    }
    #expect(isFound == true, "\(daemon.log.suffix(3000))")
    let isLinked = try await eventually {
      try FileManager.default.destinationOfSymbolicLink(atPath: "\(links)/\(item.id)").hasPrefix(store + "/")
        ? true : nil
    }
    #expect(isLinked == true)
    // A late revisit is fused with the one that was done with.
    try drop([paths[1]], into: daemon.drop)
    let isFused = try await eventually {
      try Store(path: store, readOnly: true).allItems().items.contains { $0.products.count == 2 } ? true : nil
    }
    #expect(isFused == true, "\(daemon.log.suffix(3000))")
  }

  enum Renaming { case stopped, running, late, linked, chained }

  /// An admin renames a drop folder and says so in the configuration: what is known of what lies there stays known.
  @Test(arguments: [Renaming.stopped, .running, .late, .linked, .chained])
  func aDropFolderThatIsRenamedIsFollowed(_ renaming: Renaming) async throws {
    let daemon = try RunningDaemon()
    try daemon.configure(["lateness_days: 0"])
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    let below = daemon.drop + "/later"
    try FileManager.default.createDirectory(atPath: below, withIntermediateDirectories: true)
    let held = "\(below)/\((paths[1] as NSString).lastPathComponent)"
    try await startDrained(daemon)
    try drop([paths[0]], into: daemon.drop)
    try drop([paths[1]], into: below)
    let archive = name(of: paths[2]) + ".zip"
    try Data("no archive".utf8).write(to: URL(fileURLWithPath: "\(daemon.drop)/\(archive)"))
    let isKnown = try await eventually {
      try await daemon.products().count { ["accepted", "refused"].contains($0.state) } == 3 ? true : nil
    }
    #expect(isKnown == true, "\(daemon.log.suffix(3000))")
    try await say(.hold(subject: held), to: daemon)
    try await say(.drain(isOn: false), to: daemon)
    try await say(.flush(subject: "31TCJ"), to: daemon)
    let items = try await daemon.waitForItems(1)
    #expect(items.map(\.products.count) == [1])
    let before = try await daemon.products()
    let other = daemon.folder.path + "/renamed"
    func rename() throws { try FileManager.default.moveItem(atPath: daemon.drop, toPath: other) }
    if renaming == .stopped {
      daemon.signal(SIGTERM)
      #expect(try await daemon.waitForExit() == 0)
    }
    if renaming != .late { try rename() }
    let text = try String(contentsOfFile: daemon.configuration, encoding: .utf8)
    // Another drop folder may have the old path.
    let more = renaming == .chained ? ", {name: next, path: \(daemon.drop)}]" : "]"
    let now = text.replacing("path: \(daemon.drop),", with: "path: \(other),").replacing("]", with: more)
    try Data(now.utf8).write(to: URL(fileURLWithPath: daemon.configuration))
    if renaming == .linked {
      try FileManager.default.createSymbolicLink(atPath: daemon.drop, withDestinationPath: other)
    } else if renaming == .chained {
      try FileManager.default.createDirectory(atPath: daemon.drop, withIntermediateDirectories: true)
    }
    if renaming == .stopped {
      try daemon.start()
      _ = try await eventually { try await daemon.status() }
    } else {
      try await say(.reload, to: daemon)
    }
    if renaming == .late {
      // As a disk that is mounted late.
      let isMissed = try await eventually { try await daemon.status()?.problems.isEmpty == false ? true : nil }
      #expect(isMissed == true)
      try rename()
    }
    let expected = before.map { "\($0.location.replacing(daemon.drop, with: other)) \($0.state)" }.sorted()
    let isFollowed = try await eventually(seconds: 30) { () -> Bool? in
      let rows = try await daemon.products().filter { $0.state != "gone" }
      return rows.map { "\($0.location) \($0.state)" }.sorted() == expected ? true : nil
    }
    #expect(isFollowed == true, "\(daemon.log.suffix(3000))")
    // Nothing is made of what is held, nor anything twice.
    try await say(.flush(subject: "31TCJ"), to: daemon)
    try await Task.sleep(for: .seconds(3))
    let known = try await daemon.products()
    let place = held.replacing(daemon.drop, with: other)
    #expect(known.contains { $0.location == place && $0.reason.hasPrefix("held by the operator") })
    #expect(try daemon.items().map(\.id) == items.map(\.id))
  }

  /// Items that somebody removed say which windows there were, wherever their store lies now.
  @Test func windowsOutliveItemsThatWereRemovedFromAStoreThatWasMoved() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(Array(paths.dropFirst()), into: daemon.drop)
    let other = try await makeProducts(daemon.folder.path + "/q", tile: "31TDJ", revisits: 1)
    try drop(other, into: daemon.drop)
    try daemon.start()
    let items = try await daemon.waitForItems(2)
    let removed = try #require(items.first { $0.id.contains("31TCJ") })
    try FileManager.default.removeItem(atPath: removed.folder)
    daemon.signal(SIGTERM)
    #expect(try await daemon.waitForExit() == 0)
    let store = daemon.folder.path + "/elsewhere"
    try FileManager.default.moveItem(atPath: daemon.storePath, toPath: store)
    try daemon.configure(["lateness_days: 3660", "store: \(store)"])
    try drop([paths[0]], into: daemon.drop)
    try daemon.start()
    let groups = try await eventually { () -> Int? in
      let own = try await daemon.groups().filter { $0.state != "dissolved" && $0.id.hasPrefix("31TCJ") }
      return own.map(\.usable).reduce(0, +) == 3 ? own.count : nil
    }
    #expect(groups == 2, "\(daemon.log.suffix(3000))")
  }
}
