internal import Foundation
internal import Ledger
internal import Settings
internal import Workers

extension Supervisor {
  /// Runs the hooks that are due, unless that goes on already; nothing else waits for them.
  func startHooks() {
    guard hooks.begin() else { return }
    Task {
      do {
        try await runHooks()
        overcome("writing down what hooks did")
        hooks.end()
      } catch {
        meet("writing down what hooks did", "\(error)")
        hooks.breakOff(rules: retryRules)
      }
    }
  }

  /// Runs the hooks that are due, one after the other, and writes down what came of each.
  /// - Throws: `LedgerError`.
  private func runHooks() async throws {
    let now = Date()
    let waiting = try await ledger.read { try $0.unhookedItems() }
    for called in hooks.due(of: waiting, now: now, rules: retryRules) {
      let hook = PublishHook(command: settings.hookCommand, links: settings.hookLinks)
      // What may be removed at this moment is not begun with; another round follows.
      if retiring.contains(called.tile) { continue }
      hooks.started(called.id)
      defer { hooks.ended() }
      let isLinkAlone = hooks.lacksLinkAlone(called.id)
      let ending = try await helpers.run { hook.run(called, isLinkAlone: isLinkAlone) }
      await turnstile.enter()
      defer { turnstile.leave() }
      var item = try await ledger.read { try $0.item(called.id) } ?? called
      var happenings: [Happening] = []
      if case .failed(let problem, let wasCalled, let isLinkAlone) = ending {
        hooks.lacksLinkAlone(called.id, isLinkAlone)
        // Retention goes by that: what nobody was told of stays.
        if wasCalled { item.hookFailures += 1 }
        let failures = wasCalled ? item.hookFailures : hooks.missed(item)
        let wait = backoff(failures: failures, rules: retryRules)
        item.hookNotBefore = Date().addingTimeInterval(wait)
        hooks.failed(item.id, problem, wait: wait)
        happenings.append(
          Happening(
            .hookFailed, "\(item.id): \(problem); run again in \(Int(wait)) s", tile: item.tile, group: item.groupID,
            item: item.id))
      } else {
        item.hooked = Date()
        item.hookNotBefore = nil
        hooks.succeeded(item.id)
      }
      let saved = item
      try await commit(happenings) { try $0.save(saved) }
      // Retention has spared it.
      aftercare.note([called.tile])
      wake.call()
    }
  }
}
