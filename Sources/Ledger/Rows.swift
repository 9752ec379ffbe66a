package import Foundation

/// A product as the daemon knows it.
package struct ProductRow: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// Seen, and not at rest or not looked at yet.
    case arriving
    /// Looked at: something is missing.
    case incomplete
    case accepted
    /// Looked at: it will never do as it is.
    case refused
    /// No longer in the drop folder.
    case gone
  }
  /// Absolute path; the key.
  package var location: String
  /// Name of the drop folder.
  package var drop: String
  /// Product name, as far as it is known.
  package var name: String?
  package var tile: String?
  package var state: State
  /// Why it is in this state: a sentence.
  package var reason: String
  /// Signature of the files that were looked at last; nil to look again.
  package var signature: String?
  package var firstSeen: Date
  /// When the state changed last.
  package var changed: Date
  /// The accepted product, JSON.
  package var product: String?
  /// The product that it was when it was accepted last, JSON, where it is not now.
  package var lastProduct: String?
  /// When what it holds was accepted first. It tells which of several copies came last.
  package var accepted: Date?
  /// Where it is being moved to, written down before it is done.
  package var destination: String?
  /// The group that was worked on with it, to the end: nothing poorer takes the place of what came of that.
  package var publishedIn: String?
  package var groupID: String?
  /// What it is used for in its group: anchor, view, surplus, unusable, superseded, not_mixed, duplicate, mismatch.
  package var role: String?
  package var roleReason: String?
  /// Why it is no part of what was published last of its group, though it was a view.
  package var leftOut: String?

  package init(location: String, drop: String, name: String?, tile: String?, reason: String, now: Date) {
    self.location = location
    self.drop = drop
    self.name = name
    self.tile = tile
    state = .arriving
    self.reason = reason
    firstSeen = now
    changed = now
  }
}

/// A group of revisits, and what the daemon remembers about it.
package struct GroupRow: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable {
    /// Waits for more revisits, for its deadline, or for quiet.
    case open
    /// Waits for something that only the operator can bring.
    case blocked
    case held
    /// Closed: a job is queued or running.
    case closed
    /// Failed for something that can heal: tried again later.
    case backoff
    /// Failed for its input: waits until that changes.
    case quarantined
    /// Failed for a defect of ours: waits for the operator.
    case stopped
    case published
    /// No view is usable.
    case unusable
    /// Its products belong to other groups now.
    case dissolved
  }
  package var id: String
  package var tile: String
  package var windowStart: Date
  package var windowEnd: Date
  package var state: State
  package var reason: String
  /// Until when it waits, as far as that is known.
  package var until: Date?
  package var revisits: Int
  package var usable: Int
  /// Digest of the products it consists of.
  package var inputs: String
  /// When a product of it arrived last.
  package var lastArrival: Date
  /// Digest of the products that were worked on last, with success.
  package var doneInputs: String?
  package var isHeld: Bool
  /// The operator's word: close now, with what there is.
  package var isFlushed: Bool
  /// Failures since the last success, of `failedInputs`.
  package var failures: Int
  package var failedInputs: String?
  /// Of these, deaths of the worker process, in a row but for what did not begin.
  package var deaths: Int
  /// `environment`, `input` or `defect`.
  package var failureKind: String?
  package var failure: String?
  package var notBefore: Date?
  package var item: String?
  package var changed: Date

  package init(id: String, tile: String, windowStart: Date, windowEnd: Date, now: Date) {
    self.id = id
    self.tile = tile
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    state = .open
    reason = ""
    revisits = 0
    usable = 0
    inputs = ""
    lastArrival = now
    isHeld = false
    isFlushed = false
    failures = 0
    deaths = 0
    changed = now
  }
}

/// The scene classes of a revisit in several parts, which takes reading them.
package struct ClassCountRow: Codable, Sendable, Equatable {
  /// Names and contents of the parts.
  package var key: String
  package var tile: String
  /// Pixels of each class.
  package var counts: [Int]

  package init(key: String, tile: String, counts: [Int]) {
    self.key = key
    self.tile = tile
    self.counts = counts
  }
}

/// A piece of work: one group with its inputs at the time it closed.
package struct JobRow: Codable, Sendable, Equatable {
  package enum State: String, Codable, Sendable, CaseIterable { case queued, running, done, failed, withdrawn }
  package var id: Int64?
  package var groupID: String
  package var tile: String
  package var state: State
  /// Why the group closed, then how the job ended.
  package var reason: String
  package var inputs: String
  package var created: Date
  package var ended: Date?
  /// Attempts that ended with the death of the daemon, in a row.
  package var interruptions: Int
  package var item: String?
  /// The number of the job whose place in the queue it has; nil for its own. One that is withdrawn before it began gives its
  /// place to the next of its group.
  package var place: Int64?

  package init(groupID: String, tile: String, reason: String, inputs: String, now: Date) {
    self.groupID = groupID
    self.tile = tile
    state = .queued
    self.reason = reason
    self.inputs = inputs
    created = now
    interruptions = 0
  }
}

/// One go at a job.
package struct AttemptRow: Codable, Sendable, Equatable {
  package enum Outcome: String, Codable, Sendable, CaseIterable {
    case running, published, unchanged, unusable, failed
    /// Given up for a stop of the daemon, or since the operator holds what it was to make; nobody's fault.
    case checkpointed
    /// The daemon died.
    case interrupted
  }
  package var id: Int64?
  package var jobID: Int64
  package var started: Date
  package var ended: Date?
  package var outcome: Outcome
  /// The step it was at.
  package var stage: String?
  package var failureKind: String?
  package var failure: String?

  package init(jobID: Int64, now: Date) {
    self.jobID = jobID
    started = now
    outcome = .running
  }
}

/// A published item.
package struct ItemRow: Codable, Sendable, Equatable {
  package var id: String
  package var groupID: String
  package var tile: String
  package var revision: Int
  /// Absolute path of its folder.
  package var folder: String
  package var created: Date
  package var recorded: Date
  /// When the publish hook had run; nil while it has to.
  package var hooked: Date?
  package var hookFailures: Int
  package var hookNotBefore: Date?
  /// When retention removed it.
  package var removed: Date?

  package init(
    id: String, groupID: String, tile: String, revision: Int, folder: String, created: Date, recorded: Date
  ) {
    self.id = id
    self.groupID = groupID
    self.tile = tile
    self.revision = revision
    self.folder = folder
    self.created = created
    self.recorded = recorded
    hookFailures = 0
  }
}

/// A state change and its reason.
package struct EventRow: Codable, Sendable, Equatable {
  package var id: Int64?
  package var time: Date
  package var kind: String
  package var text: String
  /// Product name or location.
  package var product: String?
  package var tile: String?
  package var groupID: String?
  package var jobID: Int64?
  package var item: String?

  package init(time: Date, kind: String, text: String) {
    self.time = time
    self.kind = kind
    self.text = text
  }
}
