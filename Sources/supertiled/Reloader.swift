internal import Pipeline
internal import Settings
internal import Supervision
internal import SystemdAdapter
internal import Watching

/// Takes the configuration anew. A reload that waits for a disk holds up no later one, and does not come in after it.
actor Reloader {
  private let daemon: Daemon
  private let supervisor: Supervisor
  private let watcher: DropWatcher
  /// Reloads that were asked for.
  private var count = 0

  init(daemon: Daemon, supervisor: Supervisor, watcher: DropWatcher) {
    self.daemon = daemon
    self.supervisor = supervisor
    self.watcher = watcher
  }

  /// Where the configuration is refused nothing has changed.
  @discardableResult
  func reload() async -> Supervisor.Reload {
    count += 1
    let number = count
    ServiceManager.reloading()
    defer { ServiceManager.ready() }
    do {
      let settings = try Daemon.loadSettings(daemon.configuration, mayBeEmpty: false)
      let card = try await Daemon.loadModel(settings, of: daemon.configuration, on: supervisor.intakeBench)
      let before = await supervisor.settings
      try await supervisor.take(settings, card: card, number: number)
      watcher.watch(watched(settings))
      let old = daemon.settings
      let needsRestart = [
        old.state == settings.state ? nil : "daemon.state", old.socket == settings.socket ? nil : "daemon.socket",
        old.httpPort == settings.httpPort ? nil : "daemon.http_port",
      ].compactMap(\.self)
      let note =
        Self.moves(from: before, to: settings)
        + (needsRestart.isEmpty ? "" : "; \(needsRestart.joined(separator: ", ")) need a restart")
      await supervisor.note(.reloaded, "\(daemon.configuration): taken\(note)")
      Daemon.checkFolders(settings, of: daemon.configuration, supervisor)
      do { try settings.checkPlaces(daemon.configuration) } catch {
        await supervisor.complain("\(error)")
        return .taken(note: "\(note); but \(error)")
      }
      return .taken(note: note)
    } catch let error as OvertakenReload {
      await supervisor.note(.reloadFailed, "\(error)")
      return .refused("\(error)")
    } catch {
      await supervisor.note(.reloadFailed, "\(error); the configuration from before stays")
      return .refused("\(error); the configuration from before stays")
    }
  }

  /// Where products come from and items go now, where that has changed: nobody is to find that out by missing them.
  private static func moves(from before: Settings, to settings: Settings) -> String {
    let (old, new) = (before.dropFolders.map(\.path), settings.dropFolders.map(\.path))
    let (store, former) = ([settings.store, settings.run.collection], [before.store, before.run.collection])
    return
      (old == new
      ? "" : "; the drop folders are now \(new.joined(separator: ", ")), before \(old.joined(separator: ", "))")
      + (store == former
        ? "" : "; items go to \(store.joined(separator: "/")) now, before to \(former.joined(separator: "/"))")
  }
}
