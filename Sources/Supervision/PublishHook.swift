private import Foundation
internal import Ledger
private import Publishing
private import Storage
private import Work

/// Tells consumers about an item: at least once, after it is published.
struct PublishHook: Sendable {
  /// A program; run as `PROGRAM FOLDER ID REVISION`.
  var command: String?
  /// A folder that gets a symbolic link to the item.
  var links: String?

  /// Longest time the program may take.
  private static let limit = Duration.seconds(300)

  /// - Returns: what went wrong, a sentence; nil for nothing.
  func run(_ item: ItemRow) -> String? {
    guard item.removed == nil, links != nil || command != nil else { return nil }
    guard Folder.exists(item.folder) else {
      // Where its store is there, and the item is not, somebody removed it.
      return StoreLayout.isStore(of: item.folder) ? nil : "\(item.folder) is not there, nor is the store's catalogue"
    }
    if let links, let problem = link(item, in: links) { return problem }
    return command.flatMap { ProgramCall($0, [item.folder, item.id, "\(item.revision)"], limit: Self.limit).run() }
  }

  /// Takes the link to an item that was removed away, if it is one to that item.
  func unlink(_ item: ItemRow) {
    guard let links else { return }
    let path = "\(links)/\(item.id)"
    guard (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == item.folder else { return }
    try? Folder.removeLink(path)
  }

  /// Brings the link to an item that lies elsewhere now up to date, if it is one to where that was.
  func relink(_ item: ItemRow, from before: ItemRow) {
    guard let links,
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(links)/\(item.id)")) == before.folder
    else { return }
    _ = link(item, in: links)
  }

  private func link(_ item: ItemRow, in folder: String) -> String? {
    let path = "\(folder)/\(item.id)"
    do {
      try Folder.make(folder)
      let files = FileManager.default
      if let other = try? files.destinationOfSymbolicLink(atPath: path) {
        if other == item.folder { return nil }
        // To where the store was before.
        try Folder.removeLink(path)
      }
      try files.createSymbolicLink(atPath: path, withDestinationPath: item.folder)
      return nil
    } catch { return "the link \(path) cannot be made: \(error)" }
  }
}
