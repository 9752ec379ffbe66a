internal import Geometry
internal import Workers
internal import Foundation
internal import Ledger
internal import Product
internal import Settings
internal import Storage
internal import Watching
internal import Work

extension Supervisor {
  /// What a look into a drop folder found.
  private struct DropSight: Sendable {
    var survey: DropSurvey
    /// Names in the folder where products go that are done with; nil where there is none, or none that can be listed.
    var done: Set<String>?
    var isDoneMissing: Bool
  }

  /// How long a disk may take to answer.
  var patience: Duration { .seconds(min(60, settings.stuckAfterSeconds)) }

  /// Whether all drop folders were looked into, and no look is worth waiting for: decisions are made with open eyes.
  var hasSeenAll: Bool {
    settings.dropFolders.allSatisfy { folders.wasSeen($0.name) && !lookouts.isAwaited($0.path) }
  }

  /// Begins the scans that are due, and says which folders do not answer: what lies there waits.
  /// - Returns: when something of this is due next.
  func startScanning() -> ContinuousClock.Instant? {
    for folder in settings.dropFolders {
      if let end = lookouts.end(ofPatience: patience, with: folder.path), end <= .now { fallSilent(folder) }
    }
    // One batch after the other: in between all is seen.
    if !settings.dropFolders.contains(where: { lookouts.isAwaited($0.path) }) {
      for folder in settings.dropFolders
      where !lookouts.isUnderway(folder.path) && folders.isDue(folder.name) {
        folders.scan(folder.name, after: .seconds(folder.rescanSeconds))
        startScanning(folder)
      }
    }
    let ends = settings.dropFolders.compactMap { lookouts.end(ofPatience: patience, with: $0.path) }
    let due = settings.dropFolders.compactMap { lookouts.isUnderway($0.path) ? nil : folders.nextScan(of: $0.name) }
    return ends.min() ?? due.min()
  }

  private func startScanning(_ folder: DropFolder) {
    let (pulse, helpers) = (lookouts.begin(folder.path), helpers)
    let (path, done) = (folder.path, folder.doneFolder)
    Task {
      let result: Result<DropSight, any Error>
      do {
        let sight = try await helpers.run {
          let survey = try DropScan.scan(path) { pulse.beat() }
          return DropSight(
            survey: survey, done: done.flatMap { try? Set(Folder.entries($0)) },
            isDoneMissing: done.map { FileStatus.of($0)?.kind ?? .deadLink == .deadLink } ?? false)
        }
        result = .success(sight)
      } catch { result = .failure(error) }
      await self.finishScanning(path, result)
    }
  }

  /// A folder does not answer. Nothing is known about what lies there, so nothing changes.
  func fallSilent(_ folder: DropFolder) {
    guard lookouts.markSilent(folder.path) else { return }
    folders.markSeen(folder.name)
    let text =
      "\(folder.path): has not answered for \(patience.components.seconds) s, as a network disk whose server is away; "
      + "what lies there waits until it does, all else goes on"
    _ = folders.meet(text, in: folder.name)
    record(.problem, text)
    // Products of other folders do not wait for its own.
    if examinations.underway.union(classes.locations).contains(where: { $0.hasPrefix(folder.path + "/") }) {
      intakeBench.kill("ended, since \(folder.path) does not answer")
    }
  }

  private func finishScanning(_ path: String, _ result: Result<DropSight, any Error>) async {
    await turnstile.enter()
    defer { turnstile.leave() }
    let began = lookouts.end(path)
    // Their folder may be this one, or the work on them be over.
    aftercare.scanned()
    wake.call()
    // The configuration may have changed meanwhile.
    guard let folder = settings.dropFolders.first(where: { $0.path == path }) else { return }
    switch result {
    case .failure(let error):
      // Nothing is known about what lies there, so nothing changes.
      if folders.meet("\(error)", in: folder.name) {
        record(.problem, "\(error); make the folder \(path) readable for the daemon")
      }
      folders.scan(folder.name, after: .seconds(min(30, folder.rescanSeconds)))
      folders.markSeen(folder.name)
    case .success(let sight):
      if folders.overcome(in: folder.name) { record(.recovered, "\(path): can be read again") }
      do {
        try await take(sight, in: folder, began)
        overcome("taking up what lies in \(path)")
      } catch {
        meet("taking up what lies in \(path)", "\(error)")
        folders.scan(folder.name, after: .seconds(5))
      }
    }
    if !settings.dropFolders.contains(where: { lookouts.isUnderway($0.path) }) { touches.forget() }
  }

  private func take(_ sight: DropSight, in folder: DropFolder, _ began: ContinuousClock.Instant) async throws {
    let comparison = DropComparison(
      folder: folder, done: sight.done, isDoneMissing: sight.isDoneMissing, now: Date())
    let all = Set(sight.survey.sightings.map(\.location))
    try await adopt(
      all.union(folder.doneFolder.map { done in (sight.done ?? []).map { "\(done)/\($0)" } } ?? []), folder)
    let (taken, stored) = try await ledger.read { ledger in
      try ledger.products(drop: folder.name) { all.contains($0) || comparison.isConcerned($0, $1) }
    }
    let survey = sight.survey.withoutTwins(known: stored.map(\.location))
    let (atRest, next) = arrivals.observe(
      survey.sightings, in: folder.path, settle: .seconds(folder.settleSeconds), now: .now, wallClock: Date())
    // What the daemon itself did meanwhile is newer than what was seen.
    let sightings = survey.sightings.filter { !touches.isTouched($0.location, since: began) }
    // Nothing is known of what lies where nobody can look.
    let untouched = stored.filter {
      !touches.isTouched($0.location, since: began) && !survey.isHidden($0.location)
    }
    notePassedOver(survey.passedOver, in: folder)
    let seen = Set(sightings.map(\.location))
    let rows = try await respell(untouched, seen)
    let known = Dictionary(rows.map { ($0.location, $0) }) { first, _ in first }
    let changes =
      sightings.compactMap { comparison.change(of: known[$0.location], seenAs: $0) }
      + comparison.changes(of: rows.filter { !seen.contains($0.location) }, taken: taken)
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
      if change.isToExamine {
        examinations.wait(for: change.row.location, Examinations.Waiting(folder: folder, signature: nil))
      }
    }
    let changed = Dictionary(changes.map { ($0.row.location, $0.row) }) { first, _ in first }
    for sighting in sightings {
      let location = sighting.location
      guard let row = changed[location] ?? known[location] else { continue }
      note(row, in: folder)
      let isLookedAt = row.signature == sighting.signature
      let isDue = !isLookedAt && atRest.contains(location) && !examinations.underway.contains(location)
      if isDue {
        examinations.wait(for: location, Examinations.Waiting(folder: folder, signature: sighting.signature))
      } else {
        examinations.forget(location)
      }
    }
    folders.markSeen(folder.name)
    // What is on the move is looked at again when it could have come to rest.
    if let next { folders.scan(folder.name, by: max(next, .now + .milliseconds(100))) }
  }

  /// How long an incomplete product is left to itself: the longer, the longer nothing came; nil for as long as all others.
  private static func pause(before row: ProductRow) -> Duration? {
    guard row.state == .incomplete else { return nil }
    switch Date().timeIntervalSince(row.changed) {
    case ..<600: return .seconds(15)
    case ..<3600: return .seconds(60)
    default: return nil
    }
  }

  /// What is known of products stays known where a folder around them is spelt otherwise now.
  private func respell(_ rows: [ProductRow], _ seen: Set<String>) async throws -> [ProductRow] {
    let spelling = Respelling(rows, seen: seen)
    guard !spelling.forgotten.isEmpty else { return rows }
    holds = try await ledger.write { ledger in
      for location in spelling.forgotten { try ledger.forgetProduct(at: location.old) }
      for row in spelling.respelt { try ledger.save(row) }
      for location in spelling.forgotten { try ledger.moveHold(from: location.old, to: location.new) }
      return try ledger.holds()
    }
    staleTiles.formUnion(rows.compactMap(\.tile))
    return spelling.rows
  }

  /// What is known of products stays known where their folder has another name now.
  private func adopt(_ locations: Set<String>, _ folder: DropFolder) async throws {
    let (name, path, names) = (folder.name, folder.path + "/", Set(settings.dropFolders.map(\.name)))
    let (strangers, unknown) = try await ledger.read { ledger in
      let own = try ledger.products(drop: name) { _, _ in false }.locations
      // Where products go that are done with, those of other folders may lie, too.
      let unknown = locations.subtracting(own)
      let known = try unknown.compactMap { try ledger.product(at: $0) }
      return (
        known.filter { $0.location.hasPrefix(path) || !names.contains($0.drop) },
        unknown.subtracting(known.map(\.location))
      )
    }
    if !unknown.isEmpty { try await followProducts(seenAs: unknown) }
    guard !strangers.isEmpty else { return }
    try await ledger.write { ledger in
      for var row in strangers {
        row.drop = name
        try ledger.save(row)
      }
    }
  }

  /// Says once what is passed over.
  private func notePassedOver(_ found: [PassedOver], in folder: DropFolder) {
    let news = folders.take(passedOver: found, in: folder.name)
    for one in news.prefix(Self.mostNamed) { record(.problem, "\(one)") }
    if news.count > Self.mostNamed {
      record(.problem, "\(folder.path): \(news.count - Self.mostNamed) more names are passed over for such reasons")
    }
  }

  /// So many of what is passed over are named at a time.
  private static let mostNamed = 20

  /// The complaints about what lies in drop folders.
  var passedOverProblems: [String] {
    let all = folders.passedOver.sorted { $0.key < $1.key }.flatMap(\.value)
    return Self.firstFew(all.map(\.description), most: Self.mostNamed) { "\($0) more names are passed over" }
  }

  /// Has products looked at again: by the next scan where their folder is scanned, else at once.
  /// - Parameter missing: locations where nothing is.
  func lookAgain(_ rows: [ProductRow], missing: Set<String>) async throws {
    for folder in settings.dropFolders { folders.scan(folder.name) }
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
        let folder = settings.dropFolders.first { $0.name == row.drop } ?? DropFolder(name: row.drop, path: "")
        examinations.wait(for: row.location, Examinations.Waiting(folder: folder, signature: row.signature))
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

  /// Keeps track of what holds up the groups of a tile.
  func note(_ row: ProductRow, in folder: DropFolder) {
    // A copy that paused may go on inside the product, which no watch tells.
    if let pause = Self.pause(before: row) { folders.scan(folder.name, by: .now + pause) }
    // What no scan sees may never come.
    guard let tile = row.tile, isScanned(row) else {
      arriving[row.location] = nil
      return
    }
    let limit = folder.incompleteAfterHours * 3600
    let known = arriving[row.location]
    // What has just been seen was seen by this process.
    let isNew = known == nil && abs(Date().timeIntervalSince(row.firstSeen)) < 5
    let since = isNew ? .now : known?.since
    let age = since.map { (.now - $0) / .seconds(1) } ?? Date().timeIntervalSince(row.firstSeen)
    let rest: TimeInterval? =
      switch row.state {
      case .arriving: limit
      // Since it was seen first, also by the daemon that ran before.
      case .incomplete: limit - age
      case .accepted, .refused, .gone: nil
      }
    guard let rest else {
      arriving[row.location] = nil
      return
    }
    let seconds = min(rest, limit)
    var new = Arriving(
      tile: tile, name: row.name ?? row.location, until: .now + .seconds(seconds), time: Date() + seconds)
    new.since = since
    if let known, known.until <= new.until {
      (new.until, new.time) = (known.until, known.time)
    }
    arriving[row.location] = new
  }
}
