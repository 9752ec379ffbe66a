private import Foundation
internal import Storage

/// simulation.json: the truth of a folder of simulated products, and how each was made. A later run into the same
/// folder adds its products.
struct SimulationRecord: Codable {
  /// Which truth the products share.
  struct Truth: Codable, Equatable {
    /// Path relative to simulation.json.
    var path: String
    /// The raster it was taken from; nil where it was drawn.
    var scene: String?
    /// Seed it was drawn from; nil where it was taken from a raster.
    var seed: UInt64?
    var rows: Int
    var columns: Int
    var epsg: Int
    var upperLeftX: Double
    var upperLeftY: Double
  }

  var shiftConvention =
    "what lies at low-resolution position (r, c) of the truth appears at (r + shiftRows, c + shiftColumns) of the product"
  var truth: Truth?
  var products: [SimulatedProduct]

  static func path(in folder: String) -> String { folder + "/simulation.json" }

  /// The record of an earlier run; nil where there is none.
  static func read(in folder: String) throws -> SimulationRecord? {
    let path = path(in: folder)
    guard Folder.exists(path) else { return nil }
    do { return try JSONDecoder().decode(SimulationRecord.self, from: Data(contentsOf: URL(filePath: path))) } catch {
      throw SimulationError(path, found: "something else (\(error))", expected: "the record of an earlier simulation")
    }
  }

  func write(in folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try DurableFile.replace(Self.path(in: folder), with: encoder.encode(self))
  }
}
