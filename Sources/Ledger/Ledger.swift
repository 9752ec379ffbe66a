private import Foundation
package import GRDB
private import Storage

/// What the daemon remembers: one SQLite file in write-ahead-log mode, every commit flushed to the disk. Products,
/// groups and items could be found again by looking at the drop folders and at the store; the operator's words,
/// failures and history could not.
package final class Ledger: Sendable {
  package let path: String
  private let pool: DatabasePool

  /// Opens or makes the ledger, checks its integrity, and brings its schema up to date.
  /// - Throws: `LedgerError`.
  package init(path: String) throws(LedgerError) {
    self.path = path
    do {
      try Folder.make(Folder.parent(of: path))
      var configuration = Configuration()
      configuration.label = "supertile.ledger"
      configuration.busyMode = .timeout(10)
      configuration.maximumReaderCount = 2
      configuration.prepareDatabase { database in
        // Pages cached a connection, KiB: the ledger is small, and so is the daemon.
        try database.execute(sql: "PRAGMA cache_size = -1024")
      }
      pool = try DatabasePool(path: path, configuration: configuration)
      // After the pool was opened: that sets another mode on the connection that writes.
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      if let damage = try pool.read(Self.damage) {
        throw LedgerError(
          path,
          "is damaged (\(damage)); move it away and start again: products and items are found again, what was "
            + "held and what failed is not")
      }
      guard try !pool.read(Migrations.all.hasBeenSuperseded) else {
        throw LedgerError(
          path,
          "was written by a newer supertiled, and this one would not keep what that one has to know: install the newer "
            + "one again, or move the ledger away")
      }
      try Migrations.all.migrate(pool)
    } catch { throw Self.error(error, path) }
  }

  /// Brings everything into the one file, which is then all there is to it, and closes it: nothing can be asked any more.
  /// - Throws: `LedgerError`.
  package func close() throws(LedgerError) {
    do {
      _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      try pool.close()
    } catch { throw Self.error(error, path) }
  }

  /// What the integrity check finds, nil where all is well.
  private static func damage(_ database: Database) throws -> String? {
    let findings = try String.fetchAll(database, sql: "PRAGMA integrity_check(3)")
    return findings == ["ok"] ? nil : findings.joined(separator: "; ")
  }

  /// - Returns: what the integrity check finds, nil where all is well.
  package func damage() async throws(LedgerError) -> String? { try await read(Self.damage) }

  /// Runs a transaction: all of it happens, or nothing.
  package func write<Output: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Output
  ) async throws(LedgerError) -> Output {
    do { return try await pool.write(body) } catch { throw Self.error(error, path) }
  }

  package func read<Output: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Output
  ) async throws(LedgerError) -> Output {
    do { return try await pool.read(body) } catch { throw Self.error(error, path) }
  }

  private static func error(_ error: any Error, _ path: String) -> LedgerError {
    switch error {
    case let error as LedgerError: return error
    case let error as DatabaseError:
      let text = error.message ?? "SQLite error \(error.resultCode.rawValue)"
      switch error.resultCode {
      case .SQLITE_FULL: return LedgerError(path, "\(text); make room on its file system")
      case .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
        return LedgerError(
          path, "cannot be used (\(text)); check that it and its folder can be written to")
      case .SQLITE_NOTADB, .SQLITE_CORRUPT:
        return LedgerError(path, "is damaged (\(text)); move it away and start again")
      default: return LedgerError(path, text)
      }
    default: return LedgerError(path, "\(error)")
    }
  }
}

extension Ledger {
  /// What a change is made in.
  package typealias Transaction = Database
}
