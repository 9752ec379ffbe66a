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
      let others = passedOver.values.joined().filter { $0.path == text || $0.path.hasSuffix("/" + text) }
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
    var sentences: [String] = []
    for row in subject.products where isProduct { sentences += explain(row) }
    for row in subject.groups where !isProduct || row.id == subject.products.first?.groupID {
      sentences.append(explain(row))
    }
    for item in items {
      sentences.append(
        "Published: \(item.id), \(item.folder)"
          + (item.removed != nil
            ? ", removed by retention." : missingItems.contains(item.id) ? ", which is in the store no more." : "."))
    }
    let history = events.sorted { ($0.time, $0.id ?? 0) > ($1.time, $1.id ?? 0) }.prefix(20)
    return .explanation(
      Explanation(
        subject: text, sentences: sentences, products: subject.products.map { ProductAnswer($0, isHeld: isHeld($0)) },
        groups: subject.groups.map { GroupAnswer($0) }, items: items.filter { $0.removed == nil }.map(\.folder),
        history: history.map { Explanation.Event(time: $0.time, kind: $0.kind, text: $0.text) }))
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
    if let problem = unreachable[row.drop] { sentences.append("Its drop folder cannot be looked into: \(problem).") }
    if holds.contains(row.location) || holds.contains(name) {
      sentences.append("It is held by the operator; `supertile release \(name)` lets it take part.")
    }
    // Of what lies in the product's tile, that which names it.
    for problem in row.tile.flatMap({ aftercare.problems[$0] }) ?? [] where problem.hasPrefix(row.location + " ") {
      sentences.append("\(problem); it is tried again.")
    }
    if let role = row.role {
      let group = row.groupID.map { " \(role == "superseded" ? "in" : "of") group \($0)" } ?? ""
      sentences.append("It is \(Self.describe(role))\(group): \(row.roleReason ?? "").")
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
