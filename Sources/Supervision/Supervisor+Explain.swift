internal import Control
internal import Foundation
internal import Ledger
internal import Product
internal import Watching

extension Supervisor {
  /// What a product, tile or group is, what it waits for and until when, what it was used for, and why not.
  func explain(_ text: String) async throws -> ControlAnswer {
    let subject = try await find(text, isWide: true)
    guard !subject.isEmpty else {
      let others = folders.passedOver.values.joined().filter { $0.path == text || $0.path.hasSuffix("/" + text) }
      if !others.isEmpty {
        return .explanation(
          Explanation(
            subject: text, sentences: others.map { "\($0.path) is passed over: \($0.reason)." }, products: [],
            groups: [], items: [], history: []))
      }
      return .unknown(
        "\(text): no tile, group, job or product of this name is known; names in drop folders must end in .SAFE or .zip, "
          + "and dotfiles, *.part, *.partial, *.tmp, *.filepart, *.crdownload and *~ are ignored")
    }
    let isProduct =
      subject.groups.isEmpty
      || subject.products.contains { $0.location == text || $0.name == text || $0.location.hasSuffix("/" + text) }
    let keys = subject.products.map { $0.name ?? $0.location }
    let (items, events) = try await ledger.read { ledger in
      let items = try subject.groups.flatMap { try ledger.items(group: $0.id) }
      var events = try subject.groups.flatMap { try ledger.events(group: $0.id, limit: 20) }
      for key in Set(keys) where isProduct { events += try ledger.events(product: key, limit: 20) }
      return (items, events)
    }
    let shown = try await shown(by: subject.groups)
    var sentences: [String] = []
    for row in subject.products where isProduct {
      sentences += explain(row)
      if let difference = difference(of: row, shown) { sentences.append(difference) }
    }
    for row in subject.groups where !isProduct || row.id == subject.products.first?.groupID {
      sentences.append(explain(row))
      if !isProduct, row.item != nil, subject.products.contains(where: { difference(of: $0, shown) != nil }) {
        // Which may be another program's: the ledger does not know its id.
        sentences.append(
          "Its newest item shows other views than would be chosen now, as after a change of the configuration or where "
            + "another program has published; `supertile flush \(row.id)` publishes by the rules of now.")
      }
    }
    for item in items {
      sentences.append(
        "Published: \(item.id), \(item.folder)"
          + (item.removed != nil
            ? ", removed by retention."
            : knownOfStore.missing.contains(item.id) ? ", which is in the store no more." : "."))
    }
    let history = events.sorted { ($0.id ?? .max, $0.time) > ($1.id ?? .max, $1.time) }.prefix(20)
    return .explanation(
      Explanation(
        subject: text, sentences: sentences, products: subject.products.map { ProductAnswer($0, isHeld: isHeld($0)) },
        groups: subject.groups.map { GroupAnswer($0) }, items: items.filter { $0.removed == nil }.map(\.folder),
        history: history.map { Explanation.Event(time: $0.time, kind: $0.kind, text: $0.text) }))
  }

  /// The products that the newest items of groups show of which all is published, by the group; of those where a view was
  /// left out nothing, since another one may stand in for it.
  private func shown(by groups: [GroupRow]) async throws -> [String: Set<String>] {
    var shown: [String: Set<String>] = [:]
    for group in groups where group.state == .published && group.inputs == group.doneInputs {
      // What is left shows what another item showed.
      if let item = group.item, knownOfStore.missing.contains(item) { continue }
      let rows = try await ledger.read { try $0.products(tile: group.tile) }
      if rows.contains(where: { $0.groupID == group.id && $0.leftOut != nil }) { continue }
      shown[group.id] = knownOfStore.shown[group.id]
    }
    return shown
  }

  /// Where a published item shows a product that would not be taken now, or the other way round: a sentence.
  private func difference(of row: ProductRow, _ shown: [String: Set<String>]) -> String? {
    guard let group = row.groupID, let shown = shown[group], let name = row.name, let role = row.role else {
      return nil
    }
    let isChosen = role == "anchor" || role == "view"
    // Of copies one alone counts, and its name is theirs, too.
    guard isChosen || role == "surplus" || role == "unusable", shown.contains(name) != isChosen else { return nil }
    return
      (isChosen ? "The item that is published does not show it" : "The item that is published shows it all the same")
      + ": that was made by other rules; `supertile flush \(group)` publishes by those of now."
  }

  private func explain(_ row: ProductRow) -> [String] {
    let name = row.name ?? row.location
    let again = isScanned(row) ? "when its files change" : "with `supertile retry \(name)`"
    var sentences = [
      row.tile.map { "\(name) is a product of tile \($0), at \(row.location)." }
        ?? "\(name) is of no tile that is known."
    ]
    switch row.state {
    case .arriving: sentences.append("It is arriving: \(row.reason).")
    case .incomplete: sentences.append("It is incomplete, and looked at again \(again): \(row.reason)")
    case .refused: sentences.append("It is refused, and looked at again \(again): \(row.reason)")
    case .gone: sentences.append("It is gone: \(row.reason).")
    case .accepted: sentences.append("It is \(row.reason).")
    }
    if let problem = folders.problems[row.drop] {
      sentences.append("Its drop folder cannot be looked into: \(problem).")
    }
    if holds.contains(row.location) || holds.contains(name) {
      sentences.append("It is held by the operator; `supertile release \(name)` lets it take part.")
    }
    // Of what lies in the product's tile, that which names it.
    for problem in row.tile.flatMap({ aftercare.problems[$0] }) ?? [] where problem.hasPrefix(row.location + " ") {
      sentences.append("\(problem); it is tried again.")
    }
    if let role = row.role {
      let group = row.groupID.map { " \(role == "superseded" ? "in" : "of") group \($0)" } ?? ""
      let verb = row.isLeftOut ? "was to be" : "is"
      sentences.append("It \(verb) \(Self.describe(role))\(group): \(row.roleReason ?? "").")
    }
    if let leftOut = row.leftOut { sentences.append("It is no part of what was published last: \(leftOut).") }
    return sentences
  }

  private static func describe(_ role: String) -> String {
    switch role {
    case "anchor": "the anchor"
    case "view": "a view"
    case "surplus": "not needed as a view"
    case "unusable": "no usable view"
    case "superseded": "superseded"
    case "not_mixed": "of another baseline"
    case "duplicate": "a duplicate"
    default: "left out"
    }
  }

  private func explain(_ row: GroupRow) -> String {
    let window = "\(UTCTime.day(row.windowStart)) to \(UTCTime.day(row.windowEnd))"
    let until = row.until.map { ", until \(UTCTime.seconds($0))" } ?? ""
    let isCounted = classes.areWanted(row.tile)
    let counting = isCounted ? " It waits: the scene classes of a revisit in several parts are being read." : ""
    let silent = planned[row.id].flatMap { lookouts.silentFolder(of: $0.viewLocations) }
    let waiting = silent.map { " Its products lie in \($0), which does not answer." } ?? ""
    let work = row.state == .closed && !isCounted ? wait(of: row) : ""
    return "Group \(row.id) (\(window), \(row.usable) usable of \(row.revisits) revisits) is \(row.state.rawValue): "
      + "\(row.reason)\(until).\(counting)\(waiting)\(work)"
  }

  /// What the job of a closed group waits for, or how far it is.
  private func wait(of row: GroupRow) -> String {
    if let running {
      if running.job.groupID == row.id {
        return " It is worked on: \(running.step.name), \(Int(running.step.share * 100)) %."
      }
      return " It waits for the job of \(running.job.groupID), which is running."
    }
    if mode == .draining { return " No job begins, by the operator's word; `supertile drain --off` ends that." }
    return waitingReason.map { " The next job waits: \($0)." } ?? ""
  }
}
