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
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, down[0], STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, up[1], STDOUT_FILENO)
    // Whatever libraries have opened without saying that it is theirs alone.
    for descriptor in Folder.list("/proc/self/fd").compactMap({ Int32($0) }) where descriptor > STDERR_FILENO {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    // What this process ignores or blocks is nothing to the next one.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var identifier: pid_t = 0
    let code = posix_spawn(&identifier, program, &actions, &attributes, &words, environ)
    close(down[0])
    close(up[1])
    guard code == 0 else {
      close(down[1])
      close(up[0])
      throw failure(program, code)
    }
    return (identifier, down[1], up[0])
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
    let signal = status & 0x7f
    return signal != 0
      ? "ended by signal \(signal) (\(String(cString: strsignal(signal)).lowercased()))"
      : "ended with status \((status >> 8) & 0xff)"
  }

  private static func failure(_ program: String, _ code: Int32) -> WorkerDeath {
    WorkerDeath(ending: "not started: \(program): \(String(cString: strerror(code)).lowercased())", hadBegun: false)
  }
}
