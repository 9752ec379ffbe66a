/// What a client asks of the daemon. A subject is a tile, a group, a product's name or path, or a job's number.
package enum ControlRequest: Codable, Sendable, Equatable {
  case status
  case products
  case groups
  case jobs
  case explain(subject: String)
  case retry(subject: String)
  case hold(subject: String)
  case release(subject: String)
  case flush(subject: String)
  /// Whether no further job is to begin.
  case drain(isOn: Bool)
  case reload

  /// Largest request, bytes.
  package static let limit = 64 << 10
}

/// What the daemon answers.
package enum ControlAnswer: Codable, Sendable, Equatable {
  case status(StatusAnswer)
  case products([ProductAnswer])
  case groups([GroupAnswer])
  case jobs([JobAnswer])
  case explanation(Explanation)
  /// It was done: a sentence.
  case done(String)
  /// There is no such subject.
  case unknown(String)
  /// It cannot be done: why.
  case refused(String)
}
