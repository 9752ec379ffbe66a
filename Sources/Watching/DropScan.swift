private import Foundation
private import Glibc
package import Storage

/// What lies in a drop folder, found by looking: events are hints, this is the truth. Reads names and times, no file.
package enum DropScan {
  /// Folders below the drop folder that are looked into for products.
  private static let deepest = 3
  /// Files of one product, and levels below it, that are looked at: a real one has about 100 on 5 levels.
  private static let mostFiles = 20_000
  private static let deepestInProduct = 12

  /// The candidates in a drop folder and its sub-folders, and what somebody may take for one, sorted by path. What vanishes
  /// meanwhile is left out. Two may be equal as text (`DropSurvey.withoutTwins`).
  /// - Parameter onLook: called after each that was looked at: it goes on.
  /// - Throws: `StorageError` where the folder itself cannot be listed.
  package static func scan(
    _ folder: String, onLook: @Sendable () -> Void = {}
  ) throws(StorageError) -> DropSurvey {
    var survey = DropSurvey()
    for entry in try entries(in: folder) { look(at: entry, in: folder, depth: 1, &survey, onLook) }
    return survey
  }

  /// One product; nil where there is nothing.
  package static func look(at location: String) -> Sighting? {
    var status = stat()
    guard stat(location, &status) == 0 || lstat(location, &status) == 0 else { return nil }
    var walk = Walk()
    walk.add(".", status)
    if status.st_mode & S_IFMT == S_IFDIR { walk.descend(location, below: "", depth: 1) }
    return Sighting(location: location, signature: walk.digester.hexadecimal(), lastChange: walk.latest)
  }

  private static func look(
    at entry: Entry, in folder: String, depth: Int, _ survey: inout DropSurvey, _ onLook: () -> Void
  ) {
    guard !DropName.isIgnored(entry.name) else { return }
    defer { onLook() }
    let path = "\(folder)/\(entry.name)"
    if entry.isMisspelt {
      if DropName.isCandidate(entry.name) || entry.isFolder {
        survey.pass(over: path, "its name is not UTF-8; rename it")
      }
    } else if DropName.isCandidate(entry.name) {
      if depth > deepest + 1 {
        survey.pass(over: path, "it lies more than \(deepest) folders below the drop folder; move it up")
      } else if let sighting = look(at: path) {
        survey.sightings.append(sighting)
      } else if let reason = whyUnseen(path) {
        survey.pass(over: path, "\(reason); make \(folder) readable for the daemon", mayHideProducts: true)
      }
    } else {
      switch kind(path) {
      case .folder?: if depth <= deepest + 1 { lookInto(path, depth: depth, &survey, onLook) }
      case .linkToFolder?:
        survey.pass(over: path, "a link to a folder is not followed; give the folder, or a link to each product")
      case .file?:
        if DropName.isForeignArchive(entry.name) {
          survey.pass(
            over: path, "neither a .SAFE folder nor a zip archive; unpack it elsewhere and move the .SAFE folder here")
        }
      case nil:
        if let reason = whyUnseen(path) {
          survey.pass(over: path, "\(reason); make \(folder) readable for the daemon", mayHideProducts: true)
        }
      }
    }
  }

  private static func lookInto(_ path: String, depth: Int, _ survey: inout DropSurvey, _ onLook: () -> Void) {
    do throws(StorageError) {
      let entries = try entries(in: path)
      if entries.contains(where: { $0.name == "MTD_MSIL2A.xml" }) {
        survey.pass(over: path, "a product whose folder is not named .SAFE; rename it")
        return
      }
      for inner in entries { look(at: inner, in: path, depth: depth + 1, &survey, onLook) }
    } catch {
      guard error.code != ENOENT else { return }
      survey.pass(
        over: path, "a folder that cannot be listed (\(error.reason)); make it readable for the daemon",
        mayHideProducts: true)
    }
  }

  /// A name in a folder.
  private struct Entry {
    /// Bytes that are not UTF-8 are replaced.
    var name: String
    var isMisspelt: Bool
    /// As the folder says, which need not.
    var isFolder: Bool
  }

  private static func entries(in folder: String) throws(StorageError) -> [Entry] {
    var entries: [Entry] = []
    try Folder.forEachEntry(folder) { name, isFolder in
      entries.append(
        Entry(name: String(cString: name), isMisspelt: String(validatingCString: name) == nil, isFolder: isFolder))
    }
    // Names that are equal as text may differ as files: in an order that does not depend on the disk.
    return entries.sorted {
      $0.name == $1.name ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) : $0.name < $1.name
    }
  }

  private enum Kind { case folder, linkToFolder, file }

  /// Links are told from folders: they could lead round in circles. Nil where it cannot be told.
  private static func kind(_ path: String) -> Kind? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    if status.st_mode & S_IFMT == S_IFDIR { return .folder }
    guard status.st_mode & S_IFMT == S_IFLNK, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      return .file
    }
    return .linkToFolder
  }

  /// Why nothing can be said of a path that was listed; nil where it has vanished.
  private static func whyUnseen(_ path: String) -> String? {
    var status = stat()
    guard lstat(path, &status) != 0, errno != ENOENT else { return nil }
    return "it cannot be looked at (\(String(cString: strerror(errno))))"
  }

  /// The files of one product on their way into its signature.
  private struct Walk {
    var digester = Digester(.sha256)
    var latest = Date.distantPast
    var files = 0

    mutating func add(_ name: String, _ status: stat) {
      files += 1
      let line =
        "\(name)\0\(status.st_mode)\0\(status.st_uid):\(status.st_gid)\0\(status.st_ino)\0\(status.st_size)\0"
        + "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)\n"
      Array(line.utf8).withUnsafeBytes { digester.update($0) }
      let seconds = Double(status.st_ctim.tv_sec) + Double(status.st_ctim.tv_nsec) / 1e9
      latest = max(latest, Date(timeIntervalSince1970: seconds))
    }

    mutating func descend(_ folder: String, below prefix: String, depth: Int) {
      guard depth <= DropScan.deepestInProduct else { return }
      for entry in (try? DropScan.entries(in: folder)) ?? [] where files < DropScan.mostFiles {
        let name = entry.name
        var status = stat()
        guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
        add(prefix + name, status)
        if status.st_mode & S_IFMT == S_IFDIR {
          descend("\(folder)/\(name)", below: prefix + name + "/", depth: depth + 1)
        }
      }
    }
  }
}
