private import Foundation
package import Pipeline

extension Settings {
  /// Where the package puts the configuration.
  package static let defaultPath = "/etc/supertile/supertile.yaml"

  /// - Parameter mayBeEmpty: whether a file without a field stands for the defaults; a file that is being written has none
  ///   either.
  /// - Throws: `ConfigurationError` naming the first field that does not hold.
  package static func load(_ path: String, mayBeEmpty: Bool = true) throws(ConfigurationError) -> Settings {
    guard let data = FileManager.default.contents(atPath: path) else {
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      throw ConfigurationError(
        path,
        isFolder.boolValue
          ? "is a folder, expected a file"
          : isThere ? "cannot be read; check its permissions" : "there is no such file")
    }
    guard let text = String(data: data, encoding: .utf8) else { throw ConfigurationError(path, "is not UTF-8 text") }
    if !mayBeEmpty, try ConfigurationField.document(text, path: path).allSatisfy(\.isEmpty) {
      throw ConfigurationError(
        path, "has no field, as a file that is being written; a daemon that runs takes the defaults from no empty file")
    }
    return try parse(text, path: path)
  }

  /// - Parameter path: named in errors.
  package static func parse(_ text: String, path: String) throws(ConfigurationError) -> Settings {
    var settings = Settings()
    settings.run = try RunOptions.parse(text, path: path)
    for section in try ConfigurationField.document(text, path: path) where section.name == "daemon" {
      for field in try section.members() { try settings.set(field) }
    }
    if let scratch = settings.run.scratch {
      guard let place = normalised(scratch) else {
        // A daemon's own folder is / where systemd starts it.
        throw ConfigurationError(path, "the field scratch is \(scratch), expected an absolute path without ..")
      }
      settings.run.scratch = place
    }
    try settings.check(path)
    return settings
  }

  private mutating func set(_ field: ConfigurationField) throws(ConfigurationError) {
    switch field.lastName {
    case "drop_folders":
      dropFolders = []
      for element in try field.elements() { dropFolders.append(try DropFolder(element)) }
    case "store": store = try field.absolutePath()
    case "state": state = try field.absolutePath()
    case "socket": socket = try field.absolutePath()
    case "lateness_days": latenessDays = try field.number(0...3660)
    case "quiet_seconds": quietSeconds = try field.integer(0...86_400)
    case "retry_first_seconds": retryFirstSeconds = try field.integer(1...86_400)
    case "retry_longest_seconds": retryLongestSeconds = try field.integer(1...604_800)
    case "most_interruptions": mostInterruptions = try field.integer(1...1_000_000)
    case "stuck_after_seconds": stuckAfterSeconds = try field.integer(5...86_400)
    case "reserve_mib": reserveMiB = try field.integer(0...1 << 40)
    case "keep_revisions": keepRevisions = try field.integer(1...1_000_000)
    case "hook_command": hookCommand = try field.absolutePath()
    case "hook_links": hookLinks = try field.absolutePath()
    case "http_port": httpPort = try field.integer(1...65_535)
    default: throw field.error("a field of the daemon section", what: "the unknown field")
    }
  }

  /// What no field alone can say. Asks no disk.
  func check(_ path: String) throws(ConfigurationError) {
    if dropFolders.isEmpty {
      throw ConfigurationError(path, "the field daemon.drop_folders is empty, expected one folder at least")
    }
    for (index, folder) in dropFolders.enumerated() {
      let field = "the field daemon.drop_folders[\(index)]"
      if folder.whenDone == .move, folder.doneFolder == nil {
        throw ConfigurationError(path, "\(field).on_done is move, expected a done_folder beside it")
      }
      for other in dropFolders[..<index] {
        if other.name == folder.name {
          throw ConfigurationError(path, "\(field).name is \(folder.name), as another's; expected a name of its own")
        }
        if isInside(folder.path, other.path) || isInside(other.path, folder.path) {
          throw ConfigurationError(
            path, "\(field).path is \(folder.path), which overlaps \(other.path); expected separate folders")
        }
      }
      let others = [("store", store)] + dropFolders.compactMap { other in other.doneFolder.map { ("done_folder", $0) } }
      for (name, place) in others where isInside(place, folder.path) || isInside(folder.path, place) {
        throw ConfigurationError(
          path, "\(field).path is \(folder.path), which overlaps the \(name) \(place); expected separate folders")
      }
      // Nothing is written where products are dropped.
      for (name, place) in [
        ("hook_links", hookLinks), ("state", state), ("scratch", run.scratch), ("socket", socket),
      ] {
        guard let place, isInside(place, folder.path) else { continue }
        throw ConfigurationError(
          path, "the \(name) \(place) lies inside \(field).path, \(folder.path); expected separate folders")
      }
      if let place = folder.doneFolder, isInside(place, store) {
        throw ConfigurationError(
          path, "\(field).done_folder is \(place), inside the store \(store); expected separate folders")
      }
    }
    // Consumers look there, and items alone lie there.
    let published = store + "/" + run.collection
    for (name, place) in [("hook_links", hookLinks), ("state", state), ("scratch", run.scratch)] {
      guard let place, isInside(place, published) else { continue }
      throw ConfigurationError(path, "the \(name) \(place) lies inside \(published), where items are published")
    }
    // The store is known by that folder: whoever makes it would make one of the mount point of an absent disk. And in
    // these of its own it clears away what it does not know.
    let hidden = store + "/.supertile"
    let own = ["documents", "locks", "revisions", "staging"].map { "\(hidden)/\($0)" }
    for (name, place, folders) in [
      ("state", state, [hidden]), ("socket", socket, [hidden]), ("hook_links", hookLinks, own),
      ("scratch", run.scratch, own),
    ] {
      guard let place, let folder = folders.first(where: { isInside(place, $0) }) else { continue }
      throw ConfigurationError(
        path, "the \(name) \(place) lies inside \(folder), which is the store's own; choose another place")
    }
    if retryFirstSeconds > retryLongestSeconds {
      throw ConfigurationError(
        path,
        "daemon.retry_first_seconds is \(retryFirstSeconds), more than retry_longest_seconds, \(retryLongestSeconds)")
    }
    // SwiftNIO's clients take no longer one, though Linux does (107).
    if socket.utf8.count > 103 {
      throw ConfigurationError(
        path, "the field daemon.socket is \(socket), \(socket.utf8.count) bytes; expected at most 103"
      )
    }
  }

  private func isInside(_ path: String, _ folder: String) -> Bool { path == folder || path.hasPrefix(folder + "/") }
}

extension DropFolder {
  fileprivate init(_ element: ConfigurationField) throws(ConfigurationError) {
    self.init(name: "", path: "")
    for field in try element.members() {
      switch field.lastName {
      case "name": name = try field.text()
      case "path": path = try field.absolutePath()
      case "settle_seconds": settleSeconds = try field.integer(1...86_400)
      case "poll_only": isPolled = try field.flag()
      case "rescan_seconds": rescanSeconds = try field.integer(1...86_400)
      case "incomplete_after_hours": incompleteAfterHours = try field.number(0.001...8760)
      case "on_done": whenDone = try field.choice(WhenDone.self)
      case "done_folder": doneFolder = try field.absolutePath()
      default: throw field.error("a field of a drop folder", what: "the unknown field")
      }
    }
    if name.isEmpty || path.isEmpty { throw element.error("a name and a path") }
  }
}

extension ConfigurationField {
  /// - Returns: the path without a slash at its end.
  fileprivate func absolutePath() throws(ConfigurationError) -> String {
    guard let path = normalised(try text()) else { throw error("an absolute path without ..") }
    return path
  }
}

/// An absolute path without a slash at its end, none twice, and no `.`; nil where it is relative, the root, or has `..`.
private func normalised(_ path: String) -> String? {
  let parts = path.split(separator: "/").filter { $0 != "." }
  guard path.hasPrefix("/"), !parts.isEmpty, !path.contains("\n"), !parts.contains("..") else { return nil }
  return "/" + parts.joined(separator: "/")
}
