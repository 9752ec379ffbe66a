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

/// What becomes of products that are held, lost, corrected or there twice.
extension DaemonTests {
  func name(of path: String) -> String {
    let file = (path as NSString).lastPathComponent
    return ProductName(file)?.stem ?? file
  }

  func say(_ request: ControlRequest, to daemon: RunningDaemon) async throws {
    guard case .done = try await daemon.ask(request) else {
      Issue.record("\(request) is not obeyed")
      return
    }
  }

  /// What comes in for a tile while its job waits costs it no place in the queue.
  @Test func aGroupThatChangesKeepsItsPlaceInTheQueue() async throws {
    let daemon = try RunningDaemon()
    let first = try await makeProducts(daemon.folder.path + "/p", revisits: 2).sorted()
    let second = try await makeProducts(daemon.folder.path + "/q", tile: "31TDJ", revisits: 1, seed: 2)
    try daemon.start()
    _ = try await eventually { try await daemon.status().flatMap { $0.mode == "working" ? true : nil } }
    try await say(.drain(isOn: true), to: daemon)
    for (paths, count) in [([first[0]], 1), (second, 2)] {
      try drop(paths, into: daemon.drop)
      _ = try await eventually { try await daemon.groups().filter { $0.state == "closed" }.count == count ? true : nil }
    }
    try drop([first[1]], into: daemon.drop)
    let isWhole = try await eventually {
      try await daemon.groups().contains { $0.state == "closed" && $0.usable == 2 } ? true : nil
    }
    #expect(isWhole == true, "\(daemon.log)")
    try await say(.drain(isOn: false), to: daemon)
    _ = try await daemon.waitForItems(2)
    let begun = daemon.log.split(separator: "\n").filter { $0.contains("work begins") }
    #expect(begun.first?.contains("31TCJ") == true && begun.count == 2, "\(daemon.log)")
  }

  private func newest(_ items: [PublishedItem]) -> PublishedItem? { items.max { $0.created < $1.created } }

  /// The product that opens the window is held and let go: what is published follows, and the window stays.
  @Test func aHeldFirstProductThatIsReleasedIsUsedAgain() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try drop(paths, into: daemon.drop)
    try daemon.start()
    let group = try await daemon.waitForItems(1).first?.group
    try await say(.hold(subject: name(of: paths[0])), to: daemon)
    #expect(try await daemon.products().first { $0.name == name(of: paths[0]) }?.reason.hasPrefix("held") == true)
    #expect(newest(try await daemon.waitForItems(2))?.group == group)
    try await say(.release(subject: name(of: paths[0])), to: daemon)
    let last = try #require(newest(try await daemon.waitForItems(3)))
    #expect(last.group == group && last.revision == 3)
    let document = try String(contentsOfFile: last.documentPath, encoding: .utf8)
    for path in paths { #expect(document.contains(name(of: path))) }
  }

  /// The missing product that opened the window is given up by the operator's word: what is left is another group, and
  /// closes. The word is spent with that.
  @Test func aFlushIsAboutWhatIsLeft() async throws {
    let daemon = try RunningDaemon("lateness_days: 3660")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try drop(paths, into: daemon.drop)
    try daemon.start()
    _ = try await eventually { try await daemon.groups().first { $0.usable == 2 } }
    let gone = daemon.drop + "/" + (paths[0] as NSString).lastPathComponent
    try FileManager.default.removeItem(atPath: gone)
    _ = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    try await say(.flush(subject: "31TCJ"), to: daemon)
    #expect(try await daemon.waitForItems(1).count == 1)
    try drop([paths[0]], into: daemon.drop)
    let reopened = try await eventually {
      try await daemon.groups().first { $0.usable > 0 && $0.state == "open" && $0.until != nil }
    }
    #expect(reopened != nil)
    try await Task.sleep(for: .seconds(2))
    #expect(try daemon.items().count == 1)
  }

  /// Parts of a split datastrip that are gone still belong to their group, also after a restart, and where nobody has written
  /// down their scene classes: nothing poorer takes the place of what is published.
  @Test(arguments: [true, false]) func aLostPartChangesNothingThatIsPublished(isCounted: Bool) async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2) { $0.splitRevisits = [1] }
    try drop(paths, into: daemon.drop)
    try daemon.start()
    let item = try #require(try await daemon.waitForItems(1).first)
    for path in paths.prefix(2) {
      try FileManager.default.removeItem(atPath: daemon.drop + "/" + (path as NSString).lastPathComponent)
    }
    _ = try await eventually { try await daemon.products().count { $0.state == "gone" } == 2 ? true : nil }
    daemon.kill()
    if !isCounted {
      let ledger = try Ledger(path: daemon.folder.path + "/state/ledger.sqlite")
      try await ledger.write { try $0.keep(classCounts: [], tile: "31TCJ") }
    }
    try daemon.start()
    let isPlanned = try await eventually { () -> Bool? in
      guard try await daemon.status()?.mode == "working" else { return nil }
      return try await daemon.products().count { $0.role != nil } == 3 ? true : nil
    }
    #expect(isPlanned == true)
    try await Task.sleep(for: .seconds(4))
    #expect(try daemon.items().map(\.id) == [item.id])
    #expect(try await daemon.groups().map(\.state) == ["published"])
    #expect(try await daemon.status()?.problems == [])
  }

  /// A product that comes again under its name with other content, as after a correction, takes the place of the one that
  /// was moved when it was done with; neither is lost.
  @Test func aCorrectedProductTakesThePlaceOfTheMovedOne() async throws {
    let (daemon, _, done) = try await daemonWithMovedProducts()
    let corrected = try await makeProducts(daemon.folder.path + "/corrected", revisits: 3, seed: 2)
    let file = (corrected[0] as NSString).lastPathComponent
    try #require(Folder.exists("\(done)/\(file)"))
    try drop([corrected[0]], into: daemon.drop)
    #expect(try await daemon.waitForItems(2).count == 2)
    let moved = try await eventually {
      let names = try FileManager.default.contentsOfDirectory(atPath: done)
      return names.count == 3 ? names : nil
    }
    #expect(moved?.contains((file as NSString).deletingPathExtension + ".2.SAFE") == true, "\(moved ?? [])")
    #expect(try await daemon.products().contains { $0.role == "superseded" && $0.reason.contains("other content") })
  }

  /// What came last counts, wherever it lies and whatever happens to the folder where it went: the correction stays, also
  /// where the daemon died between its move and writing that down.
  @Test func aCorrectionIsNeverUndone() async throws {
    let (daemon, _, done) = try await daemonWithMovedProducts()
    let corrected = try await makeProducts(daemon.folder.path + "/corrected", revisits: 3, seed: 2)[0]
    let file = (corrected as NSString).lastPathComponent
    let moved = "\(done)/" + (file as NSString).deletingPathExtension + ".2.SAFE"
    try drop([corrected], into: daemon.drop)
    #expect(try await daemon.waitForItems(2).count == 2)
    #expect(try await eventually { Folder.exists(moved) ? true : nil } == true)
    let last = try #require(newest(try daemon.items()))
    func settle() async throws {
      let isSettled = try await eventually { () -> Bool? in
        guard try await daemon.status()?.mode == "working" else { return nil }
        return try await daemon.products().count { $0.state == "accepted" } == 3 ? true : nil
      }
      #expect(isSettled == true, "\(daemon.log)")
      let isPublished = try await eventually { try await daemon.groups().map(\.state) == ["published"] ? true : nil }
      #expect(isPublished == true)
      #expect(newest(try await daemon.waitForItems(2))?.id == last.id)
      let old = try await daemon.products().first { $0.role == "superseded" }
      #expect(old?.location == "\(done)/\(file)")
    }
    try await settle()
    // The folder is away for a while, as a disk that is not mounted.
    daemon.kill()
    try FileManager.default.moveItem(atPath: done, toPath: done + "-away")
    try FileManager.default.createDirectory(atPath: done, withIntermediateDirectories: true)
    try daemon.start()
    _ = try await eventually { try await daemon.products().allSatisfy { $0.state == "gone" } ? true : nil }
    try FileManager.default.removeItem(atPath: done)
    try FileManager.default.moveItem(atPath: done + "-away", toPath: done)
    try await settle()
    // Moved, and not written down.
    daemon.kill()
    let dropped = "\(daemon.drop)/\(file)"
    try await Ledger(path: daemon.folder.path + "/state/ledger.sqlite").write { ledger in
      guard var row = try ledger.product(at: moved) else { return }
      try ledger.forgetProduct(at: moved)
      (row.location, row.destination) = (dropped, moved)
      try ledger.save(row)
    }
    try daemon.start()
    try await settle()
  }

  /// What was published from and does not do any more still belongs there: nothing poorer takes the place of what is
  /// published, but by the operator's word.
  @Test func aProductThatGoesBadChangesNothingThatIsPublished() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(paths, into: daemon.drop)
    try daemon.start()
    let item = try #require(try await daemon.waitForItems(1).first)
    let place = daemon.drop + "/" + (paths[0] as NSString).lastPathComponent
    let band = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: place).first { $0.hasSuffix("B04_10m.jp2") })
    try Data("no image".utf8).write(to: URL(fileURLWithPath: place + "/" + band))
    let bad = try await eventually {
      try await daemon.products().first { ["refused", "incomplete"].contains($0.state) }
    }
    #expect(bad?.location == place && bad?.group == item.group)
    #expect(try await daemon.waitForItems(1).map(\.id) == [item.id])
    #expect(try await daemon.groups().map(\.state) == ["published"])
    try await say(.flush(subject: item.group), to: daemon)
    let next = try #require(newest(try await daemon.waitForItems(2)))
    let document = try String(contentsOfFile: next.documentPath, encoding: .utf8)
    #expect(!document.contains(name(of: paths[0])) && document.contains(name(of: paths[1])))
  }

  /// All that there was of a published group is gone: it cannot be made again, and a word about it changes nothing.
  @Test func aWordThatCannotBeObeyedChangesNothing() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try daemon.configure([], drop: ", on_done: delete")
    try drop(paths, into: daemon.drop)
    try daemon.start()
    let item = try #require(try await daemon.waitForItems(1).first)
    _ = try await eventually { try await daemon.products().allSatisfy { $0.state == "gone" } ? true : nil }
    for subject in [item.group, "31TCJ"] {
      guard case .refused(let why) = try await daemon.ask(.flush(subject: subject)) else {
        Issue.record("not refused")
        return
      }
      #expect(why.contains("its products are gone"))
    }
    let groups = try await daemon.groups()
    #expect(groups.map(\.id) == [item.group] && groups.map(\.state) == ["published"])
    #expect(try await daemon.products().allSatisfy { $0.group == item.group })
  }

  /// Starts the daemon beside a product that lacks a band, and waits until it is found incomplete.
  /// - Returns: brings the band.
  func startWithoutABand(_ daemon: RunningDaemon, _ path: String) async throws -> () throws -> Void {
    let (files, kept) = (FileManager.default, daemon.folder.path + "/band")
    let band = try #require(try files.subpathsOfDirectory(atPath: path).first { $0.hasSuffix("B04_10m.jp2") })
    let place = "\(daemon.drop)/\((path as NSString).lastPathComponent)/\(band)"
    try files.moveItem(atPath: path + "/" + band, toPath: kept)
    try drop([path], into: daemon.drop)
    try daemon.start()
    _ = try await eventually { try await daemon.products().first { $0.state == "incomplete" } }
    return { try FileManager.default.moveItem(atPath: kept, toPath: place) }
  }

  /// A tile is known by its products before it has a group.
  @Test func aTileIsHeldBeforeItHasAGroup() async throws {
    let daemon = try RunningDaemon()
    let path = try await makeProducts(daemon.folder.path + "/p", revisits: 1)[0]
    let complete = try await startWithoutABand(daemon, path)
    guard case .refused(let why) = try await daemon.ask(.flush(subject: "31TCJ")) else {
      Issue.record("not refused")
      return
    }
    #expect(why.contains("has no group yet"))
    try await say(.hold(subject: "31TCJ"), to: daemon)
    try complete()
    #expect(try await eventually { try await daemon.groups().first { $0.state == "held" } } != nil)
    try await say(.release(subject: "31TCJ"), to: daemon)
    #expect(try await daemon.waitForItems(1).count == 1)
  }

  /// What is held is not published by the job that is at work on it.
  @Test func aHoldGivesUpTheJobThatIsAtWork() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure([], method: "highresnet")
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 3), into: daemon.drop)
    try daemon.start()
    let job = try #require(try await eventually { try await daemon.status()?.running?.job })
    let held = try #require(try await daemon.products().first { $0.role == "view" }?.name)
    guard case .done(let text) = try await daemon.ask(.hold(subject: held)) else {
      Issue.record("not held")
      return
    }
    #expect(text.contains("job \(job), which is at work on it, is given up"), "\(text)")
    let items = try await daemon.waitForItems(1)
    #expect(items.map(\.revision) == [1] && items.allSatisfy { !$0.products.contains(held) && $0.products.count == 2 })
  }

  /// A view that turns out not to fit is called one no more.
  @Test func whatIsLeftOutOfAnItemIsSaidOfTheProduct() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    let stranger = try await makeProducts(daemon.folder.path + "/q", revisits: 1, seed: 77, start: "2024-05-02")[0]
    try drop(paths + [stranger], into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    let reason = try await eventually {
      try await daemon.products().first { $0.name == name(of: stranger) && $0.reason.contains("left out of what") }?
        .reason
    }
    #expect(reason != nil, "\(daemon.log)")
    #expect(try await explanation(of: name(of: stranger), by: daemon).contains("no part of what was published last"))
    #expect(try await daemon.products().filter { $0.reason.contains("left out") }.count == 1)
  }

  private func explanation(of subject: String, by daemon: RunningDaemon) async throws -> String {
    guard case .explanation(let explanation)? = try? await daemon.ask(.explain(subject: subject)) else { return "" }
    return explanation.sentences.joined(separator: " ")
  }

  /// The name that lies in the drop folder means the product, as its path does; a group says what its job waits for.
  @Test func explainSaysWhatIsMeantAndWhatIsWaitedFor() async throws {
    let daemon = try RunningDaemon("reserve_mib: 99999999")
    let path = try await makeProducts(daemon.folder.path + "/p", revisits: 1)[0]
    let file = (path as NSString).lastPathComponent
    try drop([path], into: daemon.drop)
    try daemon.start()
    let waits = try await eventually {
      try await self.explanation(of: "31TCJ", by: daemon).contains("99999999 MiB stay in reserve") ? true : nil
    }
    #expect(waits == true, "\(daemon.log)")
    for name in [file, "./\(file)/", name(of: path)] {
      let text = try await explanation(of: name, by: daemon)
      #expect(text.contains("is a product of tile 31TCJ") && text.contains("It is the anchor"), "\(name): \(text)")
    }
    // Draining is another reason, and the old one is over.
    guard case .done = try await daemon.ask(.drain(isOn: true)) else {
      Issue.record("does not drain")
      return
    }
    #expect(try await explanation(of: "31TCJ", by: daemon).contains("`supertile drain --off`"))
    #expect(try await daemon.status()?.waiting == nil)
  }

  /// What is held by something else is not let go, and that is said.
  @Test func aReleaseSaysWhatIsStillHeld() async throws {
    let daemon = try RunningDaemon("lateness_days: 3660")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try drop(paths, into: daemon.drop)
    try daemon.start()
    let group = try #require(try await eventually { try await daemon.groups().first { $0.usable == 2 } }).id
    func release(_ subject: String) async throws -> String {
      guard case .done(let text) = try await daemon.ask(.release(subject: subject)) else { return "" }
      return text
    }
    try await say(.hold(subject: "31TCJ"), to: daemon)
    guard case .done(let flushed) = try await daemon.ask(.flush(subject: "31TCJ")) else {
      Issue.record("not obeyed")
      return
    }
    #expect(flushed.hasPrefix("1 held by the operator (\(group)): `supertile release`"), "\(flushed)")
    #expect(try await release(group).contains("still held, with 31TCJ"))
    try await say(.hold(subject: name(of: paths[1])), to: daemon)
    let text = try await release("31TCJ")
    #expect(text.contains("goes on") && text.contains("\(name(of: paths[1])) stay held"), "\(text)")
    #expect(try await release(name(of: paths[1])) == "\(name(of: paths[1])) goes on")
  }

  /// Products that cannot be seen to are a problem for whoever asks, not for the journal alone.
  @Test func whatCannotBeMovedIsToldToWhoeverAsks() async throws {
    let daemon = try RunningDaemon()
    let blocked = daemon.folder.path + "/blocked"
    try Data("a file".utf8).write(to: URL(fileURLWithPath: blocked))
    try daemon.configure([], drop: ", on_done: move, done_folder: \(blocked)/done")
    let path = try await makeProducts(daemon.folder.path + "/p", revisits: 1)[0]
    try drop([path], into: daemon.drop)
    try daemon.start()
    let problem = try await eventually {
      try await daemon.status()?.problems.first { $0.contains("is done with and cannot be moved") }
    }
    #expect(problem != nil, "\(daemon.log)")
    #expect(try await explanation(of: name(of: path), by: daemon).contains("cannot be moved to \(blocked)/done"))
    try FileManager.default.removeItem(atPath: blocked)
    #expect(try await eventually { try await daemon.status()?.problems.isEmpty == true ? true : nil } == true)
  }

  /// Windows that were published from stay also where the ledger was lost: the store knows them.
  @Test func windowsStayWithoutTheLedger() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(Array(paths.dropFirst()), into: daemon.drop)
    try daemon.start()
    let first = try #require(try await daemon.waitForItems(1).first)
    try drop([paths[0]], into: daemon.drop)
    let items = try await daemon.waitForItems(2)
    #expect(Set(items.map(\.group)).count == 2)
    let early = try #require(try await daemon.groups().first { $0.id != first.group })
    let late = try #require(try await daemon.groups().first { $0.id == first.group })
    #expect(early.windowEnd < late.windowStart, "the new window ends where the published one begins")
    daemon.kill()
    for name in try FileManager.default.contentsOfDirectory(atPath: daemon.folder.path + "/state")
    where name.hasPrefix("ledger.sqlite") {
      try FileManager.default.removeItem(atPath: daemon.folder.path + "/state/" + name)
    }
    try daemon.start()
    let isPublished = try await eventually {
      try await daemon.groups().map(\.state) == ["published", "published"] ? true : nil
    }
    #expect(isPublished == true)
    #expect(Set(try daemon.items().map(\.id)) == Set(items.map(\.id)))
  }

  /// Two more copies of what was moved, which go before they are looked at again: no end of the daemon.
  @Test func copiesOfAMovedProductMayComeAndGo() async throws {
    let (daemon, paths, _) = try await daemonWithMovedProducts()
    let identifier = daemon.processIdentifier
    for name in ["a", "b"] {
      let folder = daemon.folder.path + "/" + name
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try drop([paths[0]], into: folder)
      try FileManager.default.moveItem(atPath: folder, toPath: daemon.drop + "/" + name)
    }
    // Each is a duplicate, or done with and moved.
    let areSeen = try await eventually { () -> Bool? in
      let accepted = try await daemon.products().filter { $0.state == "accepted" }.map(\.location)
      let isSeen = try ["a", "b"].allSatisfy { folder in
        let place = daemon.drop + "/" + folder
        return try accepted.contains { $0.hasPrefix(place + "/") }
          || FileManager.default.contentsOfDirectory(atPath: place).isEmpty
      }
      return isSeen ? true : nil
    }
    #expect(areSeen == true)
    // It may be about to move one of them.
    daemon.signal(SIGSTOP)
    for name in ["a", "b"] { try FileManager.default.removeItem(atPath: daemon.drop + "/" + name) }
    daemon.signal(SIGCONT)
    try await Task.sleep(for: .seconds(6))
    #expect(Glibc.kill(identifier, 0) == 0 && daemon.processIdentifier == identifier)
    #expect(try await daemon.status() != nil)
  }

  /// After a change of the rules roles are those of now, and the item is still what it was: that is told.
  @Test func whatWasMadeByOtherRulesIsTold() async throws {
    let daemon = try RunningDaemon()
    func set(views: Int) throws {
      let text = try String(contentsOfFile: daemon.configuration, encoding: .utf8)
      let lines = text.split(separator: "\n").map { $0.hasPrefix("views: ") ? "views: \(views)" : $0 }
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: daemon.configuration))
    }
    func said(_ subject: String) async throws -> String {
      guard case .explanation(let explanation) = try await daemon.ask(.explain(subject: subject)) else { return "" }
      return explanation.sentences.joined(separator: "\n")
    }
    try set(views: 2)
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 3), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    let products = try await daemon.products()
    let surplus = try #require(products.first { $0.role == "surplus" }?.name)
    for subject in ["31TCJ", surplus] { #expect(try await !said(subject).contains("rules")) }
    try set(views: 3)
    guard case .done = try await daemon.ask(.reload) else {
      Issue.record("not taken")
      return
    }
    let told = try await eventually(seconds: 30) {
      let text = try await said(surplus)
      return text.contains("made by other rules; `supertile flush 31TCJ-20240503-60d`") ? text : nil
    }
    #expect(told?.contains("The item that is published does not show it") == true)
    #expect(try await said("31TCJ").contains("shows other views than would be chosen now"))
    // What was asked for is done, and then there is nothing to tell.
    guard case .done = try await daemon.ask(.flush(subject: "31TCJ")) else {
      Issue.record("not flushed")
      return
    }
    _ = try await daemon.waitForItems(2)
    let isSettled = try await eventually(seconds: 30) { try await !said(surplus).contains("rules") ? true : nil }
    #expect(isSettled == true)
  }
}
