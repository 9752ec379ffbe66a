import Foundation
import Publishing
import Supervision
import Testing
import Watching

private let rules = RetryRules(first: 10, longest: 100, mostInterruptions: 3)

@Test func aStoreWithAProblemIsAskedAgainAndToldOnce() {
  var store = StoreKnowledge()
  // It was asked when it was turned to.
  let early = store.beginLook()
  #expect(!early && store.asking == nil)
  let away = [store.meet("away", isAway: true, rules: rules), store.meet("away", isAway: true, rules: rules)]
  #expect(away == [true, false] && store.isAway && store.problem == "away")
  let soon = store.beginLook()
  #expect(!soon && store.asking.map { $0 > .now + .seconds(5) } == true)
  let isNews = store.meet("unreadable", isAway: false, rules: rules)
  #expect(isNews && !store.isAway)
  let recovered = [store.overcome(), store.overcome()]
  #expect(recovered == [true, false] && store.problem == nil && store.asking == nil)
}

@Test func aStoreIsGlancedAtOnceAtATime() {
  var store = StoreKnowledge()
  let begun = [store.beginGlance(), store.beginGlance()]
  #expect(begun == [true, false])
  store.endGlance(pause: 0)
  let next = store.beginGlance()
  #expect(next)
}

private func item(_ id: String, products: [String], created: Double) throws -> PublishedItem {
  let facts: [String: Any] = [
    "id": id, "tile": "31TCJ", "revision": 1, "folder": "/s/\(id)", "relativePath": id, "datetime": 0, "windowStart": 0,
    "windowEnd": 0, "group": "31TCJ-20240503-60d", "fingerprint": "f", "products": products, "leftOut": [],
    "cloudCoverPercent": 0, "platform": "p", "projection": "EPSG:32631", "bounds": [0, 0, 1, 1], "created": created,
    "began": 0,
  ]
  return try JSONDecoder().decode(PublishedItem.self, from: JSONSerialization.data(withJSONObject: facts))
}

/// What others publish is news once; what the daemon published itself is none, but for an id that is given again, as in a
/// store that was put back from a backup.
@Test func whatOthersPublishedIsNewsOnce() throws {
  var store = StoreKnowledge()
  let (own, others) = (
    try item("a_r01", products: ["A", "B"], created: 1), try item("b_r01", products: ["C"], created: 2)
  )
  store.take(own, of: own.group)
  let first = [store.take([own]), store.take([others]), store.take([others])]
  #expect(first == [false, true, false] && store.products[own.group] == ["C"])
  let again = try item("a_r01", products: ["A", "B", "D"], created: 3)
  let second = [store.take([again]), store.take([again])]
  #expect(second == [true, false] && store.shown[own.group] == ["A", "B", "D"])
}

@Test func newsOfTheStoreAreTakenOnce() {
  var store = StoreKnowledge()
  let noted = ["31TCJ", "31TCJ", "31TDJ"].map { store.note(damage: "a.json: odd", tile: $0) }
  #expect(noted == [true, false, true])
  store.forgetDamage(of: "31TCJ")
  let isNewAgain = store.note(damage: "a.json: odd", tile: "31TCJ")
  #expect(isNewAgain)
  let missing = [store.take(missing: ["a", "b"]), store.take(missing: ["b", "c"])]
  #expect(missing == [["a", "b"], ["c"]] && store.missing == ["b", "c"])
}

@Test func aFolderIsScannedByTheEarliestTimeThatWasSaid() {
  var folders = DropFolderStates()
  #expect(folders.isDue("drop") && folders.nextScan(of: "drop") == nil && !folders.wasSeen("drop"))
  folders.scan("drop", after: .seconds(60))
  #expect(!folders.isDue("drop"))
  folders.scan("drop", by: .now + .seconds(90))
  #expect(folders.nextScan(of: "drop").map { $0 < .now + .seconds(61) } == true)
  folders.scan("drop")
  #expect(folders.isDue("drop") && folders.isDue("other"))
  folders.markSeen("drop")
  #expect(folders.wasSeen("drop") && !folders.wasSeen("other"))
  let met = ["no", "no", "other"].map { folders.meet($0, in: "drop") }
  #expect(met == [true, false, true] && folders.problems == ["drop": "other"])
  let overcome = [folders.overcome(in: "drop"), folders.overcome(in: "drop")]
  #expect(overcome == [true, false] && folders.problems.isEmpty)
}
