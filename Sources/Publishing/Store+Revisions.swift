private import Foundation
internal import Geometry
private import Storage

extension Store {
  /// The highest revision that was given to each stem of a tile, as far as that is remembered: an id is not given again,
  /// whoever removed what had it. What is damaged is not remembered.
  /// - Throws: `StorageError` where it cannot be read.
  func givenRevisions(of tile: MGRSTile) throws -> [String: Int] {
    let path = layout.revisionsFile(tile)
    guard let status = FileStatus.of(path) else { return [:] }
    if let denial = status.denial { throw StorageError("read", path, code: denial) }
    guard let data = FileManager.default.contents(atPath: path) else { throw StorageError("read", path, code: EIO) }
    let given = (try? JSONDecoder().decode([String: Int].self, from: data)) ?? [:]
    return given.filter { (1...ItemIdentity.mostRevisions).contains($0.value) }
  }

  /// Remembers the revisions of items: hold the tile's lock.
  /// - Throws: `StorageError`.
  func remember(_ ids: [String], of tile: MGRSTile) throws {
    let before = try givenRevisions(of: tile)
    let given = ids.compactMap { ItemIdentity.parse(id: $0) }.reduce(into: before) {
      $0[$1.stem] = max($0[$1.stem] ?? 0, $1.revision)
    }
    guard given != before else { return }
    try Folder.make(layout.revisions)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // What a killed run leaves there is swept.
    let staging = try StagingFolder(in: layout.staging, name: "revisions")
    try DurableFile.replace(
      layout.revisionsFile(tile), with: [UInt8](try encoder.encode(given)), temporaryIn: staging.path)
  }
}
