internal import Geometry
internal import Workers
internal import Foundation
internal import Ledger
internal import Publishing
internal import Settings
internal import Storage
internal import Watching

/// What follows a publication, beside its hook: products that are done with, old revisions.
extension Supervisor {
  /// Sees to the tiles that are due. Each on its own: the disk that its products lie on may hang.
  func startAftercare() {
    for tile in aftercare.begin() { Task { await self.seeTo(tile) } }
  }

  private func seeTo(_ tile: String) async {
    var problems: [String] = []
    do { try await retire(tile) } catch { problems.append("\(error)") }
    do {
      let left = try await retireProducts(tile)
      problems += left.problems
      // The folder's own problem says that what lies there waits.
      if left.isAwaited { aftercare.putOff(tile) }
    } catch { problems.append("\(error)") }
    guard let wait = aftercare.end(tile, problems: problems, rules: retryRules) else { return }
    for problem in problems { record(Happening(.problem, "\(problem); tried again in \(wait) s", tile: tile)) }
  }

  /// The products of a published group may go when its time has passed, which may be long after it was published.
  /// - Returns: when that is, if it is to come.
  func seeToProducts(of row: GroupRow, _ now: Date) -> Date? {
    let deadline = row.windowEnd.addingTimeInterval(groupRules.lateness)
    guard deadline <= now else { return deadline }
    aftercare.note(past: row.id, of: row.tile)
    return nil
  }

  /// Removes revisions beyond the number to keep, oldest first.
  private func retire(_ tile: String) async throws {
    guard let keep = settings.keepRevisions else { return }
    let store = store
    // No hook begins on an item of it meanwhile.
    retiring.insert(tile)
    defer {
      retiring.remove(tile)
      wake.call()
    }
    let running = hooks.running
    let known = try await ledger.read { try $0.items(tile: tile) }.filter { $0.removed == nil }
    // Whoever was called may be at work on it, or is yet to be called; the tile is seen to again after that.
    let spared = Set(known.filter { $0.id == running || $0.hooked == nil && $0.hookFailures == 0 }.map(\.id))
    let removed = try await helpers.run { () -> [String]? in
      guard let tile = try store.layout.tiles().first(where: { $0.name == tile }) else { return [] }
      guard let removed = try store.removeRevisions(of: tile, keeping: keep, sparing: spared) else { return nil }
      // Also those that were removed just before the daemon died: what replaced them is there.
      let present = try store.items(of: tile).items
      let gone = known.filter { item in
        store.holds(item.folder) && !Folder.exists(item.folder)
          && present.contains { $0.group == item.groupID && $0.revision >= item.revision + keep }
      }
      return removed.map(\.id) + gone.map(\.id)
    }
    guard let removed else {
      // Somebody is at work on it: another time.
      aftercare.putOff(tile)
      return
    }
    guard !removed.isEmpty else { return }
    let hook = PublishHook(command: nil, links: settings.hookLinks)
    try await helpers.run { for item in known where removed.contains(item.id) { hook.unlink(item) } }
    await turnstile.enter()
    defer { turnstile.leave() }
    let rows = try await ledger.read { try $0.items(tile: tile) }.filter { removed.contains($0.id) }
      .map { row in
        var row = row
        row.removed = Date()
        return row
      }
    try await commit(
      Set(removed).sorted().map {
        Happening(.itemRemoved, "\($0): removed, \(keep) newer revisions are kept", tile: tile, item: $0)
      }
    ) { ledger in for row in rows { try ledger.save(row) } }
  }

  /// The groups of a tile are those of what is known of its products.
  private func isPlanned(_ tile: String) -> Bool { !staleTiles.contains(tile) && !classes.areWanted(tile) }

  /// Moves or deletes the products of groups that are published and whose time has passed, where configured.
  /// - Returns: what could not be done, and whether products lie in a folder that does not answer, or have to be looked at
  ///   again.
  private func retireProducts(_ tile: String) async throws -> (problems: [String], isAwaited: Bool) {
    var (problems, isAwaited) = ([String](), false)
    // What came in since belongs nowhere yet.
    guard isPlanned(tile) else { return ([], true) }
    watchClock()
    guard !clock.isDoubtful() else { return ([], true) }
    // What was published may be nowhere else than on a disk that is away.
    guard try await absence(of: store.layout) == nil else { return ([], true) }
    var isChanged = false
    defer { if isChanged { staleTiles.insert(tile) } }
    let now = Date()
    let (rows, groups) = try await ledger.read { (try $0.products(tile: tile), try $0.groups(tile: tile)) }
    let done = Set(
      groups.filter {
        $0.state == .published && $0.inputs == $0.doneInputs
          && $0.windowEnd.addingTimeInterval(groupRules.lateness) <= now
      }.map(\.id))
    for folder in settings.dropFolders where folder.whenDone != .keep {
      for row in rows where row.drop == folder.name && row.state == .accepted {
        guard row.groupID.map(done.contains) == true, row.location.hasPrefix(folder.path + "/") else { continue }
        guard !lookouts.silent.contains(folder.path) else {
          isAwaited = true
          break
        }
        do {
          if try await retire(row, folder) { isChanged = true } else { isAwaited = true }
        } catch {
          let what = folder.whenDone == .move ? "moved to \(folder.doneFolder ?? "")" : "deleted"
          problems.append("\(row.location) is done with and cannot be \(what): \(error)")
        }
      }
      guard folder.whenDone == .delete, !lookouts.silent.contains(folder.path) else { continue }
      do { if try await !sweep(folder) { isAwaited = true } } catch { problems.append("\(error)") }
    }
    return (problems, isAwaited)
  }

  /// Removes what was taken away, also what an earlier daemon left; what cannot be removed holds up nothing else. What
  /// another tile removes at the moment is its matter.
  /// - Returns: false where something is left for later.
  private func sweep(_ folder: DropFolder) async throws -> Bool {
    let place = DoneProducts.deleted(folder)
    guard let bin = try await helpers.run({ try OpenFolder.open(place) }) else { return true }
    var failure: String?
    for name in try await helpers.run({ try bin.names() }) where removing.insert("\(place)/\(name.text)").inserted {
      defer { removing.remove("\(place)/\(name.text)") }
      do { try await helpers.run { try bin.remove(name) } } catch {
        failure = failure ?? "what was deleted cannot be removed: \(error)"
      }
    }
    let isEmpty = try await helpers.run {
      Folder.removeIfEmpty(place)
      return try bin.names().isEmpty
    }
    // Of the folder, whichever tile it was: told once.
    let what = "removing what was deleted of \(folder.path)"
    if let failure { meet(what, failure) } else if isEmpty { overcome(what) }
    return failure == nil
  }

  /// - Returns: false where it cannot be seen, or something else lies there now, which is looked at instead.
  private func retire(_ row: ProductRow, _ folder: DropFolder) async throws -> Bool {
    let location = row.location
    // While others of the tile were seen to, something may have come in.
    guard let tile = row.tile, isPlanned(tile), try await ledger.read({ try $0.product(at: location) }) == row else {
      return false
    }
    // What lies there now may have come in its place, and nobody has looked at it.
    let seen = try await helpers.run { DropScan.look(at: location)?.signature }
    // What cannot be looked at now is waited for.
    guard let seen else { return false }
    guard seen == row.signature else {
      try await lookAgain([row], missing: [])
      return false
    }
    let wanted = folder.whenDone == .move ? folder.doneFolder.map { DoneProducts.place(of: location, in: $0) } : nil
    let name = (location as NSString).lastPathComponent
    let others = try await ledger.read { try $0.products(tile: tile) }
      .filter { $0.drop != folder.name && $0.state != .gone && ($0.location as NSString).lastPathComponent == name }
      .map(\.location)
    // Another of this name may lie there: neither is lost.
    let target = try await helpers.run {
      try DoneProducts.check(location, isNone: others)
      if let done = folder.doneFolder, wanted != nil { try DoneProducts.check(done, isOutside: folder) }
      return wanted.map(DoneProducts.freePlace)
    }
    // What scans see of it meanwhile does not count.
    let places = [location] + (target.map { [$0] } ?? [])
    touches.hold(places)
    defer { touches.release(places) }
    if let target { try await intend(to: target, location) }
    do {
      try await helpers.run {
        if let target {
          try DoneProducts.move(location, to: target)
        } else {
          try DoneProducts.takeAway(location, from: folder)
        }
      }
    } catch {
      // It goes nowhere, unless it went.
      if let target, (try? await helpers.run { FileStatus.of(target) == nil }) == true {
        try? await intend(to: nil, location)
      }
      throw error
    }
    await turnstile.enter()
    defer { turnstile.leave() }
    var moved = try await ledger.read { try $0.product(at: location) } ?? row
    if let target { (moved.location, moved.destination) = (target, nil) } else { moved.state = .gone }
    moved.reason = target == nil ? "done with; deleted" : "done with; moved"
    moved.changed = Date()
    let saved = moved
    try await commit([
      Happening(
        .productMoved, "\(location): \(moved.reason)", product: row.name ?? location, tile: row.tile, group: row.groupID
      )
    ]) { ledger in
      if saved.location != location { try ledger.forgetProduct(at: location) }
      try ledger.save(saved)
    }
    return true
  }

  /// Writes down where a product goes: a scan takes it up from there if the daemon dies before it has said that it went.
  private func intend(to target: String?, _ location: String) async throws {
    await turnstile.enter()
    defer { turnstile.leave() }
    try await ledger.write { ledger in
      guard var row = try ledger.product(at: location) else { return }
      row.destination = target
      try ledger.save(row)
    }
  }
}
