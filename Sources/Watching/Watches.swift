internal import CInotifyTools
private import Glibc
private import Storage

/// The folders that are watched at the moment. Used on the watcher's thread alone.
struct Watches {
  private static let mask = Int32(
    bitPattern: UInt32(
      IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB))
  private static let deepest = 3

  private var roots: Set<String> = []
  private var complaints: Set<String> = []
  /// Of roots that have not answered yet.
  private var probes: [String: Probe] = [:]
  /// A root could not be watched: it is tried again.
  private(set) var hasFailed = false

  /// Watches `folders` and the folders in them, and lets go of others. Watching comes first, then `onEvent` asks for a
  /// scan, so that nothing falls in between.
  mutating func update(_ folders: [String], onEvent: (DropEvent) -> Void, onProblem: (String) -> Void) {
    for gone in roots.subtracting(folders) {
      inotifytools_remove_watch_by_filename(gone + "/")
      roots.remove(gone)
    }
    hasFailed = false
    var isNew = false
    for folder in folders where !roots.contains(folder) {
      if answers(folder, onProblem: onProblem), add(folder, depth: 0, onProblem: onProblem) {
        roots.insert(folder)
        isNew = true
      } else {
        hasFailed = true
      }
    }
    if isNew { onEvent(.changed) }
  }

  /// Whether a folder can be turned to: on a disk that hangs, the events of all others would be waited for in vain.
  private mutating func answers(_ folder: String, onProblem: (String) -> Void) -> Bool {
    let before = probes[folder]
    let probe = before ?? Probe(folder)
    probes[folder] = probe
    guard probe.hasAnswered(within: before == nil ? 2 : 0) else {
      let text = "\(folder): its disk does not answer: it is watched when it does"
      if complaints.insert(text).inserted { onProblem(text) }
      return false
    }
    probes[folder] = nil
    return true
  }

  /// Watches a folder and its sub-folders, products excepted.
  private mutating func add(_ folder: String, depth: Int, onProblem: (String) -> Void) -> Bool {
    guard inotifytools_watch_file(folder + "/", Self.mask) != 0 else {
      let code = inotifytools_error()
      let advice =
        code == ENOSPC
        ? "raise fs.inotify.max_user_watches" : code == ENOENT ? "make the folder" : "check its permissions"
      let text =
        "\(folder): cannot be watched (\(DropWatcher.reason(code))): it is scanned on the timer alone; \(advice)"
      if complaints.insert(text).inserted { onProblem(text) }
      return false
    }
    guard depth < Self.deepest else { return true }
    for name in Folder.list(folder) where !DropName.isIgnored(name) && !DropName.isCandidate(name) {
      let inner = "\(folder)/\(name)"
      if Folder.isFolder(inner) { _ = add(inner, depth: depth + 1, onProblem: onProblem) }
    }
    return true
  }

  /// Keeps the watches in line with an event.
  /// - Returns: whether a new folder is watched, which must then be scanned.
  mutating func take(_ event: inotify_event, name: String, onProblem: (String) -> Void) -> Bool {
    guard let folder = Self.folder(of: event) else { return false }
    if event.mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT) != 0, roots.contains(folder) {
      inotifytools_remove_watch_by_wd(event.wd)
      roots.remove(folder)
      hasFailed = true
      return true
    }
    let isNewFolder =
      event.mask & UInt32(IN_ISDIR) != 0 && event.mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0
    guard isNewFolder, !DropName.isIgnored(name), !DropName.isCandidate(name) else { return false }
    let depth = roots.filter { folder == $0 || folder.hasPrefix($0 + "/") }.map {
      folder.dropFirst($0.count).split(separator: "/").count
    }
    guard let depth = depth.max(), depth < Self.deepest else { return false }
    return add("\(folder)/\(name)", depth: depth + 1, onProblem: onProblem)
  }

  /// What an event means, nil where it means nothing.
  func event(_ event: inotify_event, name: String) -> DropEvent? {
    if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return .overflow }
    guard let folder = Self.folder(of: event) else { return nil }
    if name.isEmpty || DropName.isIgnored(name) { return name.isEmpty ? .changed : nil }
    if event.mask & UInt32(IN_MOVED_TO) != 0, DropName.isCandidate(name) { return .renamedIn("\(folder)/\(name)") }
    return .changed
  }

  /// The folder an event happened in, without a slash at its end.
  private static func folder(of event: inotify_event) -> String? {
    guard let path = inotifytools_filename_from_wd(event.wd) else { return nil }
    var folder = String(cString: path)
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    return folder
  }
}
