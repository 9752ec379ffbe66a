internal import Glibc
private import Storage

/// Why a program could not be started.
struct SpawnError: Error { var number: Int32 }

/// Starts a program with these two files as its standard input and output; standard error is shared. It inherits nothing
/// else, neither files nor what this process does with signals.
/// - Parameter isLeader: whether it is the first of a group of processes of its own, to be ended together.
/// - Returns: its number.
func spawn(
  _ program: String, _ arguments: [String], input: Int32, output: Int32, isLeader: Bool = false
) -> Result<pid_t, SpawnError> {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
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
  let group = isLeader ? POSIX_SPAWN_SETPGROUP : 0
  posix_spawnattr_setpgroup(&attributes, 0)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group))
  var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
  defer { for word in words { free(word) } }
  var identifier: pid_t = 0
  let code = posix_spawn(&identifier, program, &actions, &attributes, &words, environ)
  return code == 0 ? .success(identifier) : .failure(SpawnError(number: code))
}

/// `ended by signal 9 (killed)`, `ended with status 1`.
/// - Parameter status: as `waitpid` gives it.
func describeEnding(_ status: Int32) -> String {
  let signal = status & 0x7f
  return signal != 0
    ? "ended by signal \(signal) (\(String(cString: strsignal(signal)).lowercased()))"
    : "ended with status \((status >> 8) & 0xff)"
}
