import Control
import Foundation
import Geometry
import Glibc
import Product
import Publishing
import Simulation
import Storage
import TestSupport
import Testing

/// What becomes of products that are held, lost, corrected or there twice.
extension DaemonTests {
  private func name(of path: String) -> String {
    let file = (path as NSString).lastPathComponent
    return ProductName(file)?.stem ?? file
  }

  private func say(_ request: ControlRequest, to daemon: RunningDaemon) async throws {
    guard case .done = try await daemon.ask(request) else {
      Issue.record("\(request) is not obeyed")
      return
    }
  }

  private func newest(_ items: [PublishedItem]) -> PublishedItem? { items.max { $0.created < $1.created } }

  /// The product that opens the window is held and let go: what is published follows, and the window is the old one.
  @Test func aHeldFirstProductThatIsReleasedIsUsedAgain() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try drop(paths, into: daemon.drop)
    try daemon.start()
    let group = try await daemon.waitForItems(1).first?.group
    try await say(.hold(subject: name(of: paths[0])), to: daemon)
    #expect(newest(try await daemon.waitForItems(2))?.group != group)
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

  /// Parts of a split datastrip that are gone still belong to their group, also after a restart: nothing poorer takes the
  /// place of what is published.
  @Test func aLostPartChangesNothingThatIsPublished() async throws {
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
    try daemon.start()
    let isPlanned = try await eventually { () -> Bool? in
      guard try await daemon.status()?.mode == "working" else { return nil }
      return try await daemon.products().count { $0.role != nil } == 3 ? true : nil
    }
    #expect(isPlanned == true)
    try await Task.sleep(for: .seconds(4))
    #expect(try daemon.items().map(\.id) == [item.id])
    #expect(try await daemon.groups().map(\.state) == ["published"])
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
}
