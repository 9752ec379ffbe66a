internal import Settings
internal import Control
internal import Foundation
internal import Ledger
internal import Storage

/// What a word of the operator is about.
struct Subject: Sendable {
  var products: [ProductRow]
  var groups: [GroupRow]
  /// A tile that has products, and no group yet.
  var tile: String?

  var isEmpty: Bool { products.isEmpty && groups.isEmpty && tile == nil }
  var tiles: Set<String> { Set(products.compactMap(\.tile) + groups.map(\.tile) + (tile.map { [$0] } ?? [])) }
}

extension Supervisor {
  /// Finds a subject: a tile, a group, a job's number, a product's name, path or file name.
  /// - Parameter isWide: a tile stands for its products, too, and a product for its group.
  func find(_ text: String, isWide: Bool) async throws -> Subject {
    try await ledger.read { ledger in
      let groups = try ledger.groups(tile: text)
      if !groups.isEmpty { return Subject(products: isWide ? try ledger.products(tile: text) : [], groups: groups) }
      if let group = try ledger.group(text) {
        let members = isWide ? try ledger.products(tile: group.tile).filter { $0.groupID == group.id } : []
        return Subject(products: members, groups: [group])
      }
      if let number = Int64(text), let job = try ledger.job(number), let group = try ledger.group(job.groupID) {
        return Subject(products: [], groups: [group])
      }
      let ofTile = try ledger.products(tile: text)
      if !ofTile.isEmpty { return Subject(products: isWide ? ofTile : [], groups: [], tile: text) }
      // A path may be written in either of Unicode's forms, whichever the disk has.
      let forms = [text, text.precomposedStringWithCanonicalMapping, text.decomposedStringWithCanonicalMapping]
      let products = try forms.lazy.map { try ledger.products(called: $0) }.first { !$0.isEmpty } ?? []
      guard isWide else { return Subject(products: products, groups: []) }
      let own = try Set(products.compactMap(\.groupID)).compactMap { try ledger.group($0) }
      return Subject(products: products, groups: own)
    }
  }

  private static func unknown(_ subject: String) -> ControlAnswer {
    .unknown(
      "\(subject): no tile, group, job or product of this name; `supertile products` and `supertile groups` list them")
  }

  /// Looks at products again, and tries failed groups again.
  func retry(_ text: String) async throws -> ControlAnswer {
    await turnstile.enter()
    defer { turnstile.leave() }
    let subject = try await find(text, isWide: true)
    guard !subject.isEmpty else { return Self.unknown(text) }
    let unseen = subject.products.filter { $0.state == .gone && !isScanned($0) }
    let places = Set(unseen.map(\.location))
    // Where no scan looks, what was gone may be there again.
    let there = await answer(within: .seconds(10)) { places.filter { FileStatus.of($0) != nil } } ?? []
    let products = subject.products.filter {
      $0.state == .refused || $0.state == .incomplete || there.contains($0.location)
    }
    .map { $0.doubted("looked at again on the operator's word") }
    let groups = subject.groups.filter { $0.failedInputs != nil }.map { row in
      var row = row
      row.forgetFailure()
      return row
    }
    guard !products.isEmpty || !groups.isEmpty else {
      return .done("\(text): nothing has failed here; `supertile explain \(text)` says what it waits for")
    }
    try await obey("retry \(text)", subject.tiles) { ledger in
      for row in products { try ledger.save(row) }
      for row in groups { try ledger.save(row) }
    }
    try await lookAgain(products, missing: [])
    return .done("\(products.count) products are looked at again, \(groups.count) groups are tried again")
  }

  func hold(_ text: String, _ isOn: Bool) async throws -> ControlAnswer {
    await turnstile.enter()
    defer { turnstile.leave() }
    let subject = try await find(text, isWide: false)
    guard !subject.isEmpty || (!isOn && holds.contains(text)) else { return Self.unknown(text) }
    // A tile or a group is held by its name, a job by that of its group, a product by its path, or by its name, wherever it
    // lies: so it is said, and a path may change.
    let isJob = Int64(text) != nil
    let isName = !text.contains("/")
    let places = subject.products.map(\.location)
    let called = isName ? subject.products.compactMap(\.name) : []
    let own =
      subject.products.isEmpty && !isJob
      ? [text] : isOn && isName ? subject.products.map { $0.name ?? $0.location } : places + called
    let names = own + (isJob ? subject.groups.map(\.id) : []) + (isOn ? [] : [text])
    try await obey("\(isOn ? "hold" : "release") \(text)", subject.tiles) { ledger in
      for name in names { if isOn { try ledger.hold(name) } else { try ledger.release(name) } }
    }
    holds = try await ledger.read { try $0.holds() }
    guard !isOn else {
      // A name reaches all copies.
      let reached = try await ledger.read { ledger in
        try Set(subject.products.map(\.location)).union(
          Set(called).flatMap { try ledger.products(named: $0).map(\.location) }
        ).sorted()
      }
      let places = reached.count > 1 ? " (\(reached.joined(separator: ", ")))" : ""
      let job = giveUpJob(of: reached, for: text)
      let word =
        job.map { "; job \($0), which is at work on it, is given up, unless it publishes at this moment" } ?? ""
      return .done("\(text)\(places) is held until `supertile release \(text)`\(word)")
    }
    let holders =
      subject.groups.flatMap { [$0.tile, $0.id] } + subject.products.compactMap(\.tile)
      + subject.products.compactMap(\.name)
    let still = holders.first(where: holds.contains)
    if let still, still != text {
      return .done("\(text) is still held, with \(still), until `supertile release \(still)`")
    }
    // A tile stands for what is in it; a product that was held by itself stays.
    let inside = try await find(text, isWide: true).products.filter {
      holds.contains($0.location) || $0.name.map(holds.contains) == true
    }
    let rest = inside.first.map {
      "; \($0.name ?? $0.location)\(inside.count > 1 ? " and \(inside.count - 1) more" : "") stay held by themselves"
    }
    return .done("\(text) goes on\(rest ?? "")")
  }

  /// Ends the job that is running where what it makes is not to be published: of a held tile or group, or from a held
  /// product. What it has finished stays, and the next job of the same inputs goes on from there.
  /// - Parameter products: locations of the products that are held.
  /// - Returns: its number; nil where it may go on.
  private func giveUpJob(of products: [String], for text: String) -> Int64? {
    guard let running, running.reason == nil else { return nil }
    let job = running.job
    let isHeld = [job.tile, job.groupID].contains(where: holds.contains)
    guard isHeld || products.contains(where: { running.locations.contains($0) }) else { return nil }
    self.running?.reason = "given up, since \(text) is held"
    running.task.cancel()
    return job.id
  }

  /// Closes groups now, with what there is; products that are gone are forgotten.
  func flush(_ text: String) async throws -> ControlAnswer {
    await turnstile.enter()
    defer { turnstile.leave() }
    // The groups as they are now, not as they were before the last word.
    try await planStaleTiles()
    let subject = try await find(text, isWide: true)
    guard !subject.groups.isEmpty else {
      guard !subject.isEmpty else { return Self.unknown(text) }
      let isRead = subject.tiles.contains(where: classes.areWanted)
      let why = isRead ? ", the scene classes of a revisit in several parts are being read" : ""
      return .refused(
        "\(text): has no group yet\(why); `supertile explain \(text)` says what it waits for; say it again when "
          + "`supertile groups` lists one")
    }
    // What is published and has lost its files cannot be made again: that is meant only where it is named itself.
    let groups = subject.groups.filter { row in
      // A blocked one advises these very words.
      let isMeant =
        row.id == text || row.inputs != row.doneInputs || row.state == .blocked
        || planned[row.id]?.facts.missing.isEmpty != false
      return row.state != .dissolved && isMeant
    }
    let (ids, tiles) = (Set(groups.map(\.id)), subject.tiles)
    var members: Set<String> = []
    for tile in tiles {
      for row in try await ledger.read({ try $0.products(tile: tile) }) where row.groupID.map(ids.contains) == true {
        if row.state == .accepted { members.insert(row.location) }
      }
    }
    guard !members.isEmpty || !groups.isEmpty && groups.allSatisfy({ $0.doneInputs == nil }) else {
      return .refused(text + ": " + (try await whyNothingIsMade(of: subject)) + Self.unusable(subject.products))
    }
    try await obey("flush \(text)", tiles) { ledger in
      for tile in tiles {
        let gone = try ledger.products(tile: tile).filter { $0.state != .accepted && $0.knownProduct != nil }
        // One of several places where a product was takes part; without it the next one would.
        let names = Set(gone.filter { $0.groupID.map(ids.contains) == true }.compactMap(\.name))
        for var row in gone where row.groupID.map(ids.contains) == true || row.name.map(names.contains) == true {
          row.forgetProduct()
          try ledger.save(row)
        }
      }
    }
    // Without what is gone they may be other groups: the word is about what is left.
    try await planStaleTiles()
    let left = members
    let holds = holds
    let (flushed, held) = try await ledger.write { ledger in
      let homes = try Set(left.compactMap { try ledger.product(at: $0)?.groupID })
      var (flushed, held) = ([String](), [String]())
      for var row in try tiles.flatMap({ try ledger.groups(tile: $0) })
      where row.state != .dissolved && (ids.contains(row.id) || homes.contains(row.id)) {
        row.forgetFailure()
        row.isFlushed = true
        try ledger.save(row)
        flushed.append(row.id)
        if row.isHeld || holds.contains(row.tile) || holds.contains(row.id) { held.append(row.id) }
      }
      return (flushed, held)
    }
    // What was worked on has work to be done again.
    staleTiles.formUnion(tiles)
    flushedDuringJob.formUnion(flushed.filter { $0 == running?.job.groupID })
    wake.call()
    guard !flushed.isEmpty else { return .done("\(text): what is gone is forgotten, and nothing is left to publish") }
    let drained = mode == .draining ? "; no job begins until `supertile drain --off`" : ""
    guard !held.isEmpty else { return .done("\(flushed.count) groups close now\(drained)") }
    let rest = flushed.count > held.count ? "\(flushed.count - held.count) groups close now; " : ""
    return .done(
      "\(rest)\(held.count) held by the operator (\(held.prefix(3).joined(separator: ", ")))"
        + ": `supertile release` lets them close\(drained)")
  }

  /// Why the operator's word about a subject would publish nothing new.
  private func whyNothingIsMade(of subject: Subject) async throws -> String {
    let groups = subject.groups.filter { $0.state != .dissolved }
    guard !groups.isEmpty else { return subject.groups.first?.reason ?? "there is no group" }
    for group in groups {
      let missing = planned[group.id]?.facts.missing ?? []
      let rest = try await ledger.read { try $0.products(tile: group.tile) }
        .contains { $0.groupID == group.id && $0.state == .accepted }
      guard rest, !missing.isEmpty else { continue }
      return
        "what there was has been published, and \(listed(missing)) gone or cannot be used now; put them back to have it "
        + "made again, or publish without them by `supertile flush \(group.id)`"
    }
    return "what there was has been published, and its products are gone; put them back to have it made again"
  }

  /// What is there and is of no use yet.
  private static func unusable(_ rows: [ProductRow]) -> String {
    let rows = rows.filter { [.arriving, .incomplete, .refused].contains($0.state) }
    let named = rows.prefix(3).map { "\($0.name ?? $0.location) is \($0.state.rawValue)" }
    guard !named.isEmpty else { return "" }
    let more = rows.count > named.count ? " and \(rows.count - named.count) more are no better" : ""
    return ". " + named.joined(separator: ", ") + more + "; `supertile explain PRODUCT` says why"
  }

  /// Does what the operator wants, writes down that he wanted it, and looks at the tiles anew.
  private func obey(
    _ words: String, _ tiles: Set<String>, _ change: @escaping @Sendable (Ledger.Transaction) throws -> Void
  ) async throws {
    try await commit([Happening(.command, words, tile: tiles.count == 1 ? tiles.first : nil)], change)
    staleTiles.formUnion(tiles)
    for tile in tiles { unplannable[tile] = nil }
    wake.call()
  }
}
