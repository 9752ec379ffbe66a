internal import Geometry
internal import Workers
internal import Foundation
internal import Ledger
internal import Product
internal import Settings
internal import Storage
internal import Watching

extension Supervisor {
  /// Scans the drop folders that are due and brings the ledger in line with what lies there.
  /// - Returns: when the next scan is due.
  func scanFolders() async throws -> ContinuousClock.Instant? {
    for folder in settings.dropFolders where (scans[folder.name] ?? .now) <= .now {
      scans[folder.name] = .now + .seconds(folder.rescanSeconds)
      let path = folder.path
      let result = try await helpers.run { () -> Result<[Sighting], StorageError> in
        do throws(StorageError) { return .success(try DropScan.scan(path)) } catch { return .failure(error) }
      }
      switch result {
      case .failure(let error):
        // Nothing is known about what lies there, so nothing changes.
        if unreachable.updateValue(error.description, forKey: folder.name) != error.description {
          record(.problem, "\(error); make the folder \(path) readable for the daemon")
        }
        scans[folder.name] = .now + .seconds(min(30, folder.rescanSeconds))
        scanned.insert(folder.name)
      case .success(let sightings):
        if unreachable.removeValue(forKey: folder.name) != nil { record(.problem, "\(path): can be read again") }
        try await take(sightings, in: folder)
      }
    }
    return settings.dropFolders.compactMap { scans[$0.name] }.min()
  }

  private func take(_ sightings: [Sighting], in folder: DropFolder) async throws {
    let (atRest, next) = arrivals.observe(
      sightings, in: folder.path, settle: .seconds(folder.settleSeconds), now: .now, wallClock: Date())
    let rows = try await ledger.read { try $0.products(drop: folder.name) }
    let changes = compare(sightings, with: rows, in: folder, now: Date())
    if !changes.isEmpty {
      let (rows, forgotten) = (changes.map(\.row), changes.compactMap(\.forgets))
      try await commit(changes.compactMap(\.happening)) { ledger in
        for location in forgotten { try ledger.forgetProduct(at: location) }
        for row in rows { try ledger.save(row) }
      }
    }
    for change in changes {
      note(change.row, in: folder)
      if change.changesPlan, let tile = change.row.tile { staleTiles.insert(tile) }
    }
    let known = Dictionary(uniqueKeysWithValues: rows.map { ($0.location, $0) })
    let changed = Dictionary(uniqueKeysWithValues: changes.map { ($0.row.location, $0.row) })
    for sighting in sightings {
      let location = sighting.location
      guard let row = changed[location] ?? known[location] else { continue }
      note(row, in: folder)
      let isLookedAt = row.signature == sighting.signature
      let isDue = !isLookedAt && atRest.contains(location) && !examining.contains(location)
      toExamine[location] = isDue ? folder : nil
    }
    scanned.insert(folder.name)
    // What is on the move is looked at again when it could have come to rest.
    if let next { scans[folder.name] = min(scans[folder.name] ?? next, max(next, .now + .milliseconds(100))) }
  }

  /// One change that a scan finds.
  private struct Change {
    var row: ProductRow
    var happening: Happening?
    var changesPlan = false
    /// The location it had before.
    var forgets: String?
  }

  private func compare(_ sightings: [Sighting], with rows: [ProductRow], in folder: DropFolder, now: Date) -> [Change] {
    let known = Dictionary(uniqueKeysWithValues: rows.map { ($0.location, $0) })
    var changes: [Change] = []
    for sighting in sightings {
      guard var row = known[sighting.location] else {
        let fileName = (sighting.location as NSString).lastPathComponent
        let name = ProductName(fileName)
        let row = ProductRow(
          location: sighting.location, drop: folder.name, name: name?.stem, tile: name?.tile.name,
          reason: "seen; waits until nothing changes for \(folder.settleSeconds) s", now: now)
        changes.append(
          Change(
            row: row,
            happening: Happening(
              .productArrived, "\(sighting.location): arrived", product: name?.stem ?? sighting.location,
              tile: row.tile)))
        continue
      }
      if row.signature == sighting.signature {
        guard row.state == .gone || row.state == .arriving else { continue }
        row.reason = row.state == .gone ? "back in the drop folder" : "its files are as they were"
        // Back as it was: what was found out about it still holds.
        row.state = row.product == nil ? .arriving : .accepted
        if row.product == nil { row.signature = nil }
      } else if row.state != .arriving {
        row.state = .arriving
        row.reason = "its files changed; waits until nothing changes for \(folder.settleSeconds) s"
      } else {
        continue
      }
      row.changed = now
      changes.append(
        Change(
          row: row,
          happening: Happening(
            .productChanged, "\(row.location): \(row.reason)", product: row.name ?? row.location, tile: row.tile),
          changesPlan: true))
    }
    let seen = Set(sightings.map(\.location))
    for var row in rows where !seen.contains(row.location) && row.state != .gone && !isDone(row, in: folder) {
      row.changed = now
      // Moved just before the daemon died: nobody wrote it down.
      if let done = folder.doneFolder, folder.whenDone == .move, row.state == .accepted,
        Folder.exists(Self.place(of: row.location, in: done))
      {
        let old = row.location
        row.location = Self.place(of: old, in: done)
        row.reason = "done with; moved"
        changes.append(Change(row: row, happening: nil, changesPlan: true, forgets: old))
        continue
      }
      row.state = .gone
      row.reason = "no longer in the drop folder"
      changes.append(
        Change(
          row: row,
          happening: Happening(
            .productGone, "\(row.location): is gone", product: row.name ?? row.location, tile: row.tile),
          changesPlan: true))
    }
    return changes
  }

  /// Has products looked at again: by the next scan where their folder is scanned, else at once.
  /// - Parameter missing: locations where nothing is.
  func lookAgain(_ rows: [ProductRow], missing: Set<String>) async throws {
    for folder in settings.dropFolders { scans[folder.name] = .now }
    arrivals = Arrivals()
    wake.call()
    var gone: [ProductRow] = []
    for var row in rows where !isScanned(row) {
      if missing.contains(row.location) {
        row.state = .gone
        row.reason = "no longer there"
        row.changed = Date()
        gone.append(row)
      } else {
        toExamine[row.location] =
          settings.dropFolders.first { $0.name == row.drop } ?? DropFolder(name: row.drop, path: "")
      }
    }
    guard !gone.isEmpty else { return }
    let saved = gone
    try await commit(
      saved.map {
        Happening(.productGone, "\($0.location): is gone", product: $0.name ?? $0.location, tile: $0.tile)
      }
    ) { ledger in for row in saved { try ledger.save(row) } }
    staleTiles.formUnion(saved.compactMap(\.tile))
  }

  /// Whether scans see a product: not where products go that are done with, nor in folders that are dropped into no more.
  func isScanned(_ row: ProductRow) -> Bool {
    settings.dropFolders.contains { $0.name == row.drop && row.location.hasPrefix($0.path + "/") }
  }

  /// Whether a product lies where products that were done with go.
  private func isDone(_ row: ProductRow, in folder: DropFolder) -> Bool {
    guard let done = folder.doneFolder, row.location.hasPrefix(done + "/") else { return false }
    return Folder.exists(row.location)
  }

  /// Keeps track of what holds up the groups of a tile.
  func note(_ row: ProductRow, in folder: DropFolder) {
    guard let tile = row.tile else {
      arriving[row.location] = nil
      return
    }
    let limit = folder.incompleteAfterHours * 3600
    let isArriving: Bool =
      switch row.state {
      case .arriving: true
      case .incomplete: Date().timeIntervalSince(row.firstSeen) < limit
      case .accepted, .refused, .gone: false
      }
    arriving[row.location] = isArriving ? Arriving(tile: tile, name: row.name ?? row.location) : nil
  }
}
