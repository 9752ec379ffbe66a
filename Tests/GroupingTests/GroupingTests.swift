import Foundation
import Geometry
import Grouping
import Product
import Testing

/// A product as intake would give it; only its identity matters here.
private func product(
  _ start: String, baseline: String = "05.11", mission: String = "S2A", orbit: Int = 51, tile: String = "31TCJ",
  datastrip: String? = nil, generation: String? = nil, location: String = "drop", grid: Double = 399_960, seen: Int = 0
) throws -> Product {
  let datatake = try #require(UTCTime.parseCompact(start))
  let generated = try #require(UTCTime.parseCompact(generation ?? start))
  let version = try #require(ProcessingBaseline(baseline))
  let name =
    "\(mission)_MSIL2A_\(start)_N\(baseline.replacing(".", with: ""))_R0\(orbit)_T\(tile)_\(UTCTime.compact(generated))"
  return Product(
    name: name, location: "\(location)/\(name).SAFE", mission: mission, tile: try #require(MGRSTile(tile)),
    baseline: version, datatakeStart: datatake, sensingTime: datatake.addingTimeInterval(20),
    generationTime: generated, relativeOrbit: orbit, datastrip: datastrip ?? "DS_2APS_S\(start)",
    grid: GridGeometry(
      epsg: 32631, upperLeftX: grid, upperLeftY: 4_800_000, pixelWidth: 10, pixelHeight: 10,
      size: RasterSize(rows: 20, columns: 20)),
    bands: [], sceneClassification: ProductFile(path: "", member: "", size: 0, digest: ""),
    sceneClassCounts: [400 - seen, seen],
    statedNoDataPercent: nil, statedCloudPercent: nil, notes: [])
}

/// ESA has corrected offsets of products whose images stayed as they were.
@Test func anotherOffsetIsAnotherContent() throws {
  func bands(_ offset: Double, quantification: Double = 10_000) -> [ReflectanceBand] {
    let file = ProductFile(path: "b", member: "b", size: 1, digest: "ab")
    return [ReflectanceBand(name: "B04", file: file, addOffset: offset, quantification: quantification)]
  }
  var wrong = try product("20240503T105619", location: "first")
  var right = try product("20240503T105619", location: "second")
  right.generationTime += 60
  (wrong.bands, right.bands) = (bands(0), bands(-1000))
  #expect(right.contents == ["", "ab"], "what is usual does not tell products apart")
  let sorting = sortRevisits([wrong, right])
  #expect(sorting.revisits[0].parts == [right])
  #expect(sorting.excluded.map(\.exclusion) == [.corrected(by: right.location)])
  wrong.bands = bands(-1000, quantification: 1000)
  #expect(wrong.contents != right.contents)
  var old = try product("20200503T105619", baseline: "02.14")
  old.bands = bands(0)
  #expect(old.oddRadiometry.isEmpty)
}

@Test func theHighestOfficialBaselineWins() throws {
  let old = try product("20240503T105619", baseline: "05.09")
  let new = try product("20240503T105619", baseline: "05.10", datastrip: "DS_S2RP_S20240503T105619")
  let own = try product("20240503T105619", baseline: "99.99")
  let sorting = sortRevisits([own, old, new])
  #expect(sorting.revisits.count == 1 && sorting.revisits[0].parts == [new])
  #expect(
    Set(sorting.excluded.map { $0.exclusion.reason }) == ["superseded by \(new.name)"])
  #expect(sorting.excluded.count == 2)
  // Alone, a product made outside ESA is used.
  #expect(sortRevisits([own]).revisits[0].parts == [own])
}

@Test func theLatestGenerationWins() throws {
  let first = try product("20240503T105619", generation: "20240503T150000")
  let second = try product("20240503T105619", generation: "20240504T080000")
  let sorting = sortRevisits([second, first])
  #expect(sorting.revisits[0].parts == [second])
  #expect(sorting.excluded.map(\.product) == [first])
}

@Test func splitDatastripsAreParts() throws {
  let north = try product("20240503T105619", datastrip: "DS_MTI_S20240503T105621", generation: "20240503T150000")
  let south = try product("20240503T105619", datastrip: "DS_SGS_S20240503T105947", generation: "20240503T160000")
  let sorting = sortRevisits([south, north])
  #expect(sorting.revisits.count == 1 && Set(sorting.revisits[0].parts) == [north, south])
  #expect(sorting.excluded.isEmpty)
}

/// A datatake that is reprocessed one datastrip after the other: baselines are never mixed, and no ground is lost.
@Test func aRevisitChangesItsBaselineWhenAllItsPartsHaveIt() throws {
  let (start, north, south) = ("20240503T105619", "DS_MTI_S20240503T105621", "DS_SGS_S20240503T105947")
  let old = [
    try product(start, datastrip: north, generation: "20240503T150000", seen: 150),
    try product(start, datastrip: south, generation: "20240503T160000", seen: 250),
  ]
  let first = try product(start, baseline: "05.12", datastrip: south, generation: "20250101T000000", seen: 250)
  let between = sortRevisits(old + [first])
  #expect(between.revisits.map { Set($0.parts) } == [Set(old)])
  #expect(between.excluded.map(\.product) == [first])
  #expect(between.excluded.map(\.exclusion) == [.notMixed(with: old[1].name)])
  let second = try product(start, baseline: "05.12", datastrip: north, generation: "20250101T000001", seen: 150)
  let after = sortRevisits(old + [first, second])
  #expect(after.revisits.map { Set($0.parts) } == [[first, second]])
  #expect(
    Set(after.excluded.map(\.exclusion)) == [.superseded(by: first.name), .superseded(by: second.name)])
  // Cut in another way: what sees as much is as good.
  let whole = try product(start, baseline: "05.12", datastrip: "DS_S2RP_S20240503T105700", seen: 399)
  let cut = sortRevisits(old + [whole])
  #expect(cut.revisits.map(\.parts) == [[whole]] && cut.excluded.map(\.exclusion.reason).count == 2)
  // ESA's wins, and what others made of the rest is not thrown away.
  let own = try product(start, baseline: "99.99", datastrip: north, seen: 150)
  let official = sortRevisits([own, first])
  #expect(official.revisits.map(\.parts) == [[first]])
  #expect(official.excluded.map(\.exclusion) == [.notMixed(with: first.name)])
}

/// Some versions give the datatake's start without its fraction, as names do.
@Test func aFractionOfASecondMakesNoOtherRevisit() throws {
  let first = try product("20240503T105619", datastrip: "DS_MTI_S20240503T105621", generation: "20240503T150000")
  var second = try product("20240503T105619", datastrip: "DS_SGS_S20240503T105947", generation: "20240503T160000")
  second.datatakeStart += 0.024
  let sorting = sortRevisits([second, first])
  #expect(sorting.revisits.count == 1 && sorting.revisits[0].parts.count == 2)
}

@Test func theSameProductTwiceCountsOnce() throws {
  let a = try product("20240503T105619", location: "a")
  let b = try product("20240503T105619", location: "b")
  let sorting = sortRevisits([b, a])
  #expect(sorting.revisits[0].parts == [a])
  #expect(sorting.excluded.map { $0.exclusion } == [.duplicate(of: a.location)])
}

/// Of copies with other content the later generation counts, then the one that sees more; never the name of its folder.
@Test func ofCopiesWithOtherContentTheCorrectedOneCounts() throws {
  var faulty = try product("20240503T105619", location: "a", seen: 250)
  faulty.sceneClassification.digest = "faulty"
  var better = try product("20240503T105619", location: "b", seen: 400)
  #expect(sortRevisits([faulty, better]).revisits[0].parts == [better])
  #expect(sortRevisits([faulty, better]).excluded.map(\.exclusion) == [.corrected(by: better.location)])
  better.sceneClassCounts = faulty.sceneClassCounts
  better.generationTime = faulty.generationTime.addingTimeInterval(60)
  #expect(sortRevisits([faulty, better]).revisits[0].parts == [better])
}

@Test func twoOrbitsOnOneDayAreTwoRevisits() throws {
  let revisits = sortRevisits([
    try product("20240503T105619", orbit: 51), try product("20240503T123619", orbit: 52),
    try product("20240503T105619", mission: "S2B", orbit: 51),
  ]).revisits
  #expect(revisits.count == 3)
}

@Test func anotherGridIsAMismatch() throws {
  let a = try product("20240503T105619", datastrip: "DS_A_S20240503T105621", generation: "20240503T160000")
  let b = try product("20240503T105619", datastrip: "DS_A_S20240503T105947", grid: 300_000)
  let sorting = sortRevisits([a, b])
  #expect(sorting.revisits[0].parts == [a] && sorting.excluded.count == 1)
}

@Test func windowsOpenWithTheFirstRevisit() throws {
  let days = ["20240101T100000", "20240120T100000", "20240301T100000", "20240301T235959", "20240302T000000"]
  let revisits = sortRevisits(try days.map { try product($0) } + [try product("20240110T100000", tile: "31TDJ")])
    .revisits
  // 60 days after 2024-01-01 is 2024-03-01, that day included.
  let groups = groupRevisits(revisits.reversed(), windowDays: 60)
  #expect(groups.map { "\($0.tile) \($0.revisits.count)" } == ["31TCJ 4", "31TCJ 1", "31TDJ 1"])
  #expect(groups[0].identifier == "31TCJ-20240101-60d")
}

/// An early revisit that comes late gets a window of its own: those that were published from stay.
@Test func publishedWindowsStay() throws {
  let days = ["20240425", "20240509", "20240512", "20240704", "20240718", "20240718"]
  let revisits = sortRevisits(
    try days.enumerated().map { try product("\($1)T10\($0)000") } + [try product("20240509T100000", tile: "31TDJ")]
  ).revisits
  func named(_ published: [String: Date], _ windowDays: Int = 60) -> [String] {
    groupRevisits(revisits, windowDays: windowDays, published: published).map {
      "\($0.identifier) \($0.revisits.count)"
    }
  }
  let (first, later) = (Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 1))
  #expect(
    named(["31TCJ-20240509-60d": first, "31TCJ-20240718-60d": later]) == [
      "31TCJ-20240425-60d 1", "31TCJ-20240509-60d 3", "31TCJ-20240718-60d 2", "31TDJ-20240509-60d 1",
    ])
  // When the early one was published by itself, too.
  let both = [
    "31TCJ-20240425-60d 1", "31TCJ-20240509-60d 3", "31TCJ-20240718-60d 2", "31TDJ-20240509-60d 1",
  ]
  #expect(named(["31TCJ-20240509-60d": first, "31TCJ-20240425-60d": later]) == both)
  // The other way round it was held for a while: it belongs to its window again.
  #expect(named(["31TCJ-20240425-60d": first, "31TCJ-20240509-60d": later]) == named([:]))
  // What was published first ends where the next begins, and what opened on its last day stays.
  let groups = groupRevisits(revisits, windowDays: 60, published: ["31TCJ-20240509-60d": first])
  #expect(UTCTime.seconds(groups[0].windowEnd) == "2024-05-08T23:59:59Z")
  let last = ["31TCJ-20240425-70d": first, "31TCJ-20240704-70d": later]
  #expect(named(last, 70)[..<2] == ["31TCJ-20240425-70d 3", "31TCJ-20240704-70d 3"])
  // Also where their first revisit is gone, and what comes after it: it is the same group, of what is left.
  let left = revisits.filter { ["20240512", "20240718"].contains(UTCTime.compact($0.key.datatakeStart).prefix(8)) }
  let remaining = groupRevisits(left, windowDays: 60, published: ["31TCJ-20240509-60d": first])
  #expect(remaining.map(\.identifier) == ["31TCJ-20240509-60d", "31TCJ-20240718-60d"])
  #expect(UTCTime.seconds(remaining[0].windowStart) == "2024-05-09T00:00:00Z")
  #expect(UTCTime.seconds(remaining[0].windowEnd) == "2024-07-08T23:59:59Z" && remaining[1].revisits.count == 2)
  #expect(
    groupRevisits(left, windowDays: 60, published: ["31TCJ-20240425-60d": first, "31TCJ-20240718-60d": later])
      .map(\.identifier) == ["31TCJ-20240425-60d", "31TCJ-20240718-60d"])
  // Windows of another length were others, and what is no name of a window is passed over.
  #expect(named(["31TCJ": first, "31TCJ-2024059-60d": first, "31TCJ-20240230-60d": first, "g1": first]) == named([:]))
  #expect(named(["31TCJ-20240509-60d": first], 90) == named([:], 90))
}

private func assessed(_ shares: [(String, Double)]) throws -> [AssessedRevisit] {
  let masked = Dictionary(uniqueKeysWithValues: shares)
  return try sortRevisits(try shares.map { try product("\($0.0)T100000") }).revisits.map {
    AssessedRevisit(
      revisit: $0, maskedShare: try #require(masked[String(UTCTime.compact($0.key.datatakeStart).prefix(8))]))
  }
}

@Test func theAnchorIsTheNewestClearView() throws {
  let revisits = try assessed([
    ("20240101", 0.0), ("20240106", 0.04), ("20240111", 0.3), ("20240116", 0.5), ("20240121", 0.06),
  ])
  let selection = try selectViews(revisits, rules: SelectionRules(maxViews: 3))
  #expect(selection.views.map(\.maskedShare) == [0.04, 0.0, 0.06] && selection.reserves.map(\.maskedShare) == [0.3])
  #expect(selection.decisions.map(\.role) == [.view, .anchor, .surplus, .unusable, .view])
  #expect(
    selection.decisions[2].reason
      == "30 % masked; the anchor and 2 clearer views are enough, unless one of them is left out")
  let two = try selectViews(revisits, rules: SelectionRules(maxViews: 2))
  #expect(two.views.map(\.maskedShare) == [0.04, 0.0] && two.reserves.map(\.maskedShare) == [0.06, 0.3])
  #expect(selection.decisions.allSatisfy { !$0.reason.isEmpty })
}

@Test func withoutAClearViewTheClearestIsTheAnchor() throws {
  let selection = try selectViews(
    try assessed([("20240101", 0.4), ("20240106", 0.1), ("20240111", 0.2)]), rules: SelectionRules())
  #expect(selection.views.map(\.maskedShare) == [0.1, 0.2, 0.4])
}

@Test func theOperatorMayChooseTheAnchor() throws {
  let revisits = try assessed([("20240101", 0.2), ("20240106", 0.0), ("20240111", 0.7)])
  let chosen = try selectViews(revisits, rules: SelectionRules(anchorDay: "2024-01-01"))
  #expect(chosen.anchor?.maskedShare == 0.2)
  #expect(throws: SelectionError.self) { try selectViews(revisits, rules: SelectionRules(anchorDay: "2024-01-02")) }
  #expect(throws: SelectionError.self) { try selectViews(revisits, rules: SelectionRules(anchorDay: "2024-01-11")) }
}

/// A datatake that begins before midnight may see the tile after it: either day names it.
@Test func theAnchorIsNamedByItsOwnDayToo() throws {
  let revisit = try #require(sortRevisits([try product("20240503T235950")]).revisits.first)
  let assessed = [AssessedRevisit(revisit: revisit, maskedShare: 0)]
  for day in ["2024-05-03", "2024-05-04"] {
    #expect(try selectViews(assessed, rules: SelectionRules(anchorDay: day)).views.count == 1)
  }
  let error = #expect(throws: SelectionError.self) {
    try selectViews(assessed, rules: SelectionRules(anchorDay: "2024-05-05"))
  }
  #expect(error?.description.contains("usable days: 2024-05-04") == true)
}

@Test func nothingUsableGivesNoViews() throws {
  let selection = try selectViews(try assessed([("20240101", 0.9)]), rules: SelectionRules())
  #expect(selection.views.isEmpty && selection.decisions.map(\.role) == [.unusable])
}
