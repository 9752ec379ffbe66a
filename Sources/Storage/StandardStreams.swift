internal import Glibc

/// The process's standard streams.
package enum StandardStreams {
  /// Once in a process, before it opens anything else.
  private static let secured: Void = {
    _ = signal(SIGPIPE, SIG_IGN)
    // Whoever starts this process may ignore the ends of its own; then nobody would hear how those of this one end.
    _ = signal(SIGCHLD, SIG_DFL)
    // A file that got the number of a closed stream would receive what is meant for the terminal. What stands in for
    // the stream is open for reading only, so that output that goes nowhere is still an error.
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDONLY)
    }
  }()

  /// Makes writing to a closed pipe an error instead of a signal, and keeps the numbers of closed streams from being given
  /// to files. To be called first; cheap when called again.
  package static func secure() { _ = secured }
}
