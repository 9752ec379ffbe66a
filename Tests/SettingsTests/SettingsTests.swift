import Foundation
import Grouping
import Pipeline
import Settings
import SuperResolution
import TestSupport
import Testing

@Test func theShippedConfigurationStatesTheDaemonsDefaults() throws {
  let settings = try Settings.load(packageFolder() + "/config/supertile.yaml")
  let defaults = Settings()
  #expect(settings.dropFolders == defaults.dropFolders && settings.dropFolders[0].path == "/var/lib/supertile/drop")
  #expect(settings.store == defaults.store && settings.state == defaults.state && settings.socket == defaults.socket)
  #expect(settings.latenessDays == defaults.latenessDays && settings.quietSeconds == defaults.quietSeconds)
  #expect(settings.retryFirstSeconds == defaults.retryFirstSeconds)
  #expect(settings.retryLongestSeconds == defaults.retryLongestSeconds)
  #expect(settings.mostInterruptions == defaults.mostInterruptions)
  #expect(settings.stuckAfterSeconds == defaults.stuckAfterSeconds && settings.reserveMiB == defaults.reserveMiB)
  #expect(settings.keepRevisions == nil && settings.hookCommand == nil && settings.hookLinks == nil)
  #expect(settings.httpPort == nil)
}

@Test func theDaemonsFieldsAreRead() throws {
  let settings = try Settings.parse(
    """
    views: 4
    daemon:
      drop_folders:
        - {name: a, path: /data/a/, settle_seconds: 3, poll_only: true, rescan_seconds: 9}
        - {name: b, path: /data//b, on_done: move, done_folder: /data/done, incomplete_after_hours: 0.5}
      store: /data/store
      keep_revisions: 2
      http_port: 9469
    """, path: "x")
  #expect(settings.run.selection.maxViews == 4 && settings.store == "/data/store")
  #expect(settings.dropFolders.map(\.path) == ["/data/a", "/data/b"])
  #expect(settings.dropFolders[0].isPolled && settings.dropFolders[0].settleSeconds == 3)
  #expect(settings.dropFolders[1].whenDone == .move && settings.dropFolders[1].doneFolder == "/data/done")
  #expect(settings.keepRevisions == 2 && settings.httpPort == 9469)
  #expect(try Settings.parse("daemon:\n", path: "x").store == Settings().store)
}

/// Bicubic is a baseline: it is what it is, however it is asked for.
@Test func bicubicAloneIsNotMadeConsistent() throws {
  #expect(try RunOptions.parse("method: bicubic", path: "x").consistency == .none)
  #expect(try RunOptions.parse("views: 4", path: "x").consistency == .sensor)
  var options = try RunOptions.parse("method: bicubic\nconsistency: box", path: "x")
  #expect(options.consistency == .box)
  options = try RunOptions.parse("method: bicubic", path: "x")
  options.method = .highresnet
  #expect(options.consistency == .sensor)
}

@Test(arguments: [
  ("daemon: 3", "daemon"), ("daemon: {shop: /x}", "daemon.shop"), ("daemon: {store: here}", "daemon.store"),
  ("daemon: {store: /a/../b}", "daemon.store"), ("daemon: {drop_folders: []}", "daemon.drop_folders"),
  ("daemon: {drop_folders: [{name: a}]}", "daemon.drop_folders[0]"),
  ("daemon: {drop_folders: [{name: a, path: /a, on_done: burn}]}", "on_done"),
  ("daemon: {drop_folders: [{name: a, path: /a, on_done: move}]}", "done_folder"),
  ("daemon: {drop_folders: [{name: a, path: /a}, {name: a, path: /b}]}", "daemon.drop_folders[1].name"),
  ("daemon: {drop_folders: [{name: a, path: /a}, {name: b, path: /a/b}]}", "daemon.drop_folders[1].path"),
  ("daemon: {store: /a/store, drop_folders: [{name: a, path: /a}]}", "store"),
  ("daemon: {store: /a/./store, drop_folders: [{name: a, path: /a}]}", "store"),
  ("daemon: {store: /.}", "daemon.store"),
  ("daemon: {drop_folders: [{name: a, path: /a}, {name: b, path: /b, done_folder: /a/done}]}", "done_folder"),
  ("daemon: {store: /s, drop_folders: [{name: b, path: /b, done_folder: /s/done}]}", "done_folder"),
  ("daemon: {hook_links: /b/links, drop_folders: [{name: b, path: /b}]}", "hook_links"),
  ("daemon: {state: /b, drop_folders: [{name: b, path: /b}]}", "state"),
  ("daemon: {store: /s, hook_links: /s/sentinel-2-sr/links}", "hook_links"),
  ("scratch: /s/sr\ncollection: sr\ndaemon: {store: /s}", "scratch"),
  ("daemon: {retry_first_seconds: 100, retry_longest_seconds: 10}", "retry_first_seconds"),
  ("collection: catalog.json", "collection"),
  ("daemon: {socket: /\(String(repeating: "s", count: 103))}", "daemon.socket"),
  ("scratch: /b//x\ndaemon: {drop_folders: [{name: b, path: /b}]}", "scratch"),
  ("scratch: /s/../b/x\ndaemon: {drop_folders: [{name: b, path: /b}]}", "scratch"),
  ("daemon: {socket: /b/s.sock, drop_folders: [{name: b, path: /b}]}", "socket"),
  ("scratch: ~/scratch", "scratch"), ("collection: ../x", "collection"), ("collection: a/b", "collection"),
  ("daemon: {quiet_seconds: soon}", "daemon.quiet_seconds"), ("views: 99", "views"),
])
func errorsNameTheField(text: String, field: String) throws {
  let error = #expect(throws: ConfigurationError.self) { try Settings.parse(text, path: "some.yaml") }
  let message = try #require(error).description
  #expect(message.hasPrefix("some.yaml: ") && message.contains(field))
}

/// What is there now decides: a hook that is a folder, and a done folder that nothing can be moved to at once.
@Test func placesThatCannotWorkAreNamed() throws {
  let folder = try TemporaryFolder()
  func problem(_ text: String) throws -> String {
    do { try Settings.parse(text, path: "some.yaml").checkPlaces("some.yaml") } catch { return "\(error)" }
    return ""
  }
  let drop = "drop_folders: [{name: a, path: \(folder.path)/a"
  #expect(try problem("daemon: {\(drop)}], hook_command: \(folder.path)}").contains("daemon.hook_command"))
  #expect(try problem("daemon: {\(drop)}], hook_command: /bin/true}") == "")
  let same = try problem("daemon: {\(drop), on_done: move, done_folder: \(folder.path)/b/c}]}")
  #expect(same == "", "\(same)")
  // /proc is never the file system of a temporary folder.
  let other = try problem("daemon: {\(drop), on_done: move, done_folder: /proc/done}]}")
  #expect(other.contains("/proc/done lies on another file system") && other.contains("\(folder.path)/a"))
}

/// Folders that are one through links, or lie in each other, are no separate ones.
@Test func linksDoNotHideThatFoldersOverlap() throws {
  let folder = try TemporaryFolder()
  func link(_ name: String, to place: String) throws -> String {
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/\(name)", withDestinationPath: "\(folder.path)/\(place)")
    return "\(folder.path)/\(name)"
  }
  let drop = folder.path + "/drop"
  try FileManager.default.createDirectory(atPath: drop + "/sub", withIntermediateDirectories: true)
  let (same, inside) = (try link("same", to: "drop"), try link("inside", to: "drop/sub"))
  let first = "{name: a, path: \(drop)"
  for text in [
    "drop_folders: [\(first)}, {name: b, path: \(same)}]",
    "drop_folders: [\(first), on_done: move, done_folder: \(inside)/done}]",
    "drop_folders: [\(first)}], store: \(inside)",
  ] {
    let settings = try Settings.parse("daemon: {\(text)}", path: "some.yaml")
    let error = #expect(throws: ConfigurationError.self) { try settings.checkFolders("some.yaml") }
    #expect(error?.description.contains("expected separate folders") == true, "\(text)")
  }
  let separate = "daemon: {drop_folders: [\(first)}], store: \(folder.path)/store}"
  try Settings.parse(separate, path: "some.yaml").checkFolders("some.yaml")
}

@Test func oneFolderByTwoNamesIsNamedByBoth() throws {
  let folder = try TemporaryFolder()
  let (real, link) = (folder.path + "/real", folder.path + "/link")
  try FileManager.default.createDirectory(atPath: real, withIntermediateDirectories: false)
  try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: real)
  let text = "daemon: {drop_folders: [{name: a, path: \(real)}, {name: b, path: \(link)}]}"
  let settings = try Settings.parse(text, path: "some.yaml")
  let error = #expect(throws: ConfigurationError.self) { try settings.checkFolders("some.yaml") }
  #expect(error?.description.contains("the drop folders \(real) and \(link) are one, by two names") == true)
}

/// The store clears away what it does not know there.
@Test(arguments: [
  "daemon: {store: /s, state: /s/.supertile/documents}", "daemon: {store: /s, state: /s/.supertile/state}",
  "daemon: {store: /s, socket: /s/.supertile/socket}", "daemon: {store: /s, hook_links: /s/.supertile/locks/links}",
  "{scratch: /s/.supertile/staging, daemon: {store: /s}}",
])
func nothingElseLiesInTheStoresOwnFolder(text: String) throws {
  let whole = text.replacing("store: /s", with: "store: /s, drop_folders: [{name: a, path: /a}]")
  let error = #expect(throws: ConfigurationError.self) { try Settings.parse(whole, path: "x") }
  #expect(error?.description.contains("lies inside /s/.supertile") == true, "\(error?.description ?? "")")
}

@Test func scratchMayLieBesideWhatIsTheStoresOwn() throws {
  let text = "{scratch: /s/.supertile/scratch, daemon: {store: /s, drop_folders: [{name: a, path: /a}]}}"
  #expect(try Settings.parse(text, path: "x").run.scratch == "/s/.supertile/scratch")
}

@Test func filesWhereFoldersBelongAreNamed() throws {
  let folder = try TemporaryFolder()
  let file = folder.path + "/file"
  try Data().write(to: URL(fileURLWithPath: file))
  for (settings, field) in [
    ("drop_folders: [{name: a, path: \(file)}]", "drop folder"),
    ("drop_folders: [{name: a, path: /drop}], store: \(file)", "store"),
    ("drop_folders: [{name: a, path: /drop}], state: \(file)", "state"),
    ("drop_folders: [{name: a, path: /drop}], socket: \(folder.path)", "socket"),
  ] {
    let parsed = try Settings.parse("daemon: {\(settings)}", path: "some.yaml")
    let error = #expect(throws: ConfigurationError.self) { try parsed.checkFolders("some.yaml") }
    #expect(error?.description.contains(field) == true, "\(settings): \(error?.description ?? "")")
  }
}

/// A field's name is its whole name: `was.path` is not `path`.
@Test(arguments: [
  ("daemon: {zzz.store: /b}", "daemon.zzz.store"),
  ("daemon: {drop_folders: [{name: a, path: /a, was.path: /b}]}", "daemon.drop_folders[0].was.path"),
  ("daemon: {store: {{ store }}}", "daemon.store"),
])
func namesWithDotsAreNamesOfTheirOwn(text: String, field: String) throws {
  let error = #expect(throws: ConfigurationError.self) { try Settings.parse(text, path: "x") }
  #expect(error?.description.contains("\(field) (line 1)") == true, "\(error?.description ?? "")")
}

/// A daemon that runs does not go elsewhere for a file that is being written.
@Test func anEmptyFileMayBeRefused() throws {
  let folder = try TemporaryFolder()
  let path = folder.path + "/c.yaml"
  for text in ["", "# nothing\n", "~\n", "daemon:\n", "daemon: {}\n"] {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    #expect(try Settings.load(path).store == Settings().store)
    #expect(throws: ConfigurationError.self) { try Settings.load(path, mayBeEmpty: false) }
  }
  try Data("views: 8\n".utf8).write(to: URL(fileURLWithPath: path))
  #expect(try Settings.load(path, mayBeEmpty: false).store == Settings().store)
}
