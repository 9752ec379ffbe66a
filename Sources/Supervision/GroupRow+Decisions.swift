internal import Foundation
package import Ledger
package import Work

extension GroupRow {
  /// What the decision about the group is made of, as far as the ledger knows.
  func facts(missing: [String]) -> GroupFacts {
    var facts = GroupFacts(
      tile: tile, windowEnd: windowEnd, usable: usable, revisits: revisits, inputs: inputs, doneInputs: doneInputs,
      lastArrival: lastArrival)
    facts.missing = missing
    facts.holder = isHeld ? id : nil
    facts.isFlushed = isFlushed
    if failedInputs == inputs, let kind = failureKind.flatMap(FailureKind.init(rawValue:)) {
      facts.failure = GroupFacts.Failure(kind: kind, text: failure ?? "", notBefore: notBefore, failures: failures)
    }
    return facts
  }

  mutating func take(_ decision: GroupDecision) {
    state = decision.state
    reason = decision.reason
    until = decision.until
    // Nothing usable is an answer to the operator's word, too.
    if case .unusable = decision { isFlushed = false }
  }

  /// Another failure of these inputs; when it is tried again, if at all, is decided by whoever knows the rules.
  /// - Parameter isDeath: of the worker process; nil where the work did not even begin.
  package mutating func takeFailure(_ kind: FailureKind, _ text: String, of inputs: String, isDeath: Bool? = nil) {
    failures = failedInputs == inputs ? failures + 1 : 1
    if failedInputs != inputs { deaths = 0 }
    if let isDeath { deaths = isDeath ? deaths + 1 : 0 }
    (failedInputs, failureKind, failure) = (inputs, kind.rawValue, text)
  }

  package mutating func forgetFailure() {
    (failures, deaths) = (0, 0)
    (failedInputs, failureKind, failure, notBefore) = (nil, nil, nil, nil)
  }
}

extension GroupDecision {
  var state: GroupRow.State {
    switch self {
    case .published: .published
    case .unusable: .unusable
    case .held: .held
    case .wait: .open
    case .blocked: .blocked
    case .backoff: .backoff
    case .quarantined: .quarantined
    case .stopped: .stopped
    case .close: .closed
    }
  }

  var reason: String {
    switch self {
    case .published: "everything there is has been worked on"
    case .unusable(let text), .held(let text), .wait(_, let text), .blocked(let text), .backoff(_, let text),
      .quarantined(let text), .stopped(let text), .close(let text):
      text
    }
  }

  var until: Date? {
    switch self {
    case .wait(let time, _): time
    case .backoff(let time, _): time
    default: nil
    }
  }
}
