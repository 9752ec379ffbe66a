internal import Glibc
private import Storage
private import Synchronization

/// A program that was started, with a line to its standard input and one from its standard output; standard error is shared.
/// It inherits nothing else. (Foundation's `Process` takes it for alive as long as any of its own children is.)
final class ChildProcess: Sendable {
  private struct State {
    var isInputOpen = true
    /// Its number belongs to it until it has been waited for.
    var hasEnded = false
  }
  private let state = Mutex(State())
  private let identifier: pid_t
  /// Descriptors of this side.
  let input: Int32
  let output: Int32

  /// - Throws: `WorkerDeath` where it cannot be started.
  init(program: String, arguments: [String]) throws(WorkerDeath) {
    (identifier, input, output) = try Self.start(program, arguments)
  }

  private static func start(
    _ program: String, _ arguments: [String]
  ) throws(WorkerDeath) -> (identifier: pid_t, input: Int32, output: Int32) {
    // Sockets, since they can be made so that no other child, started at this very moment, holds them open.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    var (down, up): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
    guard socketpair(AF_UNIX, kind, 0, &down) == 0 else { throw failure(program, errno) }
    guard socketpair(AF_UNIX, kind, 0, &up) == 0 else {
      let code = errno
      for descriptor in down { close(descriptor) }
      throw failure(program, code)
    }
    let started = spawn(program, arguments, input: down[0], output: up[1])
    close(down[0])
    close(up[1])
    switch started {
    case .success(let identifier): return (identifier, down[1], up[0])
    case .failure(let error):
      close(down[1])
      close(up[0])
      throw failure(program, error.number)
    }
  }

  deinit {
    closeInput()
    close(output)
  }

  /// Ends it at once, if it has not ended.
  func kill() { state.withLock { if !$0.hasEnded { _ = Glibc.kill(identifier, SIGKILL) } } }

  func closeInput() {
    state.withLock {
      if $0.isInputOpen { close(input) }
      $0.isInputOpen = false
    }
  }

  /// Waits until it has ended; to be called once.
  /// - Returns: how it ended: `ended by signal 9 (killed)`.
  func waitForEnd() -> String {
    var status: Int32 = 0
    var information = siginfo_t()
    // Waited for twice, so that `kill` never meets the number of another process.
    while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    state.withLock { $0.hasEnded = true }
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    return describeEnding(status)
  }

  private static func failure(_ program: String, _ code: Int32) -> WorkerDeath {
    WorkerDeath(ending: "not started: \(program): \(String(cString: strerror(code)).lowercased())", hadBegun: false)
  }
}
