internal import GRDB

/// Versions of the schema, oldest first. A version that shipped never changes: what is needed next is a new one.
enum Migrations {
  static var all: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.create(table: "product") { table in
        table.primaryKey("location", .text)
        table.column("drop", .text).notNull()
        table.column("name", .text).indexed()
        table.column("tile", .text).indexed()
        table.column("state", .text).notNull().indexed()
        table.column("reason", .text).notNull()
        table.column("signature", .text)
        table.column("firstSeen", .double).notNull()
        table.column("changed", .double).notNull()
        table.column("product", .text)
        table.column("groupID", .text).indexed()
        table.column("role", .text)
        table.column("roleReason", .text)
      }
      try database.create(table: "revisitGroup") { table in
        table.primaryKey("id", .text)
        table.column("tile", .text).notNull().indexed()
        table.column("windowStart", .double).notNull()
        table.column("windowEnd", .double).notNull()
        table.column("state", .text).notNull().indexed()
        table.column("reason", .text).notNull()
        table.column("until", .double)
        table.column("revisits", .integer).notNull()
        table.column("usable", .integer).notNull()
        table.column("inputs", .text).notNull()
        table.column("lastArrival", .double).notNull()
        table.column("doneInputs", .text)
        table.column("isHeld", .boolean).notNull()
        table.column("isFlushed", .boolean).notNull()
        table.column("failures", .integer).notNull()
        table.column("failedInputs", .text)
        table.column("failureKind", .text)
        table.column("failure", .text)
        table.column("notBefore", .double)
        table.column("item", .text)
        table.column("changed", .double).notNull()
      }
      try database.create(table: "job") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("groupID", .text).notNull().indexed()
        table.column("tile", .text).notNull()
        table.column("state", .text).notNull().indexed()
        table.column("reason", .text).notNull()
        table.column("inputs", .text).notNull()
        table.column("created", .double).notNull()
        table.column("ended", .double)
        table.column("interruptions", .integer).notNull()
        table.column("item", .text)
      }
      try database.create(table: "attempt") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("jobID", .integer).notNull().indexed().references("job", onDelete: .cascade)
        table.column("started", .double).notNull()
        table.column("ended", .double)
        table.column("outcome", .text).notNull()
        table.column("stage", .text)
        table.column("failureKind", .text)
        table.column("failure", .text)
      }
      try database.create(table: "item") { table in
        table.primaryKey("id", .text)
        table.column("groupID", .text).notNull().indexed()
        table.column("tile", .text).notNull().indexed()
        table.column("revision", .integer).notNull()
        table.column("folder", .text).notNull()
        table.column("created", .double).notNull()
        table.column("recorded", .double).notNull()
        table.column("hooked", .double)
        table.column("hookFailures", .integer).notNull()
        table.column("hookNotBefore", .double)
        table.column("removed", .double)
      }
      try database.create(table: "hold") { table in table.primaryKey("subject", .text) }
      try database.create(table: "event") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("time", .double).notNull()
        table.column("kind", .text).notNull()
        table.column("text", .text).notNull()
        table.column("product", .text).indexed()
        table.column("tile", .text)
        table.column("groupID", .text).indexed()
        table.column("jobID", .integer)
        table.column("item", .text)
      }
    }
    migrator.registerMigration("2") { database in
      // Scene classes of revisits in several parts: pixels of each, as JSON.
      try database.create(table: "classCount") { table in
        table.primaryKey("key", .text)
        table.column("tile", .text).notNull().indexed()
        table.column("counts", .text).notNull()
      }
      try database.alter(table: "revisitGroup") { table in
        table.add(column: "deaths", .integer).notNull().defaults(to: 0)
      }
    }
    migrator.registerMigration("3") { database in
      try database.alter(table: "product") { table in
        table.add(column: "lastProduct", .text)
        table.add(column: "accepted", .double)
        table.add(column: "destination", .text)
      }
      try database.execute(sql: "UPDATE product SET accepted = changed WHERE product IS NOT NULL")
    }
    migrator.registerMigration("4") { database in
      // What a look into a drop folder asks for first.
      try database.create(index: "productByDrop", on: "product", columns: ["drop", "state", "location"])
    }
    migrator.registerMigration("5") { database in
      try database.alter(table: "product") { $0.add(column: "publishedIn", .text) }
      try database.execute(
        sql: "UPDATE product SET publishedIn = groupID WHERE groupID IN "
          + "(SELECT id FROM revisitGroup WHERE doneInputs IS NOT NULL)")
    }
    migrator.registerMigration("6") { database in
      try database.alter(table: "product") { $0.add(column: "leftOut", .text) }
    }
    migrator.registerMigration("7") { database in
      try database.alter(table: "job") { $0.add(column: "place", .integer) }
    }
    return migrator
  }
}
