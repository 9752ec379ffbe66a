private import Foundation
internal import Ledger
private import Storage

/// Tells consumers about an item: at least once, after it is published.
struct PublishHook: Sendable {
  /// A program; run as `PROGRAM FOLDER ID REVISION`.
  var command: String?
  /// A folder that gets a symbolic link to the item.
  var links: String?

  /// Longest time the program may take, seconds.
  private static let limit = 300.0

  /// - Returns: what went wrong, a sentence; nil for nothing.
  func run(_ item: ItemRow) -> String? {
    guard Folder.exists(item.folder) else { return nil }  // removed meanwhile: nothing to tell
    if let links, let problem = link(item, in: links) { return problem }
    return command.flatMap { call($0, item) }
  }

  private func link(_ item: ItemRow, in folder: String) -> String? {
    let path = "\(folder)/\(item.id)"
    do {
      try Folder.make(folder)
      let files = FileManager.default
      if (try? files.destinationOfSymbolicLink(atPath: path)) == item.folder { return nil }
      try files.createSymbolicLink(atPath: path, withDestinationPath: item.folder)
      return nil
    } catch { return "the link \(path) cannot be made: \(error)" }
  }

  private func call(_ command: String, _ item: ItemRow) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command)
    process.arguments = [item.folder, item.id, "\(item.revision)"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    do { try process.run() } catch { return "\(command) cannot be run: \(error.localizedDescription)" }
    let deadline = Date().addingTimeInterval(Self.limit)
    while process.isRunning {
      guard Date() < deadline else {
        process.terminate()
        return "\(command) did not end within \(Int(Self.limit)) s"
      }
      usleep(50_000)
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      return "\(command) ended with \(process.terminationReason == .exit ? "status" : "signal") "
        + "\(process.terminationStatus)"
    }
    return nil
  }
}
