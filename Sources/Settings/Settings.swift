package import Pipeline

/// Everything an operator can choose about the daemon: how it processes (`run`), and the `daemon` section of the same
/// file. The defaults are the package's.
package struct Settings: Sendable {
  package var run = RunOptions()
  package var dropFolders = [DropFolder(name: "drop", path: "/var/lib/supertile/drop")]
  package var store = "/var/lib/supertile/store"
  /// Folder of the ledger.
  package var state = "/var/lib/supertile"
  package var socket = "/run/supertile/control.sock"

  /// A group closes so long after the end of its window, days: late products belong to it.
  package var latenessDays = 5.0
  /// No group closes before its tile has been quiet for so long, seconds: products arrive in bunches.
  package var quietSeconds = 60
  /// Wait after the first failure that can heal, seconds; doubles with each.
  package var retryFirstSeconds = 30
  package var retryLongestSeconds = 3600
  /// A job during which the daemon, or its worker process, died so many times in a row is stopped.
  package var mostInterruptions = 10
  /// A worker process that finishes nothing for so long is stuck, seconds: it is ended.
  package var stuckAfterSeconds = 900

  /// Space that a job must leave free in the store and in scratch, MiB.
  package var reserveMiB = 1024
  /// Revisions of a series that are kept; nil keeps all.
  package var keepRevisions: Int?
  /// A program that is run after each publication, with the item's folder, id and revision; absolute.
  package var hookCommand: String?
  /// A folder in which a symbolic link to each published item is made; absolute.
  package var hookLinks: String?
  /// Port on the loopback interface for metrics and health; nil for the socket alone.
  package var httpPort: Int?

  package init() {}

  package var ledgerPath: String { state + "/ledger.sqlite" }
}
