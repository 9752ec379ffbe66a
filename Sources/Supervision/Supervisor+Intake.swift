internal import Geometry
internal import Networks
internal import Workers
internal import Foundation
internal import Intake
internal import Ledger
internal import Pipeline
internal import Product
internal import Settings
private import Synchronization
internal import Watching

extension Supervisor {
  /// Products looked at in one go.
  private static let batch = 16

  /// A product that was looked at.
  struct Examined: Sendable {
    var location: String
    var folder: DropFolder
    var report: IntakeReport
    /// Of its files, unchanged while they were looked at; nil where they changed.
    var signature: String?
  }

  /// Begins to look at products at rest, unless that goes on already.
  func startExamining() {
    guard examining.isEmpty, !toExamine.isEmpty, mode != .stopping else { return }
    let batch = toExamine.sorted { $0.key < $1.key }.prefix(Self.batch)
    for (location, _) in batch { toExamine[location] = nil }
    examining = Set(batch.map(\.key))
    let options = IntakeOptions(bands: model.card.bands, verifyChecksums: settings.run.verifyChecksums)
    let (helpers, progress) = (helpers, progress)
    progress.workBegan()
    Task {
      let examined = Mutex<[Examined]>([])
      let result: Result<Void, any Error>
      do {
        try await helpers.run(count: batch.count) { index -> Examined in
          let (location, folder) = batch[batch.startIndex + index]
          let before = DropScan.look(at: location)?.signature
          let report = examine(location, options: options) { _ in progress.workerFinished() }
          let after = DropScan.look(at: location)?.signature
          return Examined(
            location: location, folder: folder, report: report, signature: before == after ? after : nil)
        } commit: { _, one in
          examined.withLock { $0.append(one) }
        }
        result = .success(())
      } catch { result = .failure(error) }
      progress.workEnded()
      await self.finishExamining(examined.withLock { $0 }, result)
    }
  }

  private func finishExamining(_ examined: [Examined], _ result: Result<Void, any Error>) async {
    await turnstile.enter()
    defer { turnstile.leave() }
    do {
      try result.get()
      try await take(examined)
    } catch {
      record(.problem, "products could not be looked at: \(error)")
      for one in examined { toExamine[one.location] = one.folder }
    }
    examining = []
    wake.call()
  }

  /// Writes down what was found.
  private func take(_ examined: [Examined]) async throws {
    let rows = try await ledger.read { ledger in try examined.map { try ledger.product(at: $0.location) } }
    var changes: [(ProductRow, Happening)] = []
    for (one, row) in zip(examined, rows) {
      guard var row, let signature = one.signature else {
        // Changed while it was looked at, or gone: the next scan sees to it.
        scans[one.folder.name] = .now
        continue
      }
      row.signature = signature
      row.changed = Date()
      row.name = one.report.name ?? row.name
      if let name = row.name.flatMap({ ProductName($0) }) { row.tile = name.tile.name }
      let kind: EventKind
      switch one.report.outcome {
      case .accepted(let product):
        kind = .productAccepted
        row.state = .accepted
        row.name = product.name
        row.tile = product.tile.name
        row.product = String(decoding: try JSONEncoder().encode(product), as: UTF8.self)
        row.reason = "complete and verified"
      case .incomplete(let problems):
        kind = .productIncomplete
        row.state = .incomplete
        row.product = nil
        row.reason = problems.map(\.description).joined(separator: " ")
      case .refused(let problems):
        kind = .productRefused
        row.state = .refused
        row.product = nil
        row.reason = problems.map(\.description).joined(separator: " ")
      }
      if row.product == nil { (row.groupID, row.role, row.roleReason) = (nil, nil, nil) }
      changes.append(
        (
          row,
          Happening(kind, "\(row.location): \(row.reason)", product: row.name ?? row.location, tile: row.tile)
        ))
    }
    let saved = changes.map(\.0)
    try await commit(changes.map(\.1)) { ledger in for row in saved { try ledger.save(row) } }
    for (row, folder) in zip(examined, examined.map(\.folder)) {
      guard let saved = saved.first(where: { $0.location == row.location }) else { continue }
      note(saved, in: folder)
      if let tile = saved.tile { staleTiles.insert(tile) }
    }
  }
}
