import Control
import Foundation
import Publishing
import Simulation
import TestSupport
import Testing

@Suite(.serialized) struct DaemonTests {
  @Test func aDropBecomesAnItemAndALateRevisitItsNextRevision() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 4)
    try daemon.start()
    try drop(Array(paths.prefix(3)), into: daemon.drop)
    let first = try await daemon.waitForItems(1)
    #expect(first.first?.revision == 1)
    // An older neighbour would open another window: this one is later, and newer than the anchor.
    try drop(Array(paths.suffix(1)), into: daemon.drop)
    let both = try await daemon.waitForItems(2)
    #expect(both.map(\.revision).sorted() == [1, 2])
    let newest = try #require(both.max { $0.revision < $1.revision })
    #expect(newest.predecessor == first.first?.id)
    let products = try await daemon.products()
    #expect(products.count == 4 && products.allSatisfy { $0.state == "accepted" && $0.group != nil })
    daemon.signal(SIGTERM)
    #expect(try await daemon.waitForExit() == 0)
    #expect(!FileManager.default.fileExists(atPath: daemon.socket))
  }

  @Test func aKilledDaemonTakesUpWhereItWas() async throws {
    let daemon = try RunningDaemon()
    for (number, tile) in ["31TCJ", "31TDJ", "31TEJ"].enumerated() {
      let paths = try await makeProducts("\(daemon.folder.path)/\(tile)", tile: tile, seed: UInt64(number + 1))
      try drop(paths, into: daemon.drop)
    }
    // Killed early and late, whatever it is at.
    for milliseconds in [50, 300, 700, 1200, 1700, 2300] {
      try daemon.start()
      try await Task.sleep(for: .milliseconds(milliseconds))
      daemon.kill()
    }
    try daemon.start()
    let items = try await daemon.waitForItems(3)
    #expect(items.allSatisfy { $0.revision == 1 }, "nothing is published twice")
    let status = try #require(try await daemon.status())
    #expect(status.products == ["accepted": 9] && status.groups == ["published": 3])
    let left = try FileManager.default.subpathsOfDirectory(atPath: daemon.storePath).filter {
      $0.contains("staging/") && !$0.hasSuffix(".gate") || $0.hasSuffix(".f32")
    }
    #expect(left.isEmpty)
  }

  @Test func aPublishedButUnrecordedItemCountsAsPublished() async throws {
    let daemon = try RunningDaemon()
    try drop(try await makeProducts(daemon.folder.path + "/p"), into: daemon.drop)
    try daemon.start()
    let first = try await daemon.waitForItems(1)
    daemon.kill()
    // The ledger is as if it had never been: all that is known lies in the folders.
    try FileManager.default.removeItem(atPath: daemon.folder.path + "/state")
    try daemon.start()
    let group = try await eventually { try await daemon.groups().first { $0.state == "published" } }
    #expect(group?.item == first.first?.id)
    #expect(try daemon.items() == first)
  }

  @Test func badProductsAreListedWithTheirReasonAndLookedAtAgain() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 1)
    try daemon.start()
    try Data("no archive".utf8).write(to: URL(fileURLWithPath: daemon.drop + "/junk.zip"))
    let name = (paths[0] as NSString).lastPathComponent
    try copy(paths[0], into: daemon.drop)
    let band = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: paths[0]).first { $0.hasSuffix("B03_10m.jp2") })
    let place = "\(daemon.drop)/\(name)/\(band)"
    try FileManager.default.removeItem(atPath: place)
    let states = try await eventually { () -> [ProductAnswer]? in
      let products = try await daemon.products()
      return products.contains { $0.state == "incomplete" }
        && products.contains { $0.state != "arriving" && $0.location.hasSuffix("junk.zip") } ? products : nil
    }
    let junk = try #require(states?.first { $0.location.hasSuffix("junk.zip") })
    #expect(junk.state == "refused" || junk.state == "incomplete")
    #expect(junk.reason.contains("junk.zip"))
    #expect(states?.first { $0.state == "incomplete" && $0.name != nil }?.reason.contains("B03_10m.jp2") == true)
    guard case .explanation(let why) = try await daemon.ask(.explain(subject: String(name.dropLast(5)))) else {
      Issue.record("no explanation")
      return
    }
    #expect(why.sentences.joined().contains("B03_10m.jp2"))
    try FileManager.default.copyItem(atPath: "\(paths[0])/\(band)", toPath: place)
    _ = try await daemon.waitForItems(1)
  }

  @Test func theOperatorsWordsAreObeyed() async throws {
    let daemon = try RunningDaemon("lateness_days: 3660")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try daemon.start()
    try drop(paths, into: daemon.drop)
    // The group is written when its views are known, and again when it is decided what it waits for.
    let waiting = try await eventually {
      try await daemon.groups().first { $0.state == "open" && $0.usable == 2 && $0.until != nil }
    }
    #expect(waiting?.reason.contains("2 of 4") == true)
    let id = try #require(waiting?.id)

    guard case .done = try await daemon.ask(.hold(subject: "31TCJ")) else { throw Refusal() }
    _ = try await eventually { try await daemon.groups().first { $0.state == "held" } }
    guard case .done = try await daemon.ask(.flush(subject: id)) else { throw Refusal() }
    try await Task.sleep(for: .seconds(1))
    #expect(try daemon.items().isEmpty, "what is held stays held")
    guard case .done = try await daemon.ask(.release(subject: "31TCJ")) else { throw Refusal() }
    #expect(try await daemon.waitForItems(1).count == 1)

    // A product that is held takes no part: the group without it is another stack.
    let name = try #require(try await daemon.products().first { $0.role == "view" }?.name)
    guard case .done = try await daemon.ask(.hold(subject: name)) else { throw Refusal() }
    guard case .done = try await daemon.ask(.flush(subject: "31TCJ")) else { throw Refusal() }
    #expect(try await daemon.waitForItems(2).count == 2)

    guard case .unknown(let text) = try await daemon.ask(.explain(subject: "nonsense")) else { throw Refusal() }
    #expect(text.contains("nonsense"))
    guard case .done = try await daemon.ask(.drain(isOn: true)) else { throw Refusal() }
    #expect(try await daemon.status()?.mode == "draining")
  }

  @Test func aBadConfigurationChangesNothing() async throws {
    let daemon = try RunningDaemon()
    try daemon.start()
    _ = try await eventually { try await daemon.status()?.mode == "working" ? true : nil }
    try daemon.configure(["quiet_seconds: soon"])
    guard case .refused(let text) = try await daemon.ask(.reload) else { throw Refusal() }
    #expect(text.contains("quiet_seconds") && text.contains("stays"))
    // What is taken and does not do all is said, too.
    try daemon.configure(["http_port: 65001", "hook_command: \(daemon.folder.path)/none"])
    guard case .done(let note) = try await daemon.ask(.reload) else { throw Refusal() }
    #expect(note.contains("daemon.http_port need a restart; but ") && note.contains("/none"), "\(note)")
    let second = daemon.folder.path + "/drop2"
    try FileManager.default.createDirectory(atPath: second, withIntermediateDirectories: true)
    try daemon.configure([], drop: "}, {name: second, path: \(second), settle_seconds: 1, rescan_seconds: 5")
    daemon.signal(SIGHUP)
    let taken = try await eventually { try await daemon.status()?.dropFolders.contains(second) == true ? true : nil }
    #expect(taken == true)
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 1), into: second)
    #expect(try await daemon.waitForItems(1).count == 1)
  }

  @Test func missingViewsBlockAGroupUntilTheOperatorSpeaks() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(Array(paths.prefix(2)), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    try FileManager.default.removeItem(atPath: daemon.drop + "/" + (paths[0] as NSString).lastPathComponent)
    _ = try await eventually { try await daemon.products().contains { $0.state == "gone" } ? true : nil }
    try drop([paths[2]], into: daemon.drop)
    let blocked = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(blocked?.reason.contains("gone") == true)
    guard case .done = try await daemon.ask(.flush(subject: "31TCJ")) else { throw Refusal() }
    #expect(try await daemon.waitForItems(2).count == 2)
  }

  @Test func productsThatAreDoneWithAreMovedAndStillOfUse() async throws {
    let (daemon, paths, _) = try await daemonWithMovedProducts()
    try drop([paths[2]], into: daemon.drop)
    let items = try await daemon.waitForItems(2)
    let newest = try #require(items.max { $0.revision < $1.revision })
    let document = try String(contentsOfFile: newest.documentPath, encoding: .utf8)
    for path in paths { #expect(document.contains((path as NSString).lastPathComponent.dropLast(5))) }
  }

  /// Two of three products are published and lie where products go that are done with.
  func daemonWithMovedProducts(isZipped: Bool = false) async throws -> (
    daemon: RunningDaemon, paths: [String], done: String
  ) {
    let daemon = try RunningDaemon()
    let done = daemon.folder.path + "/done"
    try daemon.configure([], drop: ", on_done: move, done_folder: \(done)")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3) { $0.delivery.isZipped = isZipped }
    try drop(Array(paths.prefix(2)), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    let moved = try await eventually { () -> [String]? in
      let names = try? FileManager.default.contentsOfDirectory(atPath: done)
      return names?.count == 2 ? names : nil
    }
    #expect(moved?.count == 2)
    return (daemon, paths, done)
  }

  @Test func theHookRunsUntilItSucceeds() async throws {
    let folder = try TemporaryFolder()
    let hook = folder.path + "/hook"
    let script =
      "#!/bin/sh\necho \"$@\" >> \(folder.path)/calls\n[ $(wc -l < \(folder.path)/calls) -ge 3 ] || exit 3\n"
    try Data(script.utf8).write(to: URL(fileURLWithPath: hook))
    #expect(chmod(hook, 0o755) == 0)
    let daemon = try RunningDaemon("hook_command: \(hook)", "hook_links: \(folder.path)/links", "keep_revisions: 1")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try drop([paths[0]], into: daemon.drop)
    try daemon.start()
    let item = try #require(try await daemon.waitForItems(1).first)
    let calls = try await eventually { () -> [Substring]? in
      let text = (try? String(contentsOfFile: folder.path + "/calls", encoding: .utf8)) ?? ""
      let lines = text.split(separator: "\n")
      return lines.count >= 2 ? lines : nil
    }
    #expect(calls?.first == "\(item.folder) \(item.id) 1")
    // Whoever asks is told for as long as it fails; it is run again when that was said to be.
    let failing = try await daemon.status()?.problems.first { $0.contains(item.id) && $0.contains("3") }
    #expect(failing != nil || calls?.count == 3)
    #expect(try await eventually { try await daemon.status()?.problems.isEmpty == true ? true : nil } == true)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder.path)/links/\(item.id)") == item.folder)
    // Retention: the next revision replaces the one before.
    try drop([paths[1]], into: daemon.drop)
    let kept = try await eventually { () -> [PublishedItem]? in
      let items = try daemon.items()
      return items.map(\.revision) == [2] ? items : nil
    }
    #expect(kept != nil)
    // Its predecessor is named, and no link leads to where nothing is any more.
    let document = try String(contentsOfFile: try #require(kept?.first).documentPath, encoding: .utf8)
    #expect(kept?.first?.predecessor == item.id && !document.contains("predecessor-version"))
  }
}

private struct Refusal: Error {}
