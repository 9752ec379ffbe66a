internal import Settings
internal import Supervision
internal import SystemdAdapter
internal import Watching

/// Takes the configuration anew; one reload at a time.
actor Reloader {
  private let daemon: Daemon
  private let supervisor: Supervisor
  private let watcher: DropWatcher
  /// The last one that was asked for.
  private var last: Task<String?, Never>?

  init(daemon: Daemon, supervisor: Supervisor, watcher: DropWatcher) {
    self.daemon = daemon
    self.supervisor = supervisor
    self.watcher = watcher
  }

  /// - Returns: what does not hold, nil where the configuration was taken. Where it was not, nothing has changed.
  @discardableResult
  func reload() async -> String? {
    let before = last
    let task = Task { () -> String? in
      // An actor goes on with others while it waits: an older configuration must not come in last.
      _ = await before?.value
      return await self.takeConfiguration()
    }
    last = task
    return await task.value
  }

  private func takeConfiguration() async -> String? {
    ServiceManager.reloading()
    defer { ServiceManager.ready() }
    do {
      let settings = try Daemon.loadSettings(daemon.configuration)
      let card = try await Daemon.loadModel(settings, of: daemon.configuration, on: supervisor.intakeBench)
      try await supervisor.take(settings, card: card)
      watcher.watch(watched(settings))
      let old = daemon.settings
      let needsRestart = [
        old.state == settings.state ? nil : "daemon.state", old.socket == settings.socket ? nil : "daemon.socket",
        old.httpPort == settings.httpPort ? nil : "daemon.http_port",
      ].compactMap(\.self)
      let note = needsRestart.isEmpty ? "" : "; \(needsRestart.joined(separator: ", ")) need a restart"
      await supervisor.note(.reloaded, "\(daemon.configuration): taken\(note)")
      return nil
    } catch {
      await supervisor.note(.reloadFailed, "\(error); the configuration from before stays")
      return "\(error); the configuration from before stays"
    }
  }
}
