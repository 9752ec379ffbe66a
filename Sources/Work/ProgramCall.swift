internal import Glibc

/// A program that is run to its end, with nothing to read and nobody who reads what it writes.
package struct ProgramCall: Sendable {
  package var program: String
  package var arguments: [String]
  /// Longest time that it may take.
  package var limit: Duration

  /// What came of it; of what went wrong, a sentence.
  package enum Ending: Sendable, Equatable {
    case good
    case bad(String)
    /// Nothing of it was run.
    case notBegun(String)

    package var problem: String? {
      switch self {
      case .good: nil
      case .bad(let text), .notBegun(let text): text
      }
    }
  }

  package init(_ program: String, _ arguments: [String], limit: Duration) {
    self.program = program
    self.arguments = arguments
    self.limit = limit
  }

  /// Runs it. What it leaves running when it ends is its own affair; where it does not end in time it is ended with all
  /// that it began, by SIGTERM and, 5 s later, by SIGKILL.
  package func run() -> Ending {
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard nothing >= 0 else { return .notBegun(cannotBeRun(errno)) }
    defer { close(nothing) }
    let identifier: pid_t
    switch spawn(program, arguments, input: nothing, output: nothing, isLeader: true) {
    case .success(let number): identifier = number
    case .failure(let error): return .notBegun(cannotBeRun(error.number))
    }
    if let status = wait(for: identifier, limit) {
      return status == 0 ? .good : .bad("\(program) \(describeEnding(status))")
    }
    kill(-identifier, SIGTERM)
    if wait(for: identifier, .seconds(5)) == nil {
      kill(-identifier, SIGKILL)
      _ = wait(for: identifier, .seconds(3600))
    }
    return .bad("\(program) did not end within \(limit.components.seconds) s")
  }

  private func cannotBeRun(_ code: Int32) -> String {
    "\(program) cannot be run: \(String(cString: strerror(code)).lowercased())"
  }

  /// - Returns: how it ended, as `waitpid` gives it; nil where it did not in time.
  private func wait(for identifier: pid_t, _ limit: Duration) -> Int32? {
    let end = ContinuousClock.now + limit
    var status: Int32 = 0
    while true {
      let found = waitpid(identifier, &status, WNOHANG)
      if found == identifier { return status }
      // Nobody else waits for it: it cannot be gone.
      guard found == 0 || errno == EINTR, ContinuousClock.now < end else { return nil }
      usleep(20_000)
    }
  }
}
