import Foundation
import Ledger
import Settings
import Supervision
import Testing

private func row(_ location: String, drop: String = "a", state: ProductRow.State = .accepted) -> ProductRow {
  var row = ProductRow(location: location, drop: drop, name: nil, tile: nil, reason: "", now: Date())
  row.state = state
  return row
}

@Test func productsAreLookedForWhereTheirDropFolderIsNow() {
  var own = DropFolder(name: "a", path: "/new")
  own.doneFolder = "/new-done/x"
  let folders = [own, DropFolder(name: "b", path: "/other")]
  func places(_ drop: String) -> [String] {
    ProductPlaces.candidates(of: "/old/a/x/P.SAFE", drop: drop, in: folders).map { "\($0.likeness) \($0.place)" }
  }
  #expect(
    places("a").prefix(5) == [
      "1 /new/P.SAFE", "2 /new/x/P.SAFE", "3 /new/a/x/P.SAFE", "4 /new/old/a/x/P.SAFE", "2 /new-done/x/P.SAFE",
    ])
  #expect(places("a") == places("of no more") && places("a").contains("2 /other/x/P.SAFE") && places("a").count == 9)
}

/// A row of a place where it lay before is no match for that of where it lay last, nor one whose path ends otherwise.
@Test func placesGoToTheProductsThatFitThemBest() {
  let folders = [DropFolder(name: "z", path: "/Z"), DropFolder(name: "a", path: "/B")]
  let there: Set<String> = ["/B/P.SAFE", "/Z/P.SAFE", "/B/x/Q.SAFE", "/B/Q.SAFE", "/Z/S.SAFE"]
  let rows = [
    row("/A/2024/P.SAFE", state: .gone), row("/A/P.SAFE"), row("/A/x/Q.SAFE"), row("/A/Q.SAFE"), row("/A/R.SAFE"),
    row("/A/S.SAFE"),
  ]
  for rows in [rows, rows.reversed()] {
    let placed = ProductPlaces.assign(rows, in: folders) { there.contains($1) }
    #expect(
      placed.map { "\($0.row.location) \($0.candidate.place)" }.sorted() == [
        "/A/2024/P.SAFE /Z/P.SAFE", "/A/P.SAFE /B/P.SAFE", "/A/Q.SAFE /B/Q.SAFE", "/A/S.SAFE /Z/S.SAFE",
        "/A/x/Q.SAFE /B/x/Q.SAFE",
      ])
  }
}

/// A folder that was copied, wiped where it was, and moved: what is left of the first place takes no place from the second.
@Test func rowsOfPlacesLongLeftTakeNoPlace() {
  let folders = [DropFolder(name: "a", path: "/C")]
  var (first, second) = (row("/A/P.SAFE"), row("/B/P.SAFE"))
  second.firstSeen = first.firstSeen.addingTimeInterval(60)
  for rows in [[first, second], [second, first]] {
    let placed = ProductPlaces.assign(rows, in: folders) { _, place in place == "/C/P.SAFE" }
    #expect(placed.map(\.row.location) == ["/B/P.SAFE"])
  }
  // Whatever was seen first, what is taken goes before its duplicate.
  second.role = "duplicate"
  #expect(ProductPlaces.assign([first, second], in: folders) { _, _ in true }.first?.row.location == "/A/P.SAFE")
}
