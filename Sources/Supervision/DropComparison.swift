package import Foundation
internal import Geometry
package import Ledger
internal import Product
package import Settings
package import Watching

/// One change that a look into a drop folder finds.
package struct DropChange: Sendable {
  package var row: ProductRow
  var happening: Happening?
  package var changesPlan = false
  /// It is to be looked at, and no scan sees it.
  package var isToExamine = false
  /// The location it had before.
  package var forgets: String?
}

/// What is seen in a drop folder beside what is known: a function from values to values.
package struct DropComparison: Sendable {
  var folder: DropFolder
  /// Names in the folder where products go that are done with; nil where they are not known.
  var done: Set<String>?
  /// There is no such folder: nothing went there.
  var isDoneMissing: Bool
  var now: Date

  package init(folder: DropFolder, done: Set<String>?, isDoneMissing: Bool = false, now: Date) {
    self.folder = folder
    self.done = done
    self.isDoneMissing = isDoneMissing
    self.now = now
  }

  /// Whether a product that is not seen may change for that: not where it is gone and stays away, nor where it was done
  /// with and lies where it went.
  package func isConcerned(_ location: String, _ state: ProductRow.State) -> Bool {
    let liesWhereItWent = isDoneWith(location) && isListed(location)
    return liesWhereItWent == (state == .gone)
  }

  /// What is changed by seeing a product.
  /// - Parameter row: nil where it is not known.
  /// - Returns: nil where all is as it was.
  package func change(of row: ProductRow?, seenAs sighting: Sighting) -> DropChange? {
    guard var row else { return arrival(of: sighting) }
    if row.signature == sighting.signature {
      guard row.state == .gone || row.state == .arriving else { return nil }
      row.reason = row.state == .gone ? "back in the drop folder" : "its files are as they were"
      // Back as it was: what was found out about it still holds.
      row.state = row.product == nil ? .arriving : .accepted
      if row.product == nil { row.signature = nil }
    } else if row.state != .arriving {
      row.state = .arriving
      row.reason = "its files changed; waits until nothing changes for \(folder.settleSeconds) s"
    } else {
      return nil
    }
    row.changed = now
    return DropChange(row: row, happening: happening(.productChanged, row, row.reason), changesPlan: true)
  }

  private func arrival(of sighting: Sighting) -> DropChange {
    let name = ProductName(Self.fileName(sighting.location))
    let row = ProductRow(
      location: sighting.location, drop: folder.name, name: name?.stem, tile: name?.tile.name,
      reason: "seen; waits until nothing changes for \(folder.settleSeconds) s", now: now)
    return DropChange(row: row, happening: happening(.productArrived, row, "arrived"))
  }

  /// What is changed by not seeing products.
  /// - Parameter taken: locations of all products that are known.
  package func changes(of rows: [ProductRow], taken: Set<String>) -> [DropChange] {
    var taken = taken
    return rows.compactMap { row in
      let change = absence(of: row, taken: taken)
      if let place = change?.row.location { taken.insert(place) }
      return change
    }
  }

  private func absence(of known: ProductRow, taken: Set<String>) -> DropChange? {
    var row = known
    row.changed = now
    let isDoneWith = isDoneWith(row.location)
    let liesWhereItWent = isDoneWith && isListed(row.location)
    // It was done with, and lies where it went.
    if liesWhereItWent, row.state == .gone, row.knownProduct != nil {
      row.reason = "done with; back where it went"
      row.state = row.product == nil ? .arriving : .accepted
      // It was no longer what it had been when it went away.
      if row.product == nil { row.signature = nil }
      return DropChange(row: row, changesPlan: true, isToExamine: row.product == nil)
    }
    guard row.state != .gone, !liesWhereItWent else { return nil }
    // Nothing is known of what lies elsewhere: jobs see to that which need it.
    guard row.location.hasPrefix(folder.path + "/") || isDoneWith && done != nil else { return nil }
    // Whether it went where it was going is told when that can be looked into.
    if row.destination != nil, folder.whenDone == .move, done == nil, !isDoneMissing { return nil }
    // Moved just before the daemon died, or by somebody else: nobody wrote it down. What is known to lie there is another
    // one.
    let target = row.destination ?? folder.doneFolder.map { DoneProducts.place(of: row.location, in: $0) }
    if let target, folder.whenDone == .move, row.state == .accepted, !taken.contains(target), isListed(target) {
      (row.location, row.destination) = (target, nil)
      row.reason = "done with; moved"
      return DropChange(row: row, changesPlan: true, forgets: known.location)
    }
    row.state = .gone
    row.reason = "no longer in the drop folder"
    return DropChange(row: row, happening: happening(.productGone, row, "is gone"), changesPlan: true)
  }

  private func happening(_ kind: EventKind, _ row: ProductRow, _ what: String) -> Happening {
    Happening(kind, "\(row.location): \(what)", product: row.name ?? row.location, tile: row.tile)
  }

  private static func fileName(_ location: String) -> String { (location as NSString).lastPathComponent }

  private func isListed(_ location: String) -> Bool { done?.contains(Self.fileName(location)) == true }

  /// Whether it is where products go that are done with.
  private func isDoneWith(_ location: String) -> Bool {
    folder.doneFolder.map { location == DoneProducts.place(of: location, in: $0) } ?? false
  }
}
