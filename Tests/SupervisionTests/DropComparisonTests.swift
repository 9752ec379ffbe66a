import Foundation
import Ledger
import Settings
import Supervision
import Testing
import Watching

private let then = Date(timeIntervalSince1970: 1_700_000_000)
private let now = then.addingTimeInterval(60)

private func folder(_ whenDone: DropFolder.WhenDone, doneFolder: String? = nil) -> DropFolder {
  var folder = DropFolder(name: "drop", path: "/drop")
  folder.whenDone = whenDone
  folder.doneFolder = doneFolder
  return folder
}

private func row(_ location: String, _ state: ProductRow.State, product: String? = "{}") -> ProductRow {
  var row = ProductRow(location: location, drop: "drop", name: "A", tile: "31TCJ", reason: "r", now: then)
  (row.state, row.signature, row.product) = (state, "s", product)
  return row
}

private func seen(_ location: String, _ signature: String) -> Sighting {
  Sighting(location: location, signature: signature, lastChange: then)
}

/// Rows that a look does not concern are not read: whatever they are, not seeing them must change nothing.
@Test func whatALookDoesNotConcernIsNotChangedByIt() {
  var asked = 0
  for folder in [
    folder(.keep), folder(.delete), folder(.move, doneFolder: "/done"), folder(.keep, doneFolder: "/done"),
  ] {
    for done in [nil, [], ["A.SAFE"], ["B.SAFE"]] as [Set<String>?] {
      let comparison = DropComparison(folder: folder, done: done, now: now)
      for location in ["/drop/A.SAFE", "/done/A.SAFE", "/elsewhere/A.SAFE"] {
        for state in ProductRow.State.allCases where !comparison.isConcerned(location, state) {
          for (product, destination) in [("{}", nil), (nil, nil), ("{}", "/done/B.SAFE")] as [(String?, String?)] {
            var row = row(location, state, product: product)
            row.destination = destination
            asked += 1
            #expect(comparison.changes(of: [row], taken: [location]).isEmpty, "\(row), \(String(describing: done))")
          }
        }
      }
    }
  }
  #expect(asked > 100)
}

@Test func whatIsNotSeenIsGoneOrWentWhereDoneThingsGo() throws {
  func change(_ row: ProductRow, _ folder: DropFolder, _ done: Set<String>?, taken: Set<String> = []) -> DropChange? {
    DropComparison(folder: folder, done: done, now: now).changes(of: [row], taken: taken.union([row.location])).first
  }
  let there = row("/drop/A.SAFE", .accepted)
  let gone = try #require(change(there, folder(.keep), nil))
  #expect(gone.row.state == .gone && gone.changesPlan && gone.forgets == nil && gone.row.changed == now)
  let moving = folder(.move, doneFolder: "/done")
  let moved = try #require(change(there, moving, ["A.SAFE"]))
  #expect(moved.row.state == .accepted && moved.row.location == "/done/A.SAFE" && moved.forgets == "/drop/A.SAFE")
  // What is known to lie there is another one.
  #expect(change(there, moving, ["A.SAFE"], taken: ["/done/A.SAFE"])?.row.state == .gone)
  // Of two that are not seen one went there.
  let twice = DropComparison(folder: moving, done: ["A.SAFE"], now: now)
    .changes(of: [there, row("/drop/x/A.SAFE", .accepted)], taken: [])
  #expect(twice.map(\.row.state) == [.accepted, .gone])
  var going = there
  going.destination = "/done/A.2.SAFE"
  #expect(change(going, moving, nil) == nil, "told when it can be looked into")
  #expect(change(going, moving, ["A.SAFE", "A.2.SAFE"])?.row.location == "/done/A.2.SAFE")
  #expect(change(row("/done/A.SAFE", .gone), moving, ["A.SAFE"])?.row.state == .accepted)
  #expect(change(row("/done/A.SAFE", .accepted), moving, [])?.row.state == .gone)
  #expect(change(row("/done/A.SAFE", .accepted), moving, nil) == nil, "nothing is known of it")
  #expect(change(row("/elsewhere/A.SAFE", .accepted), moving, []) == nil)
}

@Test func whatIsSeenArrivesComesBackOrChanged() throws {
  let comparison = DropComparison(folder: folder(.keep), done: nil, now: now)
  let name = "S2A_MSIL2A_20240503T102400_N0511_R051_T31TCJ_20240503T150000"
  let new = try #require(comparison.change(of: nil, seenAs: seen("/drop/\(name).SAFE.zip", "s")))
  #expect(new.row.name == name && new.row.tile == "31TCJ" && new.row.state == .arriving && new.row.signature == nil)
  #expect(comparison.change(of: row("/drop/A.SAFE", .accepted), seenAs: seen("/drop/A.SAFE", "s")) == nil)
  #expect(comparison.change(of: row("/drop/A.SAFE", .arriving), seenAs: seen("/drop/A.SAFE", "t")) == nil)
  let back = try #require(comparison.change(of: row("/drop/A.SAFE", .gone), seenAs: seen("/drop/A.SAFE", "s")))
  #expect(back.row.state == .accepted && back.changesPlan)
  let unknown = comparison.change(of: row("/drop/A.SAFE", .gone, product: nil), seenAs: seen("/drop/A.SAFE", "s"))
  #expect(unknown?.row.state == .arriving && unknown?.row.signature == nil, "looked at again")
  let changed = comparison.change(of: row("/drop/A.SAFE", .accepted), seenAs: seen("/drop/A.SAFE", "t"))
  #expect(changed?.row.state == .arriving && changed?.row.signature == "s")
}

/// Back where it went, and no longer what it had been: it is looked at.
@Test func whatComesBackDamagedIsLookedAt() throws {
  let moving = folder(.move, doneFolder: "/done")
  var lost = row("/done/A.SAFE", .gone, product: nil)
  lost.lastProduct = "{}"
  let comparison = DropComparison(folder: moving, done: ["A.SAFE"], now: now)
  let back = try #require(comparison.changes(of: [lost], taken: []).first)
  #expect(back.row.state == .arriving && back.row.signature == nil && back.isToExamine)
  lost.lastProduct = nil
  #expect(comparison.changes(of: [lost], taken: []).isEmpty, "nothing is known of it")
}

/// A product that was to be moved and is not there any more: waited for where nobody can look, not where nothing can lie.
@Test func aPlaceThatIsNotThereHoldsNothing() throws {
  let moving = folder(.move, doneFolder: "/done")
  var going = row("/drop/A.SAFE", .accepted)
  going.destination = "/done/A.SAFE"
  let blind = DropComparison(folder: moving, done: nil, now: now)
  #expect(blind.changes(of: [going], taken: []).isEmpty)
  let missing = DropComparison(folder: moving, done: nil, isDoneMissing: true, now: now)
  #expect(missing.changes(of: [going], taken: []).first?.row.state == .gone)
}

/// A letter with an accent is one character or two: equal as text, and two names on the disk.
@Test func whatIsSpeltOtherwiseIsKnownByTheSpellingOnTheDisk() {
  let (composed, decomposed) = ("/drop/Orl\u{e9}ans/a.zip", "/drop/Orle\u{301}ans/a.zip")
  func spellings(_ rows: [ProductRow]) -> [[UInt8]] { rows.map { Array($0.location.utf8) } }
  let one = Respelling([row(decomposed, .accepted), row("/drop/b.zip", .accepted)], seen: [composed])
  #expect(spellings(one.respelt) == [Array(composed.utf8)])
  #expect(one.forgotten.map { Array($0.old.utf8) } == [Array(decomposed.utf8)])
  #expect(Set(spellings(one.rows)) == [Array(composed.utf8), Array("/drop/b.zip".utf8)])
  let both = Respelling([row(decomposed, .accepted), row(composed, .refused)], seen: [composed])
  #expect(both.respelt.isEmpty && both.rows.map(\.state) == [.refused] && both.forgotten.count == 1)
  let unseen = Respelling([row(decomposed, .accepted), row(composed, .refused)], seen: [])
  #expect(unseen.rows.count == 2 && unseen.forgotten.isEmpty && unseen.respelt.isEmpty)
}
