import Control
import Foundation
import Geometry
import Glibc
import Ledger
import Publishing
import Simulation
import Storage
import TestSupport
import Testing

/// What becomes of products that change, go bad or cannot go where they should.
extension DaemonTests {
  private func file(of product: String) -> String { (product as NSString).lastPathComponent }

  private func flush(_ daemon: RunningDaemon, _ subject: String) async throws -> ControlAnswer {
    try await daemon.ask(.flush(subject: subject))
  }

  /// Waits until a product is in a state.
  @discardableResult
  private func product(
    _ daemon: RunningDaemon, at location: String, is state: String
  ) async throws -> ProductAnswer? {
    let found = try await eventually {
      try await daemon.products().first { $0.location == location && $0.state == state }
    }
    #expect(found != nil, "\(location) is not \(state): \(daemon.log.suffix(2000))")
    return found
  }

  private func band(of product: String) throws -> String {
    let name = try FileManager.default.subpathsOfDirectory(atPath: product).first { $0.hasSuffix("B04_10m.jp2") }
    return "\(product)/\(try #require(name))"
  }

  /// A late revisit that goes bad before it was ever published from holds up no other.
  @Test func aLateRevisitThatGoesBadHoldsUpNoOther() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 4)
    try drop(Array(paths.prefix(2)), into: daemon.drop)
    try daemon.start()
    let first = try #require(try await daemon.waitForItems(1).first)
    guard case .done = try await daemon.ask(.hold(subject: first.group)) else { throw CancellationError() }
    try drop(Array(paths.suffix(2)), into: daemon.drop)
    let late = "\(daemon.drop)/\(file(of: paths[3]))"
    try await product(daemon, at: late, is: "accepted")
    let image = URL(fileURLWithPath: try band(of: late))
    try Data(count: try Data(contentsOf: image).count).write(to: image)
    try await product(daemon, at: late, is: "refused")
    guard case .done = try await daemon.ask(.release(subject: first.group)) else { throw CancellationError() }
    let items = try await daemon.waitForItems(2)
    let document = try String(
      contentsOfFile: try #require(items.max { $0.revision < $1.revision }).documentPath, encoding: .utf8)
    #expect(document.contains(file(of: paths[2]).prefix(60)) && !document.contains(file(of: paths[3]).prefix(60)))
  }

  /// No scan looks at what was done with: `retry` does, also where it went away damaged and came back whole.
  @Test func aProductThatWasDoneWithCanBePutRight() async throws {
    let (daemon, paths, done) = try await daemonWithMovedProducts()
    let place = "\(done)/\(file(of: paths[0]))"
    let aside = daemon.folder.path + "/aside"
    let band = try band(of: place)
    try FileManager.default.moveItem(atPath: band, toPath: aside)
    try drop([paths[2]], into: daemon.drop)
    // It is looked at when it is needed.
    try await product(daemon, at: place, is: "incomplete")
    _ = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    guard case .explanation(let words) = try await daemon.ask(.explain(subject: place)) else {
      Issue.record("no explanation")
      return
    }
    #expect(words.sentences.contains { $0.contains("supertile retry") }, "\(words.sentences)")
    try FileManager.default.moveItem(atPath: aside, toPath: band)
    guard case .done = try await daemon.ask(.retry(subject: "31TCJ")) else { throw CancellationError() }
    #expect(try await daemon.waitForItems(2).count == 2)
    try await product(daemon, at: place, is: "accepted")
    // Bad again, then away, then back and whole.
    try FileManager.default.moveItem(atPath: band, toPath: aside)
    let other = try await makeProducts(daemon.folder.path + "/q", revisits: 4)
    try drop([other[3]], into: daemon.drop)
    try await product(daemon, at: place, is: "incomplete")
    try FileManager.default.moveItem(atPath: place, toPath: daemon.folder.path + "/away")
    try await product(daemon, at: place, is: "gone")
    try FileManager.default.moveItem(atPath: aside, toPath: daemon.folder.path + "/away" + band.dropFirst(place.count))
    try FileManager.default.moveItem(atPath: daemon.folder.path + "/away", toPath: place)
    try await product(daemon, at: place, is: "accepted")
    #expect(try await daemon.waitForItems(3).count == 3)
  }

  /// Whatever keeps a product from being moved, when it is deleted it is gone.
  @Test func aProductThatCannotBeMovedMayBeDeleted() async throws {
    let daemon = try RunningDaemon()
    let done = daemon.folder.path + "/done"
    try FileManager.default.createSymbolicLink(atPath: done, withDestinationPath: daemon.folder.path + "/nowhere/far")
    try daemon.configure([], drop: ", on_done: move, done_folder: \(done)")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(Array(paths.prefix(2)), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    let isSaid = try await eventually { daemon.log.contains("cannot be moved to") ? true : nil }
    #expect(isSaid == true)
    let place = "\(daemon.drop)/\(file(of: paths[0]))"
    try FileManager.default.removeItem(atPath: place)
    try await product(daemon, at: place, is: "gone")
    try drop([paths[2]], into: daemon.drop)
    let blocked = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(blocked?.reason.contains("gone") == true)
    guard case .done = try await flush(daemon, "31TCJ") else { throw CancellationError() }
    #expect(try await daemon.waitForItems(2).count == 2)
  }

  /// What came in the place of a product that is done with is another one: it is looked at, not deleted.
  @Test func aNewDeliveryIsNotDeletedForTheOldOne() async throws {
    let daemon = try RunningDaemon()
    let old = daemon.folder.path + "/old"
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    let newer = try await makeProducts(daemon.folder.path + "/q", revisits: 2, seed: 5)
    let place = "\(daemon.drop)/\(file(of: paths[1]))"
    // Nothing can be deleted yet.
    let trash = daemon.drop + "/.supertile-deleted"
    try Data().write(to: URL(fileURLWithPath: trash))
    try daemon.configure([
      "drop_folders: [{name: drop, path: \(daemon.drop), settle_seconds: 1, poll_only: true, rescan_seconds: 300, "
        + "on_done: delete}]"
    ])
    try drop(paths, into: daemon.drop)
    try daemon.start()
    #expect(try await daemon.waitForItems(1).count == 1)
    let isSaid = try await eventually { daemon.log.contains("is done with and cannot be deleted") ? true : nil }
    #expect(isSaid == true)
    try FileManager.default.moveItem(atPath: place, toPath: old)
    try FileManager.default.moveItem(atPath: newer[1], toPath: place)
    try FileManager.default.removeItem(atPath: trash)
    // What it was published with is gone.
    let blocked = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(blocked?.reason.contains("gone") == true)
    guard case .done = try await flush(daemon, "31TCJ") else { throw CancellationError() }
    #expect(try await daemon.waitForItems(2).count == 2)
    try await product(daemon, at: place, is: "gone")
    // It is taken away first, and removed then.
    let isEmpty = try await eventually {
      try FileManager.default.contentsOfDirectory(atPath: daemon.drop).isEmpty ? true : nil
    }
    #expect(isEmpty == true)
  }

  /// The older content stays the older one when its copy is moved, and when its folder gets another name.
  @Test func anOldCopyThatIsMovedIsNoCorrection() async throws {
    let daemon = try RunningDaemon()
    let inner = daemon.drop + "/corrected"
    let other = daemon.folder.path + "/other"
    for folder in [inner, other] {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    func configure(_ name: String) throws {
      try daemon.configure(
        ["lateness_days: 0"], drop: "}, {name: \(name), path: \(other), settle_seconds: 1, rescan_seconds: 5")
    }
    try configure("other")
    let old = try await makeProducts(daemon.folder.path + "/p", revisits: 1)[0]
    let new = try await makeProducts(daemon.folder.path + "/q", revisits: 1, seed: 2)[0]
    try drop([old], into: other)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    try drop([new], into: inner)
    let corrected = try await daemon.waitForItems(2)
    let location = "\(inner)/\(file(of: new))"
    func isStill(_ what: String) async throws {
      try await Task.sleep(for: .seconds(5))
      #expect(try await daemon.waitForItems(2).map(\.id).sorted() == corrected.map(\.id).sorted(), "\(what)")
      let taken = try await daemon.products().first { $0.location == location }
      #expect(taken?.state == "accepted" && taken?.role == "anchor", "\(what)")
    }
    try configure("renamed")
    daemon.signal(SIGHUP)
    let isTaken = try await eventually {
      try await daemon.products().contains { $0.drop == "renamed" && $0.state == "accepted" } ? true : nil
    }
    #expect(isTaken == true)
    try await isStill("the folder has another name")
    try FileManager.default.moveItem(atPath: "\(other)/\(file(of: old))", toPath: "\(daemon.drop)/\(file(of: old))")
    try await product(daemon, at: "\(daemon.drop)/\(file(of: old))", is: "accepted")
    try await isStill("its copy was moved")
  }

  /// A correction may leave the images as they are: the offset alone decides reflectance.
  @Test func aCorrectedOffsetIsPublished() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure(["lateness_days: 0"])
    let settings = try String(contentsOfFile: daemon.configuration, encoding: .utf8)
    try Data("verify_checksums: false\n\(settings)".utf8).write(to: URL(fileURLWithPath: daemon.configuration))
    let product = try await makeProducts(daemon.folder.path + "/p", revisits: 1)[0]
    let metadata = URL(fileURLWithPath: product + "/MTD_MSIL2A.xml")
    let right = try String(contentsOf: metadata, encoding: .utf8)
    let wrong = right.replacingOccurrences(of: ">-1000<", with: ">-0000<")
    try #require(wrong != right)
    try Data(wrong.utf8).write(to: metadata)
    try drop([product], into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    let published = "\(daemon.drop)/\(file(of: product))/MTD_MSIL2A.xml"
    try DurableFile.replace(published, with: right.utf8)
    let items = try await daemon.waitForItems(2)
    #expect(items.map(\.revision).max() == 2)
  }

  /// What comes later is later, whatever the clock said before.
  @Test func aClockThatWasAheadLosesNoCorrection() async throws {
    let daemon = try RunningDaemon()
    let inner = daemon.drop + "/corrected"
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 1), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    daemon.kill()
    try await Ledger(path: daemon.folder.path + "/state/ledger.sqlite").write { ledger in
      for var row in try ledger.products(tile: "31TCJ") {
        row.accepted = Date().addingTimeInterval(2 * 86_400)
        try ledger.save(row)
      }
    }
    try daemon.start()
    let new = try await makeProducts(daemon.folder.path + "/q", revisits: 1, seed: 2)
    try drop(new, into: inner)
    #expect(try await daemon.waitForItems(2).count == 2)
    let corrected = try await daemon.products().first { $0.location == "\(inner)/\(file(of: new[0]))" }
    #expect(corrected?.role == "anchor")
  }

  /// Windows that another store holds stay when the daemon turns to it.
  @Test func windowsOfAnotherStoreStay() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(Array(paths.dropFirst()), into: daemon.drop)
    try daemon.start()
    let first = try #require(try await daemon.waitForItems(1).first)
    daemon.signal(SIGTERM)
    _ = try await daemon.waitForExit()
    let (store, state) = (daemon.storePath, daemon.folder.path + "/state")
    try FileManager.default.moveItem(atPath: store, toPath: daemon.folder.path + "/second")
    try FileManager.default.removeItem(atPath: state)
    try daemon.configure(["lateness_days: 3660"])
    try drop([paths[0]], into: daemon.drop)
    try daemon.start()
    _ = try await eventually { try await daemon.groups().first { $0.usable == 3 } }
    try daemon.configure(["lateness_days: 3660", "store: \(daemon.folder.path)/second"])
    daemon.signal(SIGHUP)
    let groups = try await eventually { () -> [GroupAnswer]? in
      let groups = try await daemon.groups().filter { $0.state != "dissolved" }
      return groups.count == 2 ? groups : nil
    }
    let late = try #require(groups?.first { $0.id == first.group })
    #expect(late.usable == 2)
  }

  /// Windows that were cut for what another store holds are no matter of this one, and are there again with that store.
  @Test func windowsOfTheStoreThatWasLeftDoNotCount() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(Array(paths.dropFirst()), into: daemon.drop)
    try daemon.configure(["lateness_days: 0"])
    try daemon.start()
    let first = try #require(try await daemon.waitForItems(1).first)
    let second = daemon.folder.path + "/second"
    func turn(to store: String) async throws {
      try daemon.configure(["lateness_days: 0", "store: \(store)"])
      guard case .done = try await daemon.ask(.reload) else { throw CancellationError() }
    }
    try await turn(to: second)
    try drop([paths[0]], into: daemon.drop)
    let isOne = try await eventually {
      try Store(path: second, readOnly: true).allItems().items.contains { $0.products.count == 3 } ? true : nil
    }
    #expect(isOne == true, "\(daemon.log.suffix(3000))")
    try await turn(to: daemon.storePath)
    let isTwo = try await eventually {
      let items = try daemon.items()
      return items.count == 2 && items.contains { $0.id == first.id } && items.contains { $0.products.count == 1 }
        ? true : nil
    }
    #expect(isTwo == true, "\(daemon.log.suffix(3000))")
  }

  /// `flush` says what there is, too.
  @Test func aWordIsRefusedWithWhatIsThere() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure([], drop: ", on_done: delete")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    try drop([paths[0]], into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    _ = try await eventually { try await daemon.products().allSatisfy { $0.state == "gone" } ? true : nil }
    try FileManager.default.removeItem(atPath: try band(of: paths[1]))
    try drop([paths[1]], into: daemon.drop)
    try await product(daemon, at: "\(daemon.drop)/\(file(of: paths[1]))", is: "incomplete")
    guard case .refused(let why) = try await flush(daemon, "31TCJ") else {
      Issue.record("not refused")
      return
    }
    #expect(why.contains("is incomplete") && why.contains("supertile explain"), "\(why)")
  }

  /// The product that was to be the anchor shows another place: who asks is told that it is not.
  @Test func anAnchorThatGaveWayIsNotCalledOne() async throws {
    let daemon = try RunningDaemon("lateness_days: 0")
    func products(seed: UInt64) async throws -> [String] {
      try await makeProducts("\(daemon.folder.path)/\(seed)", revisits: 4, seed: seed) {
        $0.scene = .drawn(RasterSize(rows: 256, columns: 256))
      }
    }
    let other = try await products(seed: 5)[3]
    try drop(Array(try await products(seed: 4).prefix(3)) + [other], into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    let given = try #require(try await daemon.products().first { $0.role == "left_out" }, "\(daemon.log.suffix(3000))")
    #expect(given.name == name(of: other))
    #expect(
      given.reason.hasPrefix("was to be the anchor: ") && given.reason.contains("; left out of what was published: "))
    guard case .explanation(let answer) = try await daemon.ask(.explain(subject: name(of: other))) else {
      Issue.record("no explanation")
      return
    }
    #expect(answer.sentences.contains { $0.hasPrefix("It was to be the anchor of group ") }, "\(answer.sentences)")
  }

  /// A part of the store that cannot be looked at is said, and looked at again.
  @Test func aStoreThatCannotBeReadIsAskedAgain() async throws {
    let daemon = try RunningDaemon()
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 2), into: daemon.drop)
    try daemon.start()
    let item = try #require(try await daemon.waitForItems(1).first)
    daemon.kill()
    let month = Folder.parent(of: item.folder)
    try FileManager.default.moveItem(atPath: month, toPath: month + "-away")
    try FileManager.default.createSymbolicLink(atPath: month, withDestinationPath: month)
    try daemon.start()
    let problem = try await eventually { try await daemon.status()?.problems.first { $0.contains(month) } }
    #expect(problem != nil)
    try FileManager.default.removeItem(atPath: month)
    try FileManager.default.moveItem(atPath: month + "-away", toPath: month)
    let isWell = try await eventually { try await daemon.status()?.problems.isEmpty == true ? true : nil }
    #expect(isWell == true)
    #expect(try await daemon.waitForItems(1).map(\.id) == [item.id])
  }
}
