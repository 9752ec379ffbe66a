private import Foundation
internal import GDALAdapter
internal import Grouping
internal import Product
internal import Storage

/// Views that turned out not to be decodable, by their number, remembered beside the finished rows of tiles: a job that was
/// cut off goes on without them, as those rows were made.
struct UndecodableViews {
  private(set) var causes: [Int: GDALError] = [:]
  private let path: String
  private let candidates: [AssessedRevisit]

  private struct Record: Codable {
    var view: Int
    /// Of its files.
    var content: String
    var call: String
    var path: String
    var message: String
  }

  /// - Parameters:
  ///   - folder: of the job's checkpoints; what cannot be read there was not written to its end, and is nothing.
  ///   - anchors: how many anchors were given up before: views have other numbers then.
  ///   - candidates: the views by their number. Reserves may be others by now, and what was said of those is of no interest.
  init(rememberedIn folder: String, anchors: Int, candidates: [AssessedRevisit]) {
    path = "\(folder)/undecodable-\(anchors).json"
    self.candidates = candidates
    guard let data = FileManager.default.contents(atPath: path),
      let records = try? JSONDecoder().decode([Record].self, from: data)
    else { return }
    for record in records where candidates.indices.contains(record.view) {
      guard contentDigest(of: candidates[record.view]) == record.content else { continue }
      causes[record.view] = GDALError(call: record.call, path: record.path, message: record.message)
    }
  }

  /// - Throws: `StorageError`.
  mutating func add(_ view: Int, _ cause: GDALError) throws {
    causes[view] = cause
    let records = causes.sorted { $0.key < $1.key }.map {
      Record(
        view: $0.key, content: contentDigest(of: candidates[$0.key]), call: $0.value.call, path: $0.value.path,
        message: $0.value.message)
    }
    try DurableFile.replace(path, with: [UInt8](try JSONEncoder().encode(records)))
  }
}
