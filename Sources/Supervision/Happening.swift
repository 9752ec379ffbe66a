internal import Foundation
internal import Ledger
internal import Logging

/// Something that is written down, in the ledger and in the journal.
struct Happening: Sendable {
  var kind: EventKind
  var text: String
  var product: String?
  var tile: String?
  var group: String?
  var job: Int64?
  var item: String?
  var stage: String?
  /// What the system said, where it did.
  var errorNumber: Int32?

  init(
    _ kind: EventKind, _ text: String, product: String? = nil, tile: String? = nil, group: String? = nil,
    job: Int64? = nil, item: String? = nil, stage: String? = nil
  ) {
    self.kind = kind
    self.text = text
    self.product = product
    self.tile = tile
    self.group = group
    self.job = job
    self.item = item
    self.stage = stage
  }

  init(_ kind: EventKind, _ text: String, of product: ProductRow) {
    self.init(kind, text, product: product.name ?? product.location, tile: product.tile)
  }

  func row(_ time: Date) -> EventRow {
    var row = EventRow(time: time, kind: kind.rawValue, text: text)
    row.product = product
    row.tile = tile
    row.groupID = group
    row.jobID = job
    row.item = item
    return row
  }

  /// Fields of the journal.
  var metadata: Logger.Metadata {
    var metadata: Logger.Metadata = ["MESSAGE_ID": "\(kind.messageID)", "EVENT": "\(kind.rawValue)"]
    metadata["PRODUCT"] = product.map { "\($0)" }
    metadata["TILE"] = tile.map { "\($0)" }
    metadata["GROUP"] = group.map { "\($0)" }
    metadata["JOB"] = job.map { "\($0)" }
    metadata["ITEM"] = item.map { "\($0)" }
    metadata["ERRNO"] = errorNumber.map { "\($0)" }
    metadata["STAGE"] = stage.map { "\($0)" }
    return metadata
  }
}

extension Supervisor {
  /// Events kept in the ledger; the journal keeps its own.
  private static let mostEvents = 100_000
  /// Jobs kept in the ledger; `supertile jobs` lists the latest thousand.
  private static let mostJobs = 20_000

  /// Changes the ledger and writes down why, in one transaction; then tells the journal.
  func commit(
    _ happenings: [Happening], _ change: @escaping @Sendable (Ledger.Transaction) throws -> Void = { _ in }
  ) async throws {
    let unsaved = unsavedHappenings
    unsavedHappenings = []
    do {
      try await ledger.write { database in
        try change(database)
        for happening in unsaved + happenings.map({ ($0, Date()) }) {
          _ = try database.add(happening.0.row(happening.1))
        }
        try database.trimEvents(to: Self.mostEvents)
        try database.trimJobs(to: Self.mostJobs)
      }
    } catch {
      unsavedHappenings = unsaved + unsavedHappenings
      throw error
    }
    for happening in happenings { tell(happening) }
  }

  /// Tells the journal now and the ledger with the next change: for what changes nothing there.
  func record(_ happening: Happening) {
    tell(happening)
    if unsavedHappenings.count < 1000 { unsavedHappenings.append((happening, Date())) }
  }

  func record(_ kind: EventKind, _ text: String) { record(Happening(kind, text)) }

  /// Writes down what others have found or done.
  package func note(_ kind: EventKind, _ text: String) { record(kind, text) }

  /// Writes down something wrong with the surroundings.
  package func complain(_ text: String) { record(.problem, text) }

  private func tell(_ happening: Happening) {
    log.log(level: happening.kind.level, "\(happening.text)", metadata: happening.metadata)
  }
}
