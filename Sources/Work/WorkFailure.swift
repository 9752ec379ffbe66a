internal import Storage

/// Work that failed, as it is told across processes.
package struct WorkFailure: Error, Sendable, Codable, CustomStringConvertible {
  package var kind: FailureKind
  /// A sentence.
  package var description: String
  /// What the system said, 0 where it did not.
  package var errorNumber: Int32
  /// It did not fail: it was given up because somebody wanted so.
  package var isCancellation: Bool

  init(_ error: any Error) {
    kind = FailureKind(error)
    description = "\(error)"
    errorNumber = (error as? StorageError)?.code ?? 0
    isCancellation = error is CancellationError
  }
}

/// A worker process that ended before it had answered.
package struct WorkerDeath: Error, Sendable, CustomStringConvertible {
  /// How it ended: `ended by signal 9 (killed)`.
  package var ending: String
  /// Whether a worker had turned to the request: it may be to blame.
  package var hadBegun: Bool

  package var description: String { "the worker process was \(ending)" }
}
