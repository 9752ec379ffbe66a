private import Foundation
internal import Geometry
internal import Storage

/// Finished rows of tiles, remembered on the disk, so that a job that was cut off goes on behind the last of them.
///
/// A row of tiles is finished when the mosaic's rows that no later tile adds to are flushed; then its record is written:
/// their SHA-256, and the values of the rows that it shares with the next row of tiles, as they were then. Resuming
/// trusts nothing else: a row whose digest does not hold is computed again, and all that follow.
package struct RowCheckpoints: Sendable {
  package let folder: String
  /// What the pixels depend on.
  private let identity: String

  /// - Parameters:
  ///   - folder: of this job alone.
  ///   - identity: names inputs, model and parameters; another identity's records are of no use.
  package init(folder: String, identity: String) {
    self.folder = folder
    self.identity = identity
  }

  /// Whether there is anything to resume in a folder.
  package static func hasFinishedRows(in folder: String) -> Bool {
    Folder.list(folder).contains { $0.hasPrefix("row-") }
  }

  var mosaicPath: String { "\(folder)/mosaic.f32" }

  /// What is written for a row of tiles, as JSON, one line, then the shared rows' bytes.
  private struct Record: Codable {
    var identity: String
    /// Tiles and sizes that the record belongs to.
    var plan: String
    var tileRow: Int
    /// Of the mosaic's rows that are settled with this row of tiles.
    var settledSHA256: String
    /// Of the bytes that follow.
    var sharedSHA256: String
  }

  private func path(_ tileRow: Int) -> String { "\(folder)/row-\(tileRow).checkpoint" }

  private func settled(_ tileRow: Int, _ plan: TilePlan) -> Range<Int> {
    plan.settledRows(after: tileRow - 1)..<plan.settledRows(after: tileRow)
  }

  private func name(_ plan: TilePlan, bands: Int) -> String {
    "\(plan.size.rows) x \(plan.size.columns) x \(bands), \(plan.tileRows) x \(plan.tilesPerRow) tiles, halo \(plan.halo), "
      + "margin \(plan.margin), factor \(plan.factor)"
  }

  /// Remembers that the tiles up to those of `tileRow` are in the mosaic.
  /// - Parameter settled: what `OpenRows` says of the rows that this row of tiles settled.
  /// - Throws: `StorageError`.
  func record(_ tileRow: Int, _ settled: OpenRows.Settled, of mosaic: Mosaic, _ plan: TilePlan) throws {
    try mosaic.flush(rows: self.settled(tileRow, plan))
    let shared = settled.shared.withUnsafeBytes { [UInt8]($0) }
    let record = Record(
      identity: identity, plan: name(plan, bands: mosaic.bands), tileRow: tileRow,
      settledSHA256: settled.sha256, sharedSHA256: Digester.hexadecimal(.sha256, of: shared))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try DurableFile.replace(path(tileRow), with: try [UInt8](encoder.encode(record)) + [UInt8(ascii: "\n")] + shared)
  }

  /// Finds how far a job of the same inputs came.
  /// - Returns: rows of tiles that are finished, and the values of the rows that the last of them shares with the next.
  func resume(_ mosaic: Mosaic, _ plan: TilePlan) throws -> (finished: Int, shared: [Float]) {
    var finished = 0
    var shared: [Float] = []
    while finished < plan.tileRows, let values = read(finished, mosaic, plan) {
      shared = values
      finished += 1
      mosaic.release()
    }
    for stale in finished..<plan.tileRows { try Folder.remove(path(stale)) }
    return (finished, shared)
  }

  /// The shared rows of a record that holds; nil where there is none or it is torn.
  private func read(_ tileRow: Int, _ mosaic: Mosaic, _ plan: TilePlan) -> [Float]? {
    guard let data = FileManager.default.contents(atPath: path(tileRow)),
      let end = data.firstIndex(of: UInt8(ascii: "\n")),
      let record = try? JSONDecoder().decode(Record.self, from: data[..<end]),
      record.identity == identity, record.plan == name(plan, bands: mosaic.bands), record.tileRow == tileRow
    else { return nil }
    let bytes = [UInt8](data[(end + 1)...])
    let count = mosaic.bands * plan.sharedRows(after: tileRow).count * mosaic.size.columns
    guard bytes.count == 4 * count, Digester.hexadecimal(.sha256, of: bytes) == record.sharedSHA256,
      mosaic.digest(rows: settled(tileRow, plan)) == record.settledSHA256
    else { return nil }
    return bytes.withUnsafeBytes { raw in (0..<count).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }
}
