internal import Foundation
internal import Ledger
internal import Publishing
internal import Settings
internal import Storage
internal import Workers

/// Whether something lies at places, a folder that is not there being asked for once.
private final class KnownPlaces {
  private let pulse: Pulse
  private var answers: [String: Bool] = [:]

  init(_ pulse: Pulse) { self.pulse = pulse }

  func isThere(_ path: String) -> Bool {
    if let answer = answers[path] { return answer }
    let parent = Folder.parent(of: path)
    let answer = (parent == path || isThere(parent)) && FileStatus.of(path) != nil
    pulse.beat()
    answers[path] = answer
    return answer
  }
}

/// The ledger names places. An admin moves folders, and says so in the configuration alone.
extension Supervisor {
  /// Items lie where the store says: it may have been moved, with what was published in it.
  func followItems(_ history: Store.History) async throws {
    let moved = try await noteMoved(history)
    guard !moved.isEmpty else { return }
    let hook = PublishHook(command: nil, links: settings.hookLinks)
    // The folder of links may be on a disk that hangs: nobody waits for it.
    Task { try? await helpers.run { for item in moved { hook.relink(item.after, from: item.before) } } }
  }

  private func noteMoved(_ history: Store.History) async throws -> [(before: ItemRow, after: ItemRow)] {
    await turnstile.enter()
    defer { turnstile.leave() }
    let known = try await ledger.read { try $0.items(below: "") }
    let moved = known.compactMap { row -> (before: ItemRow, after: ItemRow)? in
      // Another store may give an id, too, but not at the same moment.
      guard let folder = history.folders[row.id], folder != row.folder, let created = history.items[row.id],
        abs(created.timeIntervalSince(row.created)) < 0.002
      else { return nil }
      var after = row
      after.folder = folder
      return (row, after)
    }
    guard !moved.isEmpty else { return [] }
    let text = "\(moved.count) items lie in \(store.layout.root) now, and no longer where they were published"
    let rest = await removedItems(known, beside: moved)
    try await commit([Happening(.recovered, text)]) { ledger in
      for item in moved { try ledger.save(item.after) }
      for item in rest { try ledger.save(item) }
    }
    return moved
  }

  /// What was removed from a store before that was moved belongs to it, too: it says which windows were published.
  /// - Returns: items that lie nowhere, as if they had been moved with the others.
  private func removedItems(_ known: [ItemRow], beside moved: [(before: ItemRow, after: ItemRow)]) async -> [ItemRow] {
    let root = store.layout.collectionFolder
    let roots = Set(
      moved.compactMap { one -> String? in
        let end = one.after.folder.dropFirst(root.count)
        return one.before.folder.hasSuffix(end) ? String(one.before.folder.dropLast(end.count)) : nil
      })
    let gone = await answer(within: .seconds(10)) { roots.filter { FileStatus.of($0) == nil } } ?? []
    let ids = Set(moved.map(\.after.id))
    return known.compactMap { row in
      guard !ids.contains(row.id), let old = gone.first(where: { row.folder.hasPrefix($0 + "/") }) else { return nil }
      var after = row
      after.folder = root + row.folder.dropFirst(old.count)
      return after
    }
  }

  func meetMoves(_ error: any Error) { meet("looking where things lie now", "\(error)") }

  /// A product that lies elsewhere than the ledger says, or there, too.
  private struct MovedProduct: Sendable {
    enum Fate: Sendable {
      /// It lies in a drop folder of this name.
      case moved(to: String, drop: String)
      /// It is held by its path and lies there, too.
      case copied(to: String)
      /// It is nowhere, and nothing is lost with it.
      case lost
      /// It was gone, and is where it was.
      case back

      var place: String? {
        switch self {
        case .moved(let place, _), .copied(let place): place
        case .lost, .back: nil
        }
      }
    }
    /// As it was when it was asked where it lies.
    var row: ProductRow
    var fate: Fate
  }

  /// Products lie in the folders that the configuration names: these may have been moved.
  /// - Parameter folders: the drop folders of the configuration.
  func followProducts(in folders: [DropFolder]) async throws {
    let (known, rows) = try await strays(in: folders) { _ in true }
    if rows.isEmpty { overcome(Self.lookingForStrays) }
    let moved = await moves(of: rows, known, in: folders)
    guard !moved.isEmpty else { return }
    await turnstile.enter()
    defer { turnstile.leave() }
    try await take(moved, in: folders)
  }

  /// The same for what a scan sees and nobody knows: a folder may come behind the configuration that names it, as one that
  /// is mounted late. The caller is in the turnstile.
  func followProducts(seenAs locations: Set<String>) async throws {
    let names = Set(locations.map { ($0 as NSString).lastPathComponent })
    let (known, rows) = try await strays(in: settings.dropFolders) {
      names.contains(($0 as NSString).lastPathComponent)
    }
    let moved = await moves(of: rows, known, in: settings.dropFolders, seen: locations)
    try await take(moved.filter { $0.fate.place != nil }, in: settings.dropFolders)
  }

  /// Products that lie neither in the folder that they were found in, by its name, nor, where there is none of the name, in
  /// any; and the locations of all products.
  private func strays(
    in folders: [DropFolder], where isMeant: @escaping @Sendable (String) -> Bool
  ) async throws -> (known: Set<String>, rows: [ProductRow]) {
    let done = folders.compactMap(\.doneFolder)
    @Sendable func isStray(_ location: String, in folders: [DropFolder]) -> Bool {
      isMeant(location) && !folders.contains { location.hasPrefix($0.path + "/") }
        && !done.contains { location == DoneProducts.place(of: location, in: $0) }
    }
    return try await ledger.read { ledger in
      let (locations, nowhere) = try ledger.products { location, _ in isStray(location, in: folders) }
      let elsewhere = try folders.flatMap { folder in
        try ledger.products(drop: folder.name) { location, _ in isStray(location, in: [folder]) }.rows
      }
      let places = Set(elsewhere.map(\.location))
      return (locations, elsewhere + nowhere.filter { !places.contains($0.location) })
    }
  }

  private static let lookingForStrays = "looking where products lie that are in no drop folder any more"

  /// What is nowhere is gone, unless it was found complete and no equal one is elsewhere: its disk may be away, and whoever
  /// reads it sees to that.
  /// - Parameter seen: what lies somewhere, where that is known already.
  private func moves(
    of rows: [ProductRow], _ known: Set<String>, in folders: [DropFolder], seen: Set<String>? = nil
  ) async -> [MovedProduct] {
    guard !rows.isEmpty else { return [] }
    let (pulse, holds) = (Pulse(), holds)
    // It may be on a disk that hangs: nobody waits for it.
    let found = await answer(within: .seconds(10), of: pulse) {
      let places = KnownPlaces(pulse)
      func isNew(_ place: String) -> Bool { !known.contains(place) && (seen?.contains(place) ?? places.isThere(place)) }
      let placed = ProductPlaces.assign(rows, in: folders) { row, place in
        // A link may lead from there to where it lies now. Of duplicates nothing is known that is not known otherwise.
        !row.isDuplicate && isNew(place) && (!places.isThere(row.location) || Folder.areSame(row.location, place))
      }
      let moved = placed.map { row, candidate in
        MovedProduct(row: row, fate: .moved(to: candidate.place, drop: candidate.folder.name))
      }
      let (taken, given) = (Set(placed.map(\.row.location)), Set(placed.map(\.candidate.place)))
      let rest = rows.filter { !taken.contains($0.location) }
      // What is held where its folder was is held where that was copied to: as the last one is of several that were.
      let copied = ProductPlaces.assign(rest, in: folders) { _, place in isNew(place) && !given.contains(place) }
        .filter { holds.contains($0.row.location) }
      let lost = rest.filter {
        $0.state != .gone && ($0.state != .accepted || $0.isDuplicate) && !places.isThere($0.location)
      }
      let back = rest.filter { $0.state == .gone && places.isThere($0.location) }
      return moved + copied.map { MovedProduct(row: $0.row, fate: .copied(to: $0.candidate.place)) }
        + lost.map { MovedProduct(row: $0, fate: .lost) } + back.map { MovedProduct(row: $0, fate: .back) }
    }
    guard let found else {
      let paths = Self.firstFew(rows.map(\.location).sorted(), most: 3) { "\($0) more" }.joined(separator: ", ")
      meet(
        Self.lookingForStrays,
        "a disk does not answer where these lie: \(paths); what a drop folder has of them is taken for new, so hold again what "
          + "was held by its path; `supertile reload` looks again")
      return []
    }
    overcome(Self.lookingForStrays)
    return found
  }

  /// The caller is in the turnstile.
  private func take(_ moved: [MovedProduct], in folders: [DropFolder]) async throws {
    guard !moved.isEmpty else { return }
    let same = try await ledger.read { ledger in
      try moved.filter { one in
        let isFree = try one.fate.place.map { try ledger.product(at: $0) == nil } ?? true
        return try isFree && ledger.product(at: one.row.location) == one.row
      }
    }
    try await commit(same.map(Self.happening)) { ledger in
      for one in same {
        var after = one.row
        switch one.fate {
        case .moved(let place, let drop):
          (after.location, after.drop) = (place, drop)
          try ledger.move(after, from: one.row.location)
        case .copied(let place): try ledger.hold(place)
        case .lost:
          (after.state, after.reason, after.changed) = (.gone, "no longer there, and in no drop folder", Date())
          try ledger.save(after)
        case .back: try ledger.save(one.row.doubted("is there again"))
        }
      }
    }
    for one in same {
      if case .copied = one.fate { continue }
      arriving[one.row.location] = nil
      lookAgain(at: one, in: folders)
    }
    holds = try await ledger.read { try $0.holds() }
    staleTiles.formUnion(same.compactMap(\.row.tile))
  }

  /// What no scan sees, as where products go that are done with, is looked at anew where it may be better by now.
  private func lookAgain(at one: MovedProduct, in folders: [DropFolder]) {
    var (location, drop) = (one.row.location, one.row.drop)
    switch one.fate {
    case .moved(let place, let name) where ![.accepted, .gone].contains(one.row.state): (location, drop) = (place, name)
    case .back: break
    case .moved, .copied, .lost: return
    }
    let folder = folders.first { $0.name == drop }
    guard folder.map({ !location.hasPrefix($0.path + "/") }) ?? true else { return }
    examinations.wait(
      for: location, Examinations.Waiting(folder: folder ?? DropFolder(name: drop, path: ""), signature: nil))
  }

  private static func happening(_ one: MovedProduct) -> Happening {
    let location = one.row.location
    return switch one.fate {
    case .moved(let place, _): Happening(.productMoved, "\(place): was \(location)", of: one.row)
    case .copied(let place): Happening(.command, "\(place): is held, as \(location) is", of: one.row)
    case .lost: Happening(.productGone, "\(location): is gone", of: one.row)
    case .back: Happening(.productArrived, "\(location): is there again", of: one.row)
    }
  }

  /// A ledger that is new beside items that are not was lost, or left behind.
  func noteLostLedger(_ history: Store.History) async throws {
    guard !history.items.isEmpty else { return }
    let isNew = try await ledger.read { try $0.tiles().isEmpty && $0.allGroups().isEmpty }
    guard isNew else { return }
    record(
      .problem,
      "the ledger in \(settings.state) knows nothing, and the store \(settings.store) has \(history.items.count) items: "
        + "what the operator held and what had failed is not known any more; nothing is published twice for that")
  }
}
