internal import Control
internal import Supervision
internal import SystemdAdapter

/// Tells systemd how the daemon is: READY once, STATUS as it changes, and that it lives, as long as it gets on.
struct ServiceReporter: Sendable {
  let supervisor: Supervisor
  let progress: ProgressClock

  /// Reports until cancelled.
  func run() async {
    let interval = min(5, (ServiceManager.watchdogSeconds ?? 20) / 4)
    var isReady = false
    var last = ""
    while !Task.isCancelled {
      if progress.stagnation(rules: await supervisor.progressRules) == nil { ServiceManager.alive() }
      let mode = await supervisor.mode
      if !isReady, mode == .working || mode == .draining {
        ServiceManager.ready()
        isReady = true
      }
      if mode == .starting { ServiceManager.extendTimeout(seconds: 60) }
      if mode == .stopping {
        ServiceManager.stopping()
        // A tile that is being computed is waited for.
        ServiceManager.extendTimeout(seconds: 60)
      }
      if let line = try? await supervisor.status().line, line != last {
        ServiceManager.status(line)
        last = line
      }
      try? await Task.sleep(for: isReady && mode == .working ? .seconds(interval) : .milliseconds(200))
    }
  }
}
