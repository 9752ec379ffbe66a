internal import Foundation
internal import Grouping
internal import Ledger
internal import Pipeline
internal import Product

/// What a tile's groups, as its products make them now, change of what is known: a function from values to values.
struct TileChanges: Sendable {
  /// Groups that are new or change.
  private(set) var groups: [GroupRow] = []
  /// Products whose group or use changes.
  private(set) var products: [ProductRow] = []
  private(set) var happenings: [Happening] = []
  private(set) var planned: [String: PlannedGroup] = [:]

  /// - Parameters:
  ///   - products: all of the tile.
  ///   - held: those of them that the operator keeps back.
  ///   - before: its groups as they are known.
  ///   - shown: what the newest items of groups show, by identifier: names of products.
  ///   - anchors: when their anchors were sensed.
  init(
    _ tile: String, _ found: TileGroups, of copies: ProductCopies, products: [ProductRow], held: [ProductRow],
    before: [GroupRow],
    shown: [String: [String]], anchors: [String: Date], now: Date
  ) {
    // What is known and cannot be used is as good as not known: nobody said that it is not to be shown any more.
    let passes = Set((copies.taken.map(\.row) + held).compactMap { $0.name.flatMap(ProductName.init)?.pass })
    let changed = Dictionary(copies.taken.map { ($0.row.location, $0.row.changed) }) { first, _ in first }
    for group in found.groups {
      let id = group.group.identifier
      let row = take(
        group, before: before.first { $0.id == id }, tile, gone: copies.gone, changed: changed, now: now)
      let missing = group.selection.views.flatMap(\.revisit.parts).filter { copies.gone.contains($0.location) }
      // Where products are not known that an item shows, as without the ledger, nothing poorer takes its place.
      let strange = (shown[id] ?? []).filter { ProductName($0).map { !passes.contains($0.pass) } ?? false }
      // Less of it, or what is older: the item's anchor is unknown then, as without the ledger.
      let anchor = group.selection.anchor?.revisit.sensingTime ?? .distantPast
      let isOlder = anchors[id].map { $0 > anchor.addingTimeInterval(60) } ?? false
      let isPoorer =
        isOlder
        || group.selection.views.count < Set((shown[id] ?? []).compactMap { ProductName($0)?.pass }).count
      let hasWork = row.inputs != row.doneInputs || row.isFlushed
      planned[id] = PlannedGroup(
        group: hasWork ? group.withoutReserves(where: copies.gone.contains) : nil,
        facts: row.facts(missing: missing.map(\.name) + (isPoorer && !row.isFlushed ? strange : [])))
    }
    for row in before where planned[row.id] == nil && row.state != .dissolved { dissolve(row, now: now) }
    let members = Self.members(found, copies)
    self.products = products.compactMap { row in
      var changed = row
      let member = members[row.location]
      (changed.groupID, changed.role, changed.roleReason) = (member?.group, member?.role, member?.reason)
      return changed == row ? nil : changed
    }
  }

  /// - Parameter changed: when products changed last, by location.
  /// - Returns: the group's row.
  private mutating func take(
    _ group: RunPlan.Group, before: GroupRow?, _ tile: String, gone: Set<String>, changed: [String: Date], now: Date
  ) -> GroupRow {
    let (id, decisions) = (group.group.identifier, group.selection.decisions)
    let (start, end) = (group.group.windowStart, group.group.windowEnd)
    var row = before ?? GroupRow(id: id, tile: tile, windowStart: start, windowEnd: end, now: now)
    row.windowEnd = end
    row.inputs = group.inputs
    row.revisits = decisions.count
    row.usable = decisions.count { $0.role != .unusable }
    let locations = decisions.flatMap { $0.revisit.parts.map(\.location) }
    row.lastArrival = locations.compactMap { changed[$0] }.max() ?? row.lastArrival
    // Worked on by a program that did not look at radiometry; of what is gone nothing else can come.
    if row.doneInputs == group.inputs(withRadiometry: false), locations.allSatisfy(gone.contains) {
      row.doneInputs = row.inputs
    }
    if row.failedInputs != row.inputs { row.forgetFailure() }
    if before == nil || row.state == .dissolved {
      row.state = .open
      row.reason = ""
      // What was worked on, and what was said, was about other times; the store knows what is published.
      (row.doneInputs, row.isFlushed) = (nil, false)
      happenings.append(Happening(.groupOpened, "\(id): opened", tile: tile, group: id))
    }
    if row != before { groups.append(row) }
    return row
  }

  private mutating func dissolve(_ group: GroupRow, now: Date) {
    var row = group
    row.state = .dissolved
    row.reason = "its products belong to other groups now, are held, or are gone"
    row.until = nil
    row.changed = now
    groups.append(row)
    happenings.append(Happening(.groupChanged, "\(row.id): \(row.reason)", tile: row.tile, group: row.id))
  }

  /// What each product is for, by location.
  private static func members(_ found: TileGroups, _ copies: ProductCopies) -> [String: TileGroups.Member] {
    var members = Dictionary(found.members.map { ($0.location, $0) }) { first, _ in first }
    for (location, copy) in copies.replaced {
      members[location] = TileGroups.Member(
        location: location, group: members[copy]?.group, role: "superseded",
        reason: "\(copy) is the same product with other content, and came later")
    }
    for (location, copy) in copies.duplicates {
      members[location] = TileGroups.Member(
        location: location, group: members[copy]?.group, role: "duplicate",
        reason: Exclusion.duplicate(of: copy).reason)
    }
    return members
  }
}

extension ProductName {
  /// What one pass over a tile has in common, whatever its baseline and part.
  fileprivate var pass: String { "\(mission) \(UTCTime.compact(datatakeStart)) \(relativeOrbit) \(tile)" }
}
