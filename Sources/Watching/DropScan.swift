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

  /// The candidates in a drop folder and its sub-folders, sorted by path. What vanishes meanwhile is left out.
  /// - Parameter onLook: called after each that was looked at: it goes on.
  /// - Throws: `StorageError` where the folder itself cannot be listed.
  package static func scan(
    _ folder: String, onLook: @Sendable () -> Void = {}
  ) throws(StorageError) -> [Sighting] {
    var sightings: [Sighting] = []
    for name in try names(in: folder) { look(at: name, in: folder, depth: 1, &sightings, onLook) }
    return sightings
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
    at name: String, in folder: String, depth: Int, _ sightings: inout [Sighting], _ onLook: () -> Void
  ) {
    guard !DropName.isIgnored(name) else { return }
    defer { onLook() }
    let path = "\(folder)/\(name)"
    if DropName.isCandidate(name) {
      if let sighting = look(at: path) { sightings.append(sighting) }
    } else if depth <= deepest, isRealFolder(path) {
      for inner in (try? names(in: path)) ?? [] { look(at: inner, in: path, depth: depth + 1, &sightings, onLook) }
    }
  }

  private static func names(in folder: String) throws(StorageError) -> [String] {
    guard let directory = opendir(folder) else { throw StorageError("list", folder) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// A folder, not a link to one: links could lead round in circles.
  private static func isRealFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
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
      for name in (try? DropScan.names(in: folder)) ?? [] where files < DropScan.mostFiles {
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
