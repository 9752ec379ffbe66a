package import Foundation

/// How the daemon is.
package struct StatusAnswer: Codable, Sendable, Equatable {
  package struct Running: Codable, Sendable, Equatable {
    package var job: Int64
    package var group: String
    package var step: String
    /// Of the step, 0 to 1.
    package var share: Double
    package var started: Date
    /// Until the job is done; nil while that cannot be told.
    package var secondsLeft: Double?

    package init(job: Int64, group: String, step: String, share: Double, started: Date, secondsLeft: Double? = nil) {
      self.job = job
      self.group = group
      self.step = step
      self.share = share
      self.started = started
      self.secondsLeft = secondsLeft
    }
  }
  package var version: String
  /// `starting`, `working`, `draining` or `stopping`.
  package var mode: String
  package var started: Date
  package var dropFolders: [String]
  package var store: String
  /// Numbers by state.
  package var products: [String: Int]
  package var groups: [String: Int]
  package var jobs: [String: Int]
  package var running: Running?
  /// Why the next job does not begin.
  package var waiting: String?
  /// What is wrong with the surroundings.
  package var problems: [String]
  /// Since the start.
  package var published: Int
  package var failures: Int

  package init(
    version: String, mode: String, started: Date, dropFolders: [String], store: String, products: [String: Int],
    groups: [String: Int], jobs: [String: Int], running: Running?, waiting: String?, problems: [String],
    published: Int, failures: Int
  ) {
    self.version = version
    self.mode = mode
    self.started = started
    self.dropFolders = dropFolders
    self.store = store
    self.products = products
    self.groups = groups
    self.jobs = jobs
    self.running = running
    self.waiting = waiting
    self.problems = problems
    self.published = published
    self.failures = failures
  }

  /// One line.
  package var line: String {
    var parts = [mode]
    if let running { parts.append("\(running.group): \(running.step) \(Int(running.share * 100)) %") }
    if let waiting { parts.append("waiting: \(waiting)") }
    let arriving = (products["arriving"] ?? 0) + (products["incomplete"] ?? 0)
    parts.append(
      "\(jobs["queued"] ?? 0) jobs queued, \(groups["open"] ?? 0) groups open, \(arriving) products arriving")
    let bad = (groups["quarantined"] ?? 0) + (groups["stopped"] ?? 0)
    if bad > 0 { parts.append("\(bad) groups need a look") }
    return parts.joined(separator: "; ") + problems.map { "; \($0)" }.joined()
  }
}

package struct ProductAnswer: Codable, Sendable, Equatable {
  package var name: String?
  package var location: String
  package var drop: String
  package var tile: String?
  package var state: String
  package var reason: String
  package var group: String?
  /// `anchor`, `view`, `surplus`, `unusable`, `superseded`, `not_mixed`, `duplicate` or `mismatch` by the plan; `left_out` where
  /// the job found that it is of no use.
  package var role: String?
  package var since: Date

  package init(
    name: String?, location: String, drop: String, tile: String?, state: String, reason: String, group: String?,
    role: String?, since: Date
  ) {
    self.name = name
    self.location = location
    self.drop = drop
    self.tile = tile
    self.state = state
    self.reason = reason
    self.group = group
    self.role = role
    self.since = since
  }
}

package struct GroupAnswer: Codable, Sendable, Equatable {
  package var id: String
  package var tile: String
  package var windowStart: Date
  package var windowEnd: Date
  package var state: String
  package var reason: String
  package var until: Date?
  package var revisits: Int
  package var usable: Int
  package var item: String?

  package init(
    id: String, tile: String, windowStart: Date, windowEnd: Date, state: String, reason: String, until: Date?,
    revisits: Int, usable: Int, item: String?
  ) {
    self.id = id
    self.tile = tile
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    self.state = state
    self.reason = reason
    self.until = until
    self.revisits = revisits
    self.usable = usable
    self.item = item
  }
}

package struct JobAnswer: Codable, Sendable, Equatable {
  package var id: Int64
  package var group: String
  package var state: String
  package var reason: String
  package var attempts: Int
  package var created: Date
  package var ended: Date?
  package var item: String?

  package init(
    id: Int64, group: String, state: String, reason: String, attempts: Int, created: Date, ended: Date?, item: String?
  ) {
    self.id = id
    self.group = group
    self.state = state
    self.reason = reason
    self.attempts = attempts
    self.created = created
    self.ended = ended
    self.item = item
  }
}

/// What a subject is, what it waits for and until when, what it was used for, and why not.
package struct Explanation: Codable, Sendable, Equatable {
  package var subject: String
  /// Sentences, in the order in which they should be read.
  package var sentences: [String]
  package var products: [ProductAnswer]
  package var groups: [GroupAnswer]
  package var items: [String]
  /// Newest first.
  package var history: [Event]

  package struct Event: Codable, Sendable, Equatable {
    package var time: Date
    package var kind: String
    package var text: String

    package init(time: Date, kind: String, text: String) {
      self.time = time
      self.kind = kind
      self.text = text
    }
  }

  package init(
    subject: String, sentences: [String], products: [ProductAnswer], groups: [GroupAnswer], items: [String],
    history: [Event]
  ) {
    self.subject = subject
    self.sentences = sentences
    self.products = products
    self.groups = groups
    self.items = items
    self.history = history
  }
}
