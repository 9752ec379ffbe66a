import Foundation
import Geometry
import Glibc
import Publishing
import Storage
import Testing
import Writing

/// Whether a folder lies on another file system than temporary ones.
private func isOtherDisk(_ path: String) -> Bool {
  guard let device = try? Folder.device(path) else { return false }
  return device != (try? Folder.device(NSTemporaryDirectory()))
}

@Suite struct StoreTests {
  let folder: TemporaryFolder
  let store: Store
  var template: String { folder.path + "/template" }

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(path: folder.path + "/store")
  }

  func files(_ path: String) -> [String] {
    (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
  }

  @Test("An item lies where the layout says, whole, with checksums that verify")
  func layout() throws {
    let item = try #require(try publish(store, identity(), template: template))
    #expect(item.id == "S2B_31TCJ_20240612T105031_R051_SR_r01")
    #expect(item.relativePath == "31/T/CJ/2024/06/\(item.id)")
    #expect(item.folder == "\(folder.path)/store/sentinel-2-sr/\(item.relativePath)")
    #expect(
      Folder.list(item.folder)
        == [".json", "_MASK.tif", "_SR.tif", "_THUMB.png", "_VIEWS.tif"].map { item.id + $0 } + ["SHA256SUMS"])
    let sums = try run("/usr/bin/sha256sum", ["--strict", "-c", "SHA256SUMS"], in: item.folder)
    #expect(sums.status == 0, "\(sums.text)")
    #expect(sums.text.split(separator: "\n").count == 5)
    let root = folder.path + "/store"
    #expect(Folder.list(root) == [".supertile", "catalog.json", "sentinel-2-sr"])
    #expect(Folder.list(root + "/sentinel-2-sr/31/T/CJ") == ["2024", "latest.json"])
    #expect(files(root + "/.supertile/staging") == [".gate"])
    #expect(files(root + "/.supertile/documents").isEmpty)
  }

  @Test("Of a group the newest alone is listed, beside those of other groups with the same anchor")
  func currentItems() throws {
    let old = try #require(try publish(store, identity(start: "2024-05-28T10:50:31.024Z"), template: template))
    var other = try #require(try publish(store, identity(group: "g2", fingerprint: "f2"), template: template))
    other = try #require(try publish(store, identity(group: "g2", fingerprint: "f3"), template: template))
    let new = try #require(try publish(store, identity(fingerprint: "f4"), template: template))
    #expect(new.group == old.group && new.predecessor == old.id && new.stem == other.stem && new.revision == 3)
    #expect(try Set(Store.current(of: store.allItems().items).map(\.id)) == [new.id, other.id])
    let links = try json(store.layout.collectionFile)["links"]?.array?.filter { $0["rel"] == "item" }
    #expect(Set(links?.compactMap { $0["title"]?.string } ?? []) == [new.id, other.id])
  }

  @Test("The same fingerprint is published once; another makes the next revision, and the old one stays as it was")
  func revisions() throws {
    let first = try #require(try publish(store, identity(), template: template))
    let before = try FileManager.default.subpathsOfDirectory(atPath: first.folder).map {
      try Data(contentsOf: URL(fileURLWithPath: first.folder + "/" + $0))
    }
    guard case .unchanged(let same) = try store.prepare(identity()) else {
      Issue.record("published twice")
      return
    }
    #expect(same == first)
    let second = try #require(try publish(store, identity(fingerprint: "f2"), template: template))
    #expect(second.id == "S2B_31TCJ_20240612T105031_R051_SR_r02")
    #expect(second.predecessor == first.id)
    let after = try FileManager.default.subpathsOfDirectory(atPath: first.folder).map {
      try Data(contentsOf: URL(fileURLWithPath: first.folder + "/" + $0))
    }
    #expect(before == after)
    // Same group, other anchor: the series goes on. Other group, other anchor: a new one begins.
    let third = try #require(
      try publish(store, identity(start: "2024-05-28T10:50:31.024Z", fingerprint: "f3"), template: template))
    #expect(third.id == "S2B_31TCJ_20240528T105031_R051_SR_r03")
    #expect(third.predecessor == second.id)
    let link = try #require(
      try json(third.documentPath)["links"]?.array?.first { $0["rel"] == "predecessor-version" }?["href"]?.string)
    #expect(Folder.exists(Folder.absolute(third.folder + "/" + link)))
    let other = try #require(
      try publish(store, identity(start: "2024-07-02T10:50:31.024Z", group: "g2"), template: template))
    #expect(other.revision == 1 && other.predecessor == nil)
    // Other group, same anchor, as with windows of another length: it stands beside the others, and ids never collide.
    let fifth = try #require(try publish(store, identity(group: "g3", fingerprint: "f5"), template: template))
    #expect(fifth.revision == 3)
    #expect(fifth.predecessor == nil)
    #expect(try Set(Store.current(of: store.allItems().items).map(\.id)) == [third.id, other.id, fifth.id])
    guard
      case .unchanged(let back) = try store.prepare(
        identity(start: "2024-05-28T10:50:31.024Z", fingerprint: "f3"))
    else {
      Issue.record("published anew after another group with the same anchor")
      return
    }
    #expect(back == third)
    // Retention: what nothing replaces stays, the oldest goes first.
    #expect(try store.removeRevisions(of: third.tile, keeping: 3)?.isEmpty == true)
    // Nothing newer than what is spared goes either.
    #expect(try store.removeRevisions(of: third.tile, keeping: 1, sparing: [first.id])?.isEmpty == true)
    #expect(try store.removeRevisions(of: third.tile, keeping: 2)?.map(\.id) == [first.id])
    #expect(try store.removeRevisions(of: third.tile, keeping: 1)?.map(\.id) == [second.id])
    let left = try store.items(of: third.tile).items.map(\.id)
    #expect(Set(left) == [third.id, other.id, fifth.id])
    // When a group was published first is known without the items that were.
    #expect(third.began == first.created && second.began == first.created)
    #expect(try store.publishedGroups(of: [third.tile])[third.group] == first.created)
    #expect(try store.history().groups[third.group] == first.created)
    // While somebody works on the tile nothing is said about it.
    let lock = try store.tryLockTile(third.tile)
    #expect(try lock != nil && store.removeRevisions(of: third.tile, keeping: 1) == nil)
    withExtendedLifetime(lock) {}
  }

  @Test("An item that has lost a file is not what was asked for: the next revision is published")
  func lostFiles() throws {
    let first = try #require(try publish(store, identity(), template: template))
    try Folder.remove(first.path(of: .mask))
    guard case .publish(let draft) = try store.prepare(identity()) else {
      Issue.record("taken for published")
      return
    }
    #expect(draft.complaint?.contains("\(first.id)_MASK.tif is there no more") == true)
    try fill(draft, template: template)
    let second = try draft.publish(description())
    #expect(second.revision == 2 && second.predecessor == first.id)
    try Data([1]).write(to: URL(fileURLWithPath: second.path(of: .superResolved)))
    guard case .publish(let third) = try store.prepare(identity()) else {
      Issue.record("taken for whole")
      return
    }
    #expect(third.complaint?.contains("_SR.tif has 1 bytes, not ") == true)
  }

  @Test("What an item's document does not say of its files is no damage, nor what somebody added to it")
  func oddAssets() throws {
    let item = try #require(try publish(store, identity(), template: template))
    let text = try String(contentsOfFile: item.documentPath, encoding: .utf8)
    let added = text.replacing(
      "\"assets\" : {", with: "\"assets\" : { \"other\": {\"href\": \"https://example.org/x.tif\", \"file:size\": 7},")
    #expect(added != text)
    for odd in [added, text.replacing("\"assets\"", with: "\"assets_before\"")] {
      try DurableFile.replace(item.documentPath, with: odd.utf8)
      guard case .unchanged = try store.prepare(identity()) else {
        Issue.record("taken for damaged")
        return
      }
    }
  }

  @Test("An item of another group that an older version named as predecessor is not replaced, and stays")
  func predecessorsOfOtherGroups() throws {
    let long = try #require(try publish(store, identity(group: "g-60d"), template: template))
    let short = try #require(try publish(store, identity(group: "g-7d", fingerprint: "f2"), template: template))
    let text = try String(contentsOfFile: short.documentPath, encoding: .utf8)
    let older = text.replacing(
      "\"supertile:group\"", with: "\"supertile:predecessor\" : \"\(long.id)\",\n\"supertile:group\""
    ).replacing("\"supertile:group_began\"", with: "\"other\"")
    try DurableFile.replace(short.documentPath, with: older.utf8)
    let items = try store.items(of: long.tile).items
    let read = try #require(items.first { $0.id == short.id })
    #expect(read.predecessor == long.id && read.began == read.created)
    #expect(Set(Store.current(of: items).map(\.id)) == [long.id, short.id])
    #expect(try store.removeRevisions(of: long.tile, keeping: 1)?.isEmpty == true)
    guard case .unchanged(let same) = try store.prepare(identity(group: "g-60d")) else {
      Issue.record("published anew")
      return
    }
    #expect(same.id == long.id)
  }

  @Test("What was given to a catalogue stays: its permissions, and its owner where root replaces it")
  func ownersOfCatalogues() throws {
    try publish(store, identity(), template: template)
    let files = [store.layout.collectionFile, store.layout.catalog]
    for file in files { #expect(chmod(file, 0o664) == 0) }
    if geteuid() == 0 { #expect(chown(store.layout.collectionFile, 65_534, 65_534) == 0) }
    // In another folder, so that the list of collections changes, too.
    let other = try Store(path: folder.path + "/store", collection: "other")
    try publish(other, identity(), template: template)
    try publish(store, identity(start: "2024-07-02T10:50:31.024Z", group: "g2"), template: template)
    var status = stat()
    for file in files { #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o664) }
    #expect(stat(store.layout.collectionFile, &status) == 0)
    guard geteuid() == 0 else { return }
    #expect(status.st_uid == 65_534 && status.st_gid == 65_534)
    // What root left in somebody's folder is given back.
    #expect(chown(store.layout.collectionFolder, 65_534, 65_534) == 0 && chown(store.layout.collectionFile, 0, 0) == 0)
    try publish(store, identity(start: "2024-07-12T10:50:31.024Z", group: "g3"), template: template)
    #expect(stat(store.layout.collectionFile, &status) == 0 && status.st_uid == 65_534)
  }

  @Test("Revisions that cannot be read are not forgotten: no id is given twice")
  func unreadableRevisions() throws {
    let first = try #require(try publish(store, identity(), template: template))
    let memory = store.layout.privateFolder + "/revisions/sentinel-2-sr/31TCJ.json"
    #expect(Folder.exists(memory))
    try Folder.remove(memory)
    try Folder.make(memory)
    try Folder.remove(first.folder)
    #expect(throws: StorageError.self) { _ = try store.prepare(identity()) }
  }

  @Test("latest.json names the newest anchor that nothing replaces")
  func latest() throws {
    let path = folder.path + "/store/sentinel-2-sr/31/T/CJ/latest.json"
    let first = try #require(try publish(store, identity(), template: template))
    #expect(try json(path)["item"]?.string == first.id)
    let older = try #require(
      try publish(store, identity(start: "2024-05-01T10:50:31.024Z", group: "g0"), template: template))
    #expect(try json(path)["item"]?.string == first.id)
    let revised = try #require(
      try publish(store, identity(start: "2024-06-02T10:50:31.024Z", fingerprint: "f2"), template: template))
    #expect(try json(path)["item"]?.string == revised.id)
    #expect(older.revision == 1)
    let href = try #require(try json(path)["href"]?.string)
    #expect(Folder.absolute(folder.path + "/store/sentinel-2-sr/31/T/CJ/" + href) == revised.documentPath)
    // A tile without an item has no newest one.
    try Folder.remove(folder.path + "/store/sentinel-2-sr/31/T/CJ/2024")
    try store.refreshCatalogues()
    #expect(!Folder.exists(path))
  }

  @Test("latest.json leaves an anchor that was looked at in a window cut otherwise since")
  func latestOfNewWindows() throws {
    let path = folder.path + "/store/sentinel-2-sr/31/T/CJ/latest.json"
    /// - Parameter last: day of its last view.
    func item(_ day: String, to last: String, _ group: String, at created: String) throws -> String {
      guard case .publish(let draft) = try store.prepare(identity(start: "\(day)T10:50:31.024Z", group: group)) else {
        return ""
      }
      try fill(draft, template: template)
      var description = description()
      (description.windowStart, description.windowEnd) = (date("\(day)T10:55:31.024Z"), date("\(last)T10:55:31.024Z"))
      return try draft.publish(description, now: date(created)).id
    }
    let old = try item("2024-06-16", to: "2024-06-16", "31TCJ-20240605-60d", at: "2024-07-01T00:00:00Z")
    #expect(try json(path)["item"]?.string == old)
    // Shorter windows, of which none has got as far yet.
    let early = try item("2024-05-23", to: "2024-05-28", "31TCJ-20240520-30d", at: "2024-07-01T12:00:00Z")
    #expect(try json(path)["item"]?.string == old && early != old)
    // The same time: that is what is made now, also where its anchor is older.
    let new = try item("2024-06-05", to: "2024-06-16", "31TCJ-20240605-30d", at: "2024-07-02T00:00:00Z")
    #expect(try json(path)["item"]?.string == new)
    // Windows as they were, once more.
    let back = try item("2024-06-10", to: "2024-06-10", "31TCJ-20240601-60d", at: "2024-07-03T00:00:00Z")
    #expect(try json(path)["item"]?.string == old && back != old)
  }

  /// Windows count in the order in which they were published, by these times.
  @Test func anItemIsNewerThanWhatWasThereWhateverTheClockSays() throws {
    let ahead = date("2034-06-13T01:02:03.004Z")
    let first = try #require(try publish(store, identity(), template: template, now: ahead))
    let behind = date("1970-01-01T00:00:10Z")
    let other = try #require(
      try publish(store, identity(start: "2024-05-01T10:50:31.024Z", group: "g0"), template: template, now: behind))
    #expect(first.created == ahead && other.created > ahead && other.began == other.created)
    let revised = try #require(
      try publish(store, identity(fingerprint: "f2"), template: template, now: date("2024-06-13T00:00:00Z")))
    #expect(revised.created > other.created && revised.began == first.began)
    // Another tile has nothing to do with it.
    let elsewhere = try #require(
      try publish(store, identity(tile: MGRSTile("01KAB")!, group: "g9"), template: template, now: behind))
    #expect(elsewhere.created == behind)
  }

  @Test("Catalogues lost or outdated by a crash come back, byte for byte")
  func repairs() throws {
    try publish(store, identity(), template: template)
    try publish(store, identity(tile: MGRSTile("01KAB")!, group: "g9"), template: template)
    let root = folder.path + "/store"
    let documents = ["catalog.json", "sentinel-2-sr/collection.json", "sentinel-2-sr/31/T/CJ/latest.json"]
    let before = try documents.map { try Data(contentsOf: URL(fileURLWithPath: "\(root)/\($0)")) }
    for document in documents { try Folder.remove("\(root)/\(document)") }
    try DurableFile.replace(root + "/catalog.json", with: "{}".utf8)
    try DurableFile.replace(root + "/.supertile/documents/1.tmp", with: "{".utf8)
    guard case .unchanged = try store.prepare(identity()) else {
      Issue.record("published twice")
      return
    }
    #expect(try documents.map { try Data(contentsOf: URL(fileURLWithPath: "\(root)/\($0)")) } == before)
    #expect(files(root + "/.supertile/documents").isEmpty)
  }

  @Test("A run that was overtaken takes the next revision and overwrites nothing")
  func race() throws {
    guard case .publish(let slow) = try store.prepare(identity(fingerprint: "slow")) else {
      Issue.record("nothing to publish")
      return
    }
    try fill(slow, template: template)
    let fast = try #require(try publish(store, identity(fingerprint: "fast"), template: template))
    let item = try slow.publish(description())
    #expect(fast.revision == 1 && item.revision == 2)
    #expect(item.predecessor == fast.id)
    #expect(Folder.list(item.folder).allSatisfy { $0 == "SHA256SUMS" || $0.hasPrefix(item.id) })
    #expect(try run("/usr/bin/sha256sum", ["--strict", "-c", "SHA256SUMS"], in: item.folder).status == 0)
  }

  @Test("An overtaken run's buildings name the item they are published with")
  func overtakenBuildings() throws {
    guard case .publish(let slow) = try store.prepare(identity(fingerprint: "slow")) else {
      Issue.record("nothing to publish")
      return
    }
    try fill(slow, template: template)
    let line =
      #"{"type":"Feature","properties":{"item":"\#(slow.id)"},"geometry":{"type":"Polygon","#
      + #""coordinates":[[[1,44],[1.1,44],[1.1,44.1],[1,44]]]}}"#
    let text = "{\"type\":\"FeatureCollection\",\"features\":[\n\(line),\n\(line)\n]}\n"
    for asset in [ItemAsset.buildings, .observed] { try DurableFile.replace(slow.path(of: asset), with: text.utf8) }
    try FlatGeobuf.write(slow.path(of: .buildings), to: slow.path(of: .buildingsIndexed))
    try publish(store, identity(fingerprint: "fast"), template: template)
    let item = try slow.publish(description())
    #expect(item.revision == 2)
    for asset in [ItemAsset.buildings, .observed] {
      let written = try String(contentsOfFile: item.path(of: asset), encoding: .utf8)
      #expect(written == text.replacing("_r01\"", with: "_r02\""))
    }
    #expect(try store.earlierBuildings(of: identity()) == [item.path(of: .buildings)])
    let flat = try run("/usr/bin/ogrinfo", ["-ro", "-al", item.path(of: .buildingsIndexed)])
    #expect(flat.text.contains(item.id) && !flat.text.contains("_r01"))
    let sums = try run("/usr/bin/sha256sum", ["--strict", "-c", "SHA256SUMS"], in: item.folder)
    #expect(sums.status == 0 && sums.text.contains("BUILDINGS.geojson: OK"))
  }

  @Test("A draft given up leaves nothing; one that is in work is left alone; an abandoned one is swept")
  func staging() throws {
    let staging = folder.path + "/store/.supertile/staging"
    do {
      guard case .publish(let draft) = try store.prepare(identity()) else {
        Issue.record("nothing to publish")
        return
      }
      try DurableFile.replace(draft.folder + "/x", with: [1])
      try Folder.make(staging + "/S2B_dead-abc123")
      try DurableFile.replace(staging + "/S2B_dead-abc123.lock", with: [])
      try Folder.make(staging + "/S2B_dead-nolock")
      _ = try Store(path: folder.path + "/store")
      #expect(Folder.isFolder(draft.folder))
      #expect(Folder.list(staging).count == 3)
    }
    #expect(Folder.list(staging) == [".gate"])
  }

  @Test(
    "A part of the store that cannot be listed is not empty: nothing is dropped for it, nothing published beside it")
  func unreadable() throws {
    let item = try #require(try publish(store, identity(), template: template))
    let month = Folder.parent(of: item.folder)
    func documents() throws -> [Data] {
      try [store.layout.catalog, store.layout.collectionFile, store.layout.latestFile(tile)]
        .map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    }
    let before = try documents()
    try FileManager.default.moveItem(atPath: month, toPath: month + "-away")
    // Not even root lists a link to itself.
    try FileManager.default.createSymbolicLink(atPath: month, withDestinationPath: month)
    for work in [
      { _ = try self.store.prepare(identity(fingerprint: "f2")) }, { try self.store.refreshCatalogues() },
      { _ = try self.store.allItems() }, { _ = try self.store.publishedGroups(of: [tile]) },
      { _ = try self.store.removeRevisions(of: tile, keeping: 1) },
    ] as [() throws -> Void] {
      let error = #expect(throws: StorageError.self) { try work() }
      #expect(error?.path == month)
    }
    #expect(try documents() == before)
    try FileManager.default.removeItem(atPath: month)
    try FileManager.default.moveItem(atPath: month + "-away", toPath: month)
    let next = try #require(try publish(store, identity(fingerprint: "f2"), template: template))
    #expect(next.predecessor == item.id)
  }

  @Test(
    "The collection lies where one rename reaches",
    .enabled(if: isOtherDisk("/dev/shm"), "needs another file system at /dev/shm"))
  func otherFileSystem() throws {
    let other = "/dev/shm/supertile-test-\(UUID().uuidString)"
    try Folder.make(other)
    defer { try? Folder.remove(other) }
    try Folder.make(folder.path + "/split")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/split/sentinel-2-sr", withDestinationPath: other)
    let error = #expect(throws: PublishingError.self) { try Store(path: folder.path + "/split") }
    #expect(error?.reason.contains("another file system") == true)
  }

  @Test("What root makes in somebody's store is that somebody's", .enabled(if: geteuid() == 0, "needs root"))
  func ownership() throws {
    let path = folder.path + "/others"
    try Folder.make(path)
    #expect(chown(path, 65_534, 65_534) == 0)
    let item = try #require(try publish(try Store(path: path), identity(), template: template))
    let made = try FileManager.default.subpathsOfDirectory(atPath: path).filter {
      !$0.contains(".supertile") && !$0.hasSuffix("catalog.json") && !$0.hasSuffix("collection.json")
        && !$0.hasSuffix("latest.json")
    }
    #expect(made.contains { $0.hasSuffix("\(item.id)_SR.tif") })
    // A file of root's under another name is not given away.
    let (precious, link) = (folder.path + "/precious", path + "/link")
    try DurableFile.replace(precious, with: [1])
    #expect(Glibc.link(precious, link) == 0)
    Ownership.give(link, toOwnerOf: path)
    let kept = try FileManager.default.attributesOfItem(atPath: precious)[.ownerAccountID] as? NSNumber
    #expect(kept?.intValue == 0)
    for name in made + [".supertile/locks", ".supertile/staging/.gate", ".supertile/locks/store.lock"] {
      let owner = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.ownerAccountID] as? NSNumber
      #expect(owner?.intValue == 65_534, "\(name)")
    }
  }

  @Test("A draft without its image, or with a file that does not belong, is refused")
  func refusesDrafts() throws {
    guard case .publish(let draft) = try store.prepare(identity()) else {
      Issue.record("nothing to publish")
      return
    }
    let missing = #expect(throws: PublishingError.self) { try draft.publish(description()) }
    #expect(missing?.reason.contains("_SR.tif") == true)
    try fill(draft, template: template)
    try DurableFile.replace(draft.folder + "/notes.txt", with: [1])
    let stranger = #expect(throws: PublishingError.self) { try draft.publish(description()) }
    #expect(stranger?.reason.contains("notes.txt") == true)
    #expect(try store.allItems().items.isEmpty)
  }

  @Test("A damaged item is named, keeps its id, and does not stop the others")
  func damaged() throws {
    let first = try #require(try publish(store, identity(), template: template))
    try DurableFile.replace(first.documentPath, with: "{".utf8)
    let next = try #require(try publish(store, identity(fingerprint: "f2"), template: template))
    #expect(next.revision == 2 && next.predecessor == nil)
    #expect(try store.allItems().damaged.map(\.path) == [first.documentPath])
  }

  @Test("An id is not given again, whoever removed what had it; what is new is not taken for what was replaced")
  func idsAreGivenOnce() throws {
    let first = try #require(try publish(store, identity(), template: template))
    let second = try #require(
      try publish(store, identity(start: "2024-06-17T10:50:31.024Z", fingerprint: "f2"), template: template))
    #expect(second.predecessor == first.id && second.revision == 2)
    #expect(try store.removeRevisions(of: first.tile, keeping: 1)?.map(\.id) == [first.id])
    // Another group follows the first one's anchor.
    let other = try #require(try publish(store, identity(group: "g2", fingerprint: "f3"), template: template))
    #expect(other.id != first.id && other.revision == 2)
    #expect(try store.removeRevisions(of: first.tile, keeping: 1)?.isEmpty == true)
    #expect(try Set(Store.current(of: store.allItems().items).map(\.id)) == [second.id, other.id])
    // Removed by hand, and nothing names it.
    try Folder.remove(other.folder)
    let again = try #require(try publish(store, identity(group: "g2", fingerprint: "f3"), template: template))
    #expect(again.revision == 3 && again.predecessor == nil)
    // What is no revision is damage.
    try DurableFile.replace(
      store.layout.privateFolder + "/revisions/sentinel-2-sr/31TCJ.json",
      with: "{\"\(again.stem)\": 9223372036854775807}".utf8)
    guard case .unchanged = try store.prepare(identity(group: "g2", fingerprint: "f3")) else {
      Issue.record("published twice")
      return
    }
    // A store that remembers nothing still knows what its items name.
    try Folder.remove(store.layout.privateFolder + "/revisions")
    let third = try #require(try publish(store, identity(group: "g3", fingerprint: "f5"), template: template))
    #expect(third.revision == 4 && third.predecessor == nil)
  }

  @Test("A collection whose last item is removed is no collection any more")
  func emptyCollection() throws {
    let item = try #require(try publish(store, identity(), template: template))
    let child = { try json(store.layout.catalog)["links"]?.array?.contains { $0["rel"] == "child" } }
    #expect(try child() == true)
    try Folder.remove(store.layout.tileFolder(item.tile))
    try Store(path: store.layout.root).repairCatalogues()
    #expect(try !Folder.exists(store.layout.collectionFile) && child() == false)
    // One that names itself as its predecessor, by damage, is there; so is one that cannot be read.
    let odd = try #require(try publish(store, identity(group: "g9"), template: template))
    let text = try String(contentsOfFile: odd.documentPath, encoding: .utf8)
    try DurableFile.replace(
      odd.documentPath,
      with: text.replacing(
        "\"supertile:group\"", with: "\"supertile:predecessor\" : \"\(odd.id)\",\n\"supertile:group\""
      )
      .utf8)
    try Store(path: store.layout.root).repairCatalogues()
    #expect(try store.items(of: odd.tile).items.first?.predecessor == odd.id && child() == true)
    try Folder.remove(odd.folder)
    let next = try #require(try publish(store, identity(), template: template))
    try DurableFile.replace(next.documentPath, with: "{".utf8)
    try Store(path: store.layout.root).repairCatalogues()
    #expect(try Folder.exists(store.layout.collectionFile) && child() == true)
  }

  @Test("Where old revisions are removed some day items name what they replace, and do not link to it")
  func unlinkedPredecessors() throws {
    let first = try #require(try publish(store, identity(), template: template))
    var keeping = store
    keeping.linksPredecessors = false
    let second = try #require(try publish(keeping, identity(fingerprint: "f2"), template: template))
    let document = try json(second.documentPath)
    #expect(document["properties"]?["supertile:predecessor"]?.string == first.id && second.predecessor == first.id)
    #expect(document["links"]?.array?.contains { $0["rel"] == "predecessor-version" } == false)
    #expect(try store.removeRevisions(of: first.tile, keeping: 1)?.map(\.id) == [first.id])
  }

  @Test("Paths that cannot be a store are clear errors")
  func badPaths() throws {
    try DurableFile.replace(folder.path + "/file", with: [1])
    #expect(throws: StorageError.self) { try Store(path: folder.path + "/file") }
    #expect(throws: StorageError.self) { try Store(path: "/proc/supertile") }
    #expect(throws: PublishingError.self) { try Store(path: folder.path, collection: "a/b") }
    #expect(throws: PublishingError.self) { try Store(path: folder.path, collection: ".hidden") }
    #expect(throws: PublishingError.self) { try Store(path: folder.path, collection: "Catalog.json") }
  }

  @Test("One run at a time works on a tile")
  func tileLock() throws {
    let lock = try #require(try store.tryLockTile(tile))
    #expect(try store.tryLockTile(tile) == nil)
    #expect(try store.tryLockTile(MGRSTile("31TDJ")!) != nil)
    withExtendedLifetime(lock) {}
  }
}
