package import GRDB

/// Rows are stored as they are; times are seconds since 1970, which compare and sort as numbers.
package protocol LedgerRow: FetchableRecord, MutablePersistableRecord {}

extension LedgerRow {
  package static func databaseDateDecodingStrategy(for column: String) -> DatabaseDateDecodingStrategy {
    .timeIntervalSince1970
  }
  package static func databaseDateEncodingStrategy(for column: String) -> DatabaseDateEncodingStrategy {
    .timeIntervalSince1970
  }
}

extension ProductRow: LedgerRow { package static let databaseTableName = "product" }
extension GroupRow: LedgerRow { package static let databaseTableName = "revisitGroup" }
extension ClassCountRow: LedgerRow { package static let databaseTableName = "classCount" }
extension ItemRow: LedgerRow { package static let databaseTableName = "item" }
extension JobRow: LedgerRow {
  package static let databaseTableName = "job"
  package mutating func didInsert(_ inserted: InsertionSuccess) { id = inserted.rowID }
}
extension AttemptRow: LedgerRow {
  package static let databaseTableName = "attempt"
  package mutating func didInsert(_ inserted: InsertionSuccess) { id = inserted.rowID }
}
extension EventRow: LedgerRow {
  package static let databaseTableName = "event"
  package mutating func didInsert(_ inserted: InsertionSuccess) { id = inserted.rowID }
}
