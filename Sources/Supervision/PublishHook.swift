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

  /// What came of it.
  enum Ending: Sendable {
    case done
    /// - Parameters:
    ///   - wasCalled: the program began; where there is none, nothing was told to anybody.
    ///   - isLinkAlone: the program ended well, and is not to be called for the link.
    case failed(String, wasCalled: Bool, isLinkAlone: Bool = false)
  }

  /// - Parameter isLinkAlone: the program has been called with success.
  func run(_ item: ItemRow, isLinkAlone: Bool = false) -> Ending {
    guard item.removed == nil, links != nil || command != nil else { return .done }
    guard let status = FileStatus.of(item.folder) else {
      // Where its store is there, and the item is not, somebody removed it.
      return StoreLayout.isStore(of: item.folder)
        ? .done : .failed("\(item.folder) is not there, nor is the store's catalogue", wasCalled: false)
    }
    if let reason = status.reason { return .failed("\(item.folder) cannot be looked at: \(reason)", wasCalled: false) }
    // The one does not wait for the other.
    let problem = links.flatMap { link(item, in: $0) }
    let call =
      isLinkAlone
      ? .good : command.map { ProgramCall($0, [item.folder, item.id, "\(item.revision)"], limit: Self.limit).run() }
    guard let text = call?.problem ?? problem else { return .done }
    switch call {
    case .good: return .failed(text, wasCalled: !isLinkAlone, isLinkAlone: true)
    case .bad: return .failed(text, wasCalled: true)
    case .notBegun, nil: return .failed(text, wasCalled: false)
    }
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
      // Not the folders above it: one that is not there may be a disk that is not mounted.
      guard Folder.isFolder(Folder.parent(of: folder)) else {
        return "the link \(path) cannot be made: there is no folder \(Folder.parent(of: folder))"
      }
      try Folder.make(folder)
      let files = FileManager.default
      if let other = try? files.destinationOfSymbolicLink(atPath: path) {
        if other == item.folder { return nil }
        // To where the store was before.
        guard (other as NSString).lastPathComponent == item.id else {
          return "the link \(path) cannot be made: there is another one, to \(other)"
        }
        try Folder.removeLink(path)
      } else if FileStatus.of(path) != nil {
        return "the link \(path) cannot be made: something else has its name"
      }
      try files.createSymbolicLink(atPath: path, withDestinationPath: item.folder)
      return nil
    } catch { return "the link \(path) cannot be made: \(error)" }
  }
}
