package import GRDB

/// What is asked of a ledger inside a transaction.
extension Database {
  package func products(tile: String) throws -> [ProductRow] {
    try ProductRow.filter(Column("tile") == tile).order(Column("name"), Column("location")).fetchAll(self)
  }

  package func product(at location: String) throws -> ProductRow? { try ProductRow.fetchOne(self, key: location) }

  package func forgetProduct(at location: String) throws { _ = try ProductRow.deleteOne(self, key: location) }

  /// Takes a product to where it lies now, with what the operator holds by its path.
  /// - Parameter location: where it lay; may be the same.
  package func move(_ row: ProductRow, from location: String) throws {
    try forgetProduct(at: location)
    try save(row)
    try moveHold(from: location, to: row.location)
  }

  /// What the operator holds by one path is held by another one.
  package func moveHold(from old: String, to new: String) throws {
    // As the disk has them: equal as text, they may be spelt otherwise.
    guard !old.utf8.elementsEqual(new.utf8), try holds().contains(where: { $0.utf8.elementsEqual(old.utf8) }) else {
      return
    }
    try release(old)
    try hold(new)
  }

  /// - Parameter isMeant: by location and state. Years of products are known, and few of them are of interest at a time.
  /// - Parameter drop: the name of a drop folder; nil for all.
  /// - Returns: the locations of all its products, and the rows of those that are meant.
  package func products(
    drop: String? = nil, where isMeant: (String, ProductRow.State) -> Bool
  ) throws -> (locations: Set<String>, rows: [ProductRow]) {
    var (locations, meant) = (Set<String>(), [String]())
    let cursor = try Row.fetchCursor(
      self, sql: "SELECT location, state FROM product WHERE ?1 IS NULL OR \"drop\" = ?1", arguments: [drop])
    while let row = try cursor.next() {
      let location: String = row["location"]
      locations.insert(location)
      let state: String = row["state"]
      if let state = ProductRow.State(rawValue: state), isMeant(location, state) { meant.append(location) }
    }
    return (locations, try meant.compactMap { try product(at: $0) })
  }

  package func products(_ states: [ProductRow.State]) throws -> [ProductRow] {
    try ProductRow.filter(states.map(\.rawValue).contains(Column("state"))).order(Column("location")).fetchAll(self)
  }

  /// Of all products.
  package func tiles() throws -> Set<String> {
    try Set(String.fetchAll(self, sql: "SELECT DISTINCT tile FROM product WHERE tile IS NOT NULL"))
  }

  package func products(named name: String) throws -> [ProductRow] {
    try ProductRow.filter(Column("name") == name).fetchAll(self)
  }

  /// By name, path, or name of the file.
  package func products(called text: String) throws -> [ProductRow] {
    // Longer than paths are; SQLite takes no longer patterns.
    guard text.utf8.count <= 8192 else { return [] }
    let escaped = text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
    return try ProductRow.fetchAll(
      self,
      sql: "SELECT * FROM product WHERE name = ? OR location = ? OR location LIKE ? ESCAPE '\\' ORDER BY location",
      arguments: [text, text, "%/" + escaped])
  }

  /// All products, without what was found out about them, which is most of what is kept.
  package func productsInShort() throws -> [ProductRow] {
    let columns = ["location", "drop", "name", "tile", "state", "reason", "firstSeen", "changed", "groupID", "role"]
    return try ProductRow.select((columns + ["roleReason", "leftOut"]).map { Column($0) })
      .order(Column("tile"), Column("name"), Column("location")).fetchAll(self)
  }

  package func allClassCounts() throws -> [ClassCountRow] { try ClassCountRow.fetchAll(self) }

  /// The counts of a tile are these, and no others.
  package func keep(classCounts rows: [ClassCountRow], tile: String) throws {
    try ClassCountRow.filter(Column("tile") == tile).deleteAll(self)
    for var row in rows { try row.insert(self) }
  }

  package func group(_ id: String) throws -> GroupRow? { try GroupRow.fetchOne(self, key: id) }

  package func groups(tile: String) throws -> [GroupRow] {
    try GroupRow.filter(Column("tile") == tile).order(Column("windowStart")).fetchAll(self)
  }

  package func allGroups() throws -> [GroupRow] {
    try GroupRow.order(Column("tile"), Column("windowStart")).fetchAll(self)
  }

  package func job(_ id: Int64) throws -> JobRow? { try JobRow.fetchOne(self, key: id) }

  /// In the order in which they are begun.
  package func jobs(_ states: [JobRow.State]) throws -> [JobRow] {
    try JobRow.filter(states.map(\.rawValue).contains(Column("state"))).order(sql: "COALESCE(place, id), id")
      .fetchAll(self)
  }

  package func jobs(group: String) throws -> [JobRow] {
    try JobRow.filter(Column("groupID") == group).order(Column("id")).fetchAll(self)
  }

  /// Newest first.
  package func latestJobs(_ count: Int) throws -> [JobRow] {
    try JobRow.order(Column("id").desc).limit(count).fetchAll(self)
  }

  package func attempts(job: Int64) throws -> [AttemptRow] {
    try AttemptRow.filter(Column("jobID") == job).order(Column("id")).fetchAll(self)
  }

  package func openAttempts() throws -> [AttemptRow] {
    try AttemptRow.filter(Column("outcome") == AttemptRow.Outcome.running.rawValue).fetchAll(self)
  }

  package func items(group: String) throws -> [ItemRow] {
    try ItemRow.filter(Column("groupID") == group).order(Column("revision")).fetchAll(self)
  }

  package func items(tile: String) throws -> [ItemRow] {
    try ItemRow.filter(Column("tile") == tile).order(Column("recorded")).fetchAll(self)
  }

  package func item(_ id: String) throws -> ItemRow? { try ItemRow.fetchOne(self, key: id) }

  /// Items that lie below a folder, as far as is known: retention did not remove them.
  package func items(below folder: String) throws -> [ItemRow] {
    let (question, arguments) = Self.itemsBelow(folder)
    return try ItemRow.fetchAll(self, sql: question, arguments: arguments)
  }

  /// One of them.
  package func anyItem(below folder: String) throws -> ItemRow? {
    let (question, arguments) = Self.itemsBelow(folder)
    return try ItemRow.fetchOne(self, sql: question + " LIMIT 1", arguments: arguments)
  }

  private static func itemsBelow(_ folder: String) -> (String, StatementArguments) {
    let head = folder + "/"
    return (
      "SELECT * FROM item WHERE removed IS NULL AND substr(folder, 1, ?) = ?", [head.unicodeScalars.count, head]
    )
  }

  package func hasItem(_ id: String) throws -> Bool { try ItemRow.exists(self, key: id) }

  /// Items whose hook has not run, oldest first.
  package func unhookedItems() throws -> [ItemRow] {
    try ItemRow.filter(Column("hooked") == nil).order(Column("recorded")).fetchAll(self)
  }

  /// Newest first.
  package func events(product: String? = nil, group: String? = nil, limit: Int) throws -> [EventRow] {
    var request = EventRow.order(Column("id").desc).limit(limit)
    if let product { request = request.filter(Column("product") == product) }
    if let group { request = request.filter(Column("groupID") == group) }
    return try request.fetchAll(self)
  }

  /// Number of rows by state.
  package func counts(_ table: String, by column: String = "state") throws -> [String: Int] {
    let rows = try Row.fetchAll(
      self,
      sql: "SELECT \(column.quotedDatabaseIdentifier) AS k, count(*) AS n FROM \(table.quotedDatabaseIdentifier) "
        + "GROUP BY k")
    return Dictionary(uniqueKeysWithValues: rows.map { ($0["k"], $0["n"]) })
  }

  /// Writes a row, whether or not it was there.
  package func save(_ row: some LedgerRow) throws {
    var row = row
    try row.save(self)
  }

  /// Writes a new row.
  /// - Returns: the row with its number.
  package func add<Row: LedgerRow>(_ row: Row) throws -> Row {
    var row = row
    try row.insert(self)
    return row
  }

  /// Forgets the oldest events beyond `count`.
  package func trimEvents(to count: Int) throws {
    try execute(
      sql: "DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?", arguments: [count])
  }

  /// Forgets the oldest jobs beyond `count`, with their attempts, but for those that have not ended.
  package func trimJobs(to count: Int) throws {
    let unfinished = [JobRow.State.queued, .running].map(\.rawValue)
    try execute(
      sql: "DELETE FROM job WHERE id <= (SELECT max(id) FROM job) - ? AND state NOT IN (?, ?)",
      arguments: [count] + StatementArguments(unfinished))
  }

  /// A subject that is held: a tile, a group, or a product by name or path.
  package func holds() throws -> Set<String> { Set(try String.fetchAll(self, sql: "SELECT subject FROM hold")) }

  package func hold(_ subject: String) throws {
    try execute(sql: "INSERT OR IGNORE INTO hold (subject) VALUES (?)", arguments: [subject])
  }

  package func release(_ subject: String) throws {
    try execute(sql: "DELETE FROM hold WHERE subject = ?", arguments: [subject])
  }
}
