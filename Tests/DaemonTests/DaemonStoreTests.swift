import Control
import Foundation
import Geometry
import Publishing
import Simulation
import Storage
import TestSupport
import Testing

/// A store that is away, and what has gone from one that is there.
extension DaemonTests {
  /// Another process holds the catalogues, as one that was stopped half way: the daemon gets ready, and ends when it is told.
  @Test func catalogueThatAnotherHoldsHoldsUpNoStart() async throws {
    let daemon = try RunningDaemon()
    try daemon.configure([])
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 1), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    daemon.signal(SIGTERM)
    _ = try await daemon.waitForExit()
    let lock = try FileLock.acquire(daemon.storePath + "/.supertile/locks/store.lock")
    try daemon.start()
    let mode = try await eventually { try await daemon.status().flatMap { $0.mode == "working" ? $0.mode : nil } }
    #expect(mode == "working", "\(daemon.log)")
    daemon.signal(SIGTERM)
    #expect(try await daemon.waitForExit(seconds: 20) == 0, "\(daemon.log)")
    withExtendedLifetime(lock) {}
  }

  /// The disk of the store is not mounted: what comes waits for it, whether or not the daemon was started meanwhile, and
  /// nothing is published into the empty folder, nor taken away since it was.
  @Test(arguments: [false, true])
  func aStoreThatIsAwayIsWaitedFor(startsMeanwhile: Bool) async throws {
    let daemon = try RunningDaemon()
    try daemon.configure([], drop: ", on_done: delete")
    let disk = daemon.folder.path + "/disk"
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 1), into: daemon.drop)
    try daemon.start()
    let first = try #require(try await daemon.waitForItems(1).first)
    _ = try await eventually { try await daemon.products().allSatisfy { $0.state == "gone" } ? true : nil }
    if startsMeanwhile {
      daemon.signal(SIGTERM)
      _ = try await daemon.waitForExit()
    }
    try FileManager.default.moveItem(atPath: daemon.storePath, toPath: disk)
    try FileManager.default.createDirectory(atPath: daemon.storePath, withIntermediateDirectories: false)
    if startsMeanwhile { try daemon.start() }
    try drop(try await makeProducts(daemon.folder.path + "/q", tile: "31TDJ", seed: 2), into: daemon.drop)
    let waiting = try await eventually { try await daemon.status()?.waiting }
    #expect(waiting?.contains("holds nothing of Supertile, where \(first.id) was published") == true, "\(daemon.log)")
    try await Task.sleep(for: .seconds(3))
    #expect(try FileManager.default.contentsOfDirectory(atPath: daemon.storePath).isEmpty)
    try Folder.remove(daemon.storePath)
    try FileManager.default.moveItem(atPath: disk, toPath: daemon.storePath)
    let items = try await daemon.waitForItems(2)
    #expect(Set(items.map(\.tile.name)) == ["31TCJ", "31TDJ"])
    let isCalm = try await eventually { () -> Bool? in
      let status = try await daemon.status()
      return status?.waiting == nil && status?.problems.isEmpty == true ? true : nil
    }
    #expect(isCalm == true)
  }

  /// Nobody has a job for it: that it is away is told all the same.
  @Test func aStoreThatGoesAwayIsToldOf() async throws {
    let daemon = try RunningDaemon()
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 1), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    let disk = daemon.folder.path + "/disk"
    try FileManager.default.moveItem(atPath: daemon.storePath, toPath: disk)
    let problem = try await eventually {
      try await daemon.status()?.problems.first { $0.contains("holds nothing of Supertile") }
    }
    #expect(problem != nil, "\(daemon.log)")
    try FileManager.default.moveItem(atPath: disk, toPath: daemon.storePath)
    #expect(try await eventually { try await daemon.status()?.problems.isEmpty == true ? true : nil } == true)
  }

  /// The operator begins a new store where the old one was.
  @Test func aNewStoreIsBegunByTheOperatorsWord() async throws {
    let daemon = try RunningDaemon()
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 1), into: daemon.drop)
    try daemon.start()
    _ = try await daemon.waitForItems(1)
    try FileManager.default.moveItem(atPath: daemon.storePath, toPath: daemon.folder.path + "/old")
    try drop(try await makeProducts(daemon.folder.path + "/q", tile: "31TDJ", seed: 2), into: daemon.drop)
    let waiting = try await eventually { try await daemon.status()?.waiting }
    let command = try #require(waiting?.split(separator: "`").last { $0.hasPrefix("mkdir -p ") })
    try FileManager.default.createDirectory(
      atPath: String(command.dropFirst("mkdir -p ".count)), withIntermediateDirectories: true)
    #expect(try await daemon.waitForItems(1).first?.tile.name == "31TDJ")
  }

  /// Others publish in the store while the daemon runs: what they made of more views is not replaced by less, nor removed.
  @Test func whatOthersPublishMeanwhileIsKnownBeforeWorkBegins() async throws {
    let daemon = try RunningDaemon("keep_revisions: 1")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 4)
    try daemon.start()
    _ = try await eventually { try await daemon.status().flatMap { $0.mode == "working" ? true : nil } }
    let run = Process()
    run.executableURL = URL(fileURLWithPath: builtProgram("supertile"))
    run.arguments = ["run", "--config", daemon.configuration, "--store", daemon.storePath] + paths
    try run.run()
    run.waitUntilExit()
    #expect(run.terminationStatus == 0)
    let item = try #require(try await daemon.waitForItems(1).first)
    try drop(Array(paths[..<2]), into: daemon.drop)
    let group = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(group?.id == item.group, "\(daemon.log)")
    #expect(try daemon.items() == [item])
    try drop(Array(paths[2...]), into: daemon.drop)
    let isWhole = try await eventually { try await daemon.groups().contains { $0.state == "published" } ? true : nil }
    #expect(isWhole == true, "\(daemon.log)")
    #expect(try daemon.items() == [item])
  }

  /// An item shows newer products than the ledger knows, as after a ledger from a backup: as many older ones do not replace
  /// it.
  @Test func whatIsOlderThanTheItemDoesNotReplaceIt() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 6)
    let run = Process()
    run.executableURL = URL(fileURLWithPath: builtProgram("supertile"))
    run.arguments = ["run", "--config", daemon.configuration, "--store", daemon.storePath] + paths
    try run.run()
    run.waitUntilExit()
    let item = try #require(try daemon.items().first)
    let byTime = paths.sorted { name(of: $0).split(separator: "_")[2] < name(of: $1).split(separator: "_")[2] }
    try daemon.start()
    try drop(Array(byTime[..<4]), into: daemon.drop)
    let group = try await eventually { try await daemon.groups().first { $0.state == "blocked" } }
    #expect(group?.id == item.group, "\(daemon.log)")
    #expect(try daemon.items() == [item])
  }

  /// A window that others published from stays, though an earlier revisit comes in.
  @Test func windowsThatOthersPublishMeanwhileStay() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3).sorted()
    try daemon.start()
    _ = try await eventually { try await daemon.status().flatMap { $0.mode == "working" ? true : nil } }
    let run = Process()
    run.executableURL = URL(fileURLWithPath: builtProgram("supertile"))
    let byTime = paths.sorted { name(of: $0).split(separator: "_")[2] < name(of: $1).split(separator: "_")[2] }
    run.arguments = ["run", "--config", daemon.configuration, "--store", daemon.storePath] + byTime[1...]
    try run.run()
    run.waitUntilExit()
    let item = try #require(try await daemon.waitForItems(1).first)
    try drop(paths, into: daemon.drop)
    let isDone = try await eventually { () -> Bool? in
      let (products, groups) = (try await daemon.products(), try await daemon.groups())
      return products.filter { $0.state == "accepted" }.count == 3 && groups.contains { $0.state == "published" }
        ? true : nil
    }
    #expect(isDone == true, "\(daemon.log)")
    #expect(try daemon.items().contains(item))
    #expect(Set(try daemon.items().map(\.group)).contains(item.group))
    let anchors = try daemon.items().map(\.stem)
    #expect(Set(anchors).count == anchors.count, "\(anchors)")
  }

  /// What somebody removed is told of, and made again on the operator's word.
  @Test func anItemThatIsGoneIsTold() async throws {
    let daemon = try RunningDaemon()
    try drop(try await makeProducts(daemon.folder.path + "/p", revisits: 1), into: daemon.drop)
    try daemon.start()
    let item = try #require(try await daemon.waitForItems(1).first)
    try Folder.remove(item.folder)
    try await say(.reload, to: daemon)
    let explained = try await eventually { () -> String? in
      guard case .explanation(let answer)? = try? await daemon.ask(.explain(subject: "31TCJ")) else { return nil }
      return answer.sentences.first { $0.contains("\(item.folder), which is in the store no more") }
    }
    #expect(explained != nil, "\(daemon.log)")
    #expect(daemon.log.contains("`supertile flush \(item.group)` makes it again"))
    try await say(.flush(subject: "31TCJ"), to: daemon)
    #expect(try await daemon.waitForItems(1).first?.revision == 2)
  }

  /// A published group lost a product. The word about the tile says so and names the word that is needed; once that was
  /// given for the tile it goes on being obeyed.
  @Test func aBlockedGroupTakesTheWordItAdvises() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 3)
    try drop(paths, into: daemon.drop)
    try daemon.start()
    let item = try #require(try await daemon.waitForItems(1).first)
    try Folder.remove(daemon.drop + "/" + (paths[0] as NSString).lastPathComponent)
    _ = try await eventually { try await daemon.products().contains { $0.state == "gone" } ? true : nil }
    let refusal = try await eventually { () -> String? in
      guard case .refused(let why)? = try? await daemon.ask(.flush(subject: "31TCJ")) else { return nil }
      return why.contains("`supertile flush \(item.group)`") ? why : nil
    }
    #expect(refusal?.contains("\(name(of: paths[0])) is gone") == true, "\(refusal ?? "not refused")")
    try await say(.flush(subject: item.group), to: daemon)
    #expect(try await daemon.waitForItems(2).count == 2)
  }

  /// One folder, or a part of it, is a drop folder by two names, and one of the two keeps its products.
  @Test(arguments: ["", "/sub"]) func whatAnotherDropFolderKeepsIsNotDeleted(part: String) async throws {
    let daemon = try RunningDaemon()
    let (link, place) = (daemon.folder.path + "/link", daemon.drop + part)
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: place)
    try daemon.configure(
      [], drop: "}, {name: other, path: \(link), on_done: delete, settle_seconds: 1, rescan_seconds: 5")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 1)
    try drop(paths, into: place)
    try daemon.start()
    #expect(try await daemon.waitForItems(1).count == 1)
    let problem = try await eventually {
      try await daemon.status()?.problems.first { $0.contains("of another drop folder; give them separate folders") }
    }
    #expect(problem != nil, "\(daemon.log)")
    #expect(daemon.log.contains(part.isEmpty ? "are one, by two names" : "overlaps"))
    #expect(try Folder.namesIfAny(place).contains((paths[0] as NSString).lastPathComponent))
  }

  /// Two links to one archive are two products to the drop folders that they lie in: each may go.
  @Test func linksToOneProductGoOneByOne() async throws {
    let daemon = try RunningDaemon()
    let other = daemon.folder.path + "/other"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
    let more = ", on_done: delete}, {name: kept, path: \(other), settle_seconds: 1, rescan_seconds: 5"
    try daemon.configure([], drop: more)
    let path = try #require(try await makeProducts(daemon.folder.path + "/p", revisits: 1).first)
    let name = (path as NSString).lastPathComponent
    for folder in [daemon.drop, other] {
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: path)
    }
    try daemon.start()
    #expect(try await daemon.waitForItems(1).count == 1)
    let isGone = try await eventually { FileStatus.of("\(daemon.drop)/\(name)") == nil ? true : nil }
    #expect(isGone == true, "\(daemon.log)")
    #expect(FileStatus.of("\(other)/\(name)") != nil && FileStatus.of(path) != nil)
  }

  /// A folder's name comes in the other of Unicode's forms, and then both are there.
  @Test func foldersAreFollowedThroughTheFormsOfTheirNames() async throws {
    let daemon = try RunningDaemon()
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 2)
    let (composed, decomposed) = (daemon.drop + "/Orl\u{e9}ans", daemon.drop + "/Orle\u{301}ans")
    try FileManager.default.createDirectory(atPath: decomposed, withIntermediateDirectories: false)
    try daemon.configure(["quiet_seconds: 6"])
    try drop(paths, into: decomposed)
    try daemon.start()
    _ = try await eventually { try await daemon.products().filter { $0.state == "accepted" }.count == 2 ? true : nil }
    let held = try #require(try await daemon.products().first?.location)
    try await say(.hold(subject: held), to: daemon)
    #expect(rename(decomposed, composed) == 0)
    let isFollowed = try await eventually {
      try await daemon.products().allSatisfy { $0.location.utf8.starts(with: composed.utf8) } ? true : nil
    }
    #expect(isFollowed == true, "\(daemon.log)")
    try await say(.release(subject: held), to: daemon)
    let isWhole = try await eventually { try daemon.items().contains { $0.products.count == 2 } ? true : nil }
    #expect(isWhole == true, "\(daemon.log)")
    let locations = try await daemon.products().map { Array($0.location.utf8) }
    #expect(locations.allSatisfy { $0.starts(with: Array(composed.utf8)) }, "\(daemon.log)")
    try FileManager.default.createDirectory(atPath: decomposed, withIntermediateDirectories: false)
    try drop(paths, into: decomposed)
    let told = try await eventually { try await daemon.status()?.problems.first { $0.contains("has the same name") } }
    #expect(told != nil, "\(daemon.log)")
    daemon.signal(SIGTERM)
    #expect(try await daemon.waitForExit() == 0)
    try daemon.start()
    let isThere = try await eventually { try await daemon.status().flatMap { $0.mode == "working" ? true : nil } }
    #expect(isThere == true, "\(daemon.log)")
  }

  /// A done folder that is the drop folder by a link: nothing is moved to and fro.
  @Test func nothingIsMovedToWhereItComesFrom() async throws {
    let daemon = try RunningDaemon()
    let done = daemon.folder.path + "/done"
    try FileManager.default.createSymbolicLink(atPath: done, withDestinationPath: daemon.drop)
    try daemon.configure([], drop: ", on_done: move, done_folder: \(done)")
    let paths = try await makeProducts(daemon.folder.path + "/p", revisits: 1)
    try drop(paths, into: daemon.drop)
    try daemon.start()
    #expect(try await daemon.waitForItems(1).count == 1)
    let problem = try await eventually {
      try await daemon.status()?.problems.first { $0.contains("lies in the drop folder \(daemon.drop) by a link") }
    }
    #expect(problem != nil, "\(daemon.log)")
    #expect(daemon.log.contains("overlaps the done_folder"))
    #expect(try Folder.namesIfAny(daemon.drop) == paths.map { ($0 as NSString).lastPathComponent })
  }

  /// A copy that paused inside a product goes on: that is seen before everything is scanned again.
  @Test func anIncompleteProductIsFollowed() async throws {
    let daemon = try RunningDaemon()
    let path = try await makeProducts(daemon.folder.path + "/p", revisits: 1)[0]
    let text = try String(contentsOfFile: daemon.configuration, encoding: .utf8)
    try Data(text.replacing("rescan_seconds: 5", with: "rescan_seconds: 3600").utf8)
      .write(to: URL(fileURLWithPath: daemon.configuration))
    let complete = try await startWithoutABand(daemon, path)
    try await Task.sleep(for: .seconds(3))
    try complete()
    #expect(try await daemon.waitForItems(1).count == 1)
  }
}
