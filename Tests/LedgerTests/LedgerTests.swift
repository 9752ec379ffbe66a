import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

private let now = Date(timeIntervalSince1970: 1_700_000_000.25)

@Test func rowsComeBackAsTheyWere() async throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/state/ledger.sqlite"
  var product = ProductRow(
    location: "/drop/ä b.SAFE", drop: "drop", name: "S2A", tile: "31TCJ", reason: "seen", now: now)
  product.state = .accepted
  product.product = #"{"a":"/x"}"#
  var group = GroupRow(id: "31TCJ-20240503-60d", tile: "31TCJ", windowStart: now, windowEnd: now, now: now)
  group.until = now.addingTimeInterval(0.125)
  group.isHeld = true
  let item = ItemRow(
    id: "i", groupID: group.id, tile: "31TCJ", revision: 2, folder: "/store/i", created: now, recorded: now)
  do {
    let ledger = try Ledger(path: path)
    let saved = (product, group)
    try await ledger.write { database in
      try database.save(saved.0)
      try database.save(saved.1)
      try database.save(item)
      let job = try database.add(
        JobRow(groupID: saved.1.id, tile: "31TCJ", reason: "full", inputs: "x", now: now))
      let attempt = try database.add(AttemptRow(jobID: try #require(job.id), now: now))
      #expect(job.id == 1 && attempt.id == 1)
      try database.hold("31TCJ")
    }
  }
  let ledger = try Ledger(path: path)
  #expect(try await ledger.read { try $0.products(tile: "31TCJ") } == [product])
  #expect(try await ledger.read { try $0.allGroups() } == [group])
  #expect(try await ledger.read { try $0.unhookedItems() } == [item])
  #expect(try await ledger.read { try $0.openAttempts().map(\.jobID) } == [1])
  #expect(try await ledger.read { try $0.holds() } == ["31TCJ"])
  #expect(try await ledger.read { try $0.counts("job") } == ["queued": 1])
  #expect(try await ledger.damage() == nil)
}

/// Years of products are known: what is asked for often reads no more of them than it is about.
@Test func fewOfManyProductsAreRead() async throws {
  let folder = try TemporaryFolder()
  let ledger = try Ledger(path: folder.path + "/ledger.sqlite")
  func row(_ location: String, _ state: ProductRow.State, drop: String = "a") -> ProductRow {
    var row = ProductRow(
      location: location, drop: drop, name: "N\(location)", tile: location == "/4" ? nil : "31TC\(drop)", reason: "r",
      now: now)
    (row.state, row.product, row.roleReason) = (state, "{}", "clear")
    return row
  }
  let rows = [
    row("/1", .gone), row("/2", .accepted), row("/3", .gone), row("/4", .refused), row("/5", .gone, drop: "b"),
  ]
  try await ledger.write { for row in rows { try $0.save(row) } }
  let found = try await ledger.read { try $0.products(drop: "a") { $1 != .gone || $0 == "/3" } }
  #expect(found.locations == ["/1", "/2", "/3", "/4"])
  #expect(Set(found.rows.map(\.location)) == ["/2", "/3", "/4"] && found.rows.allSatisfy { rows.contains($0) })
  #expect(try await ledger.read { try $0.products([.refused, .arriving]) } == [rows[3]])
  #expect(try await ledger.read { try $0.tiles() } == ["31TCa", "31TCb"])
  let short = try await ledger.read { try $0.productsInShort() }
  #expect(short.count == 5 && short.allSatisfy { $0.product == nil })
  let whole = short.map { row in
    var row = row
    row.product = "{}"
    return row
  }
  #expect(Set(whole.map(\.location)) == Set(rows.map(\.location)) && whole.allSatisfy { rows.contains($0) })
}

/// What was committed outlives a power cut: the connection that writes flushes with every commit.
@Test func commitsAreFlushed() async throws {
  let folder = try TemporaryFolder()
  let ledger = try Ledger(path: folder.path + "/ledger.sqlite")
  #expect(try await ledger.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
}

@Test func sceneClassesAreRemembered() async throws {
  let folder = try TemporaryFolder()
  let ledger = try Ledger(path: folder.path + "/ledger.sqlite")
  let rows = ["a", "b"].map { ClassCountRow(key: $0, tile: "31TCJ", counts: [0, 1, 2]) }
  let other = ClassCountRow(key: "c", tile: "31TDJ", counts: [3])
  try await ledger.write { database in
    try database.keep(classCounts: rows, tile: "31TCJ")
    try database.keep(classCounts: [other], tile: "31TDJ")
    try database.keep(classCounts: [rows[1]], tile: "31TCJ")
  }
  #expect(Set(try await ledger.read { try $0.allClassCounts() }.map(\.key)) == ["b", "c"])
  #expect(try await ledger.read { try $0.allClassCounts() }.contains(rows[1]))
}

@Test func aFailedChangeChangesNothing() async throws {
  let folder = try TemporaryFolder()
  let ledger = try Ledger(path: folder.path + "/ledger.sqlite")
  struct Enough: Error {}
  await #expect(throws: LedgerError.self) {
    try await ledger.write { database in
      try database.save(ProductRow(location: "/a", drop: "d", name: nil, tile: nil, reason: "", now: now))
      throw Enough()
    }
  }
  #expect(try await ledger.read { try $0.productsInShort() }.isEmpty)
}

@Test func eventsAreTrimmedFromTheOldestOn() async throws {
  let folder = try TemporaryFolder()
  let ledger = try Ledger(path: folder.path + "/ledger.sqlite")
  try await ledger.write { database in
    for number in 1...10 { _ = try database.add(EventRow(time: now, kind: "k", text: "\(number)")) }
    try database.trimEvents(to: 3)
  }
  #expect(try await ledger.read { try $0.events(limit: 100) }.map(\.text) == ["10", "9", "8"])
}

/// Jobs that ended are forgotten from the oldest on, with their attempts; one that still waits is not.
@Test func jobsAreTrimmedFromTheOldestOn() async throws {
  let folder = try TemporaryFolder()
  let ledger = try Ledger(path: folder.path + "/ledger.sqlite")
  let (jobs, attempts) = try await ledger.write { database in
    for number in 1...10 {
      var job = JobRow(groupID: "g\(number)", tile: "31TCJ", reason: "", inputs: "", now: now)
      if number != 2 { job.state = .done }
      let id = try #require(try database.add(job).id)
      _ = try database.add(AttemptRow(jobID: id, now: now))
    }
    try database.trimJobs(to: 3)
    return (try database.latestJobs(100), try database.openAttempts())
  }
  #expect(jobs.map(\.groupID) == ["g10", "g9", "g8", "g2"])
  #expect(attempts.map(\.jobID).sorted() == jobs.compactMap(\.id).sorted())
}

@Test func damageIsFoundAtTheStart() async throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/ledger.sqlite"
  do {
    let ledger = try Ledger(path: path)
    try await ledger.write { database in
      for number in 0..<500 {
        try database.save(
          ProductRow(location: "/\(number)", drop: "d", name: nil, tile: "31TCJ", reason: "seen", now: now))
      }
    }
  }
  let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
  let size = try handle.seekToEnd()
  for page in stride(from: UInt64(4096 * 3), to: size, by: 4096) {
    try handle.seek(toOffset: page + 100)
    try handle.write(contentsOf: Data(repeating: 0xA5, count: 2000))
  }
  try handle.close()
  let error = #expect(throws: LedgerError.self) { try Ledger(path: path) }
  #expect(try #require(error).description.contains("damaged"))
  try Data("no database at all, but long enough to be one".utf8).write(to: URL(fileURLWithPath: folder.path + "/b"))
  let other = #expect(throws: LedgerError.self) { try Ledger(path: folder.path + "/b") }
  #expect(try #require(other).description.contains("damaged"))
}

/// A newer program keeps things that this one would not.
@Test func aNewerLedgerIsRefused() async throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/ledger.sqlite"
  try await Ledger(path: path).write {
    try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999')")
  }
  #expect {
    try Ledger(path: path)
  } throws: {
    "\($0)".contains(path) && "\($0)".contains("newer supertiled")
  }
}

/// A job that takes the place of one that was withdrawn goes before what was queued since, whatever the clock said.
@Test func jobsAreBegunInTheOrderOfTheirPlaces() async throws {
  let folder = try TemporaryFolder()
  let ledger = try Ledger(path: folder.path + "/state/ledger.sqlite")
  let queued = try await ledger.write { database in
    var withdrawn = try database.add(JobRow(groupID: "a", tile: "31TCJ", reason: "full", inputs: "1", now: now))
    _ = try database.add(
      JobRow(groupID: "b", tile: "31TDJ", reason: "full", inputs: "1", now: now.addingTimeInterval(-1e6)))
    withdrawn.state = .withdrawn
    try database.save(withdrawn)
    var next = JobRow(groupID: "a", tile: "31TCJ", reason: "full", inputs: "2", now: now)
    next.place = withdrawn.id
    _ = try database.add(next)
    return try database.jobs([.queued]).map(\.groupID)
  }
  #expect(queued == ["a", "b"])
}
