/// A product that was written, and what it was made with; stored in simulation.json.
package struct SimulatedProduct: Sendable, Codable, Equatable {
  /// Product name without `.SAFE`.
  package var name: String
  /// The `.SAFE` folder or `.SAFE.zip` archive.
  package var path: String
  /// Number of the revisit, from 1; products of one revisit share it.
  package var revisit: Int
  /// UTC, `2024-05-03T10:31:00.024Z`.
  package var datatakeStart: String
  package var mission: String
  package var baseline: String
  /// Rows of the 10 m grid that hold data: all, or a part of a split tile.
  package var firstRow: Int
  package var endRow: Int
  /// Share of the valid 20 m pixels in SCL 8, 9 or 10, 0 to 1.
  package var cloudShare: Double
  /// Share of the 20 m pixels in SCL 0, 0 to 1.
  package var noDataShare: Double
  /// nil where a real raster was packed as it is.
  package var sensor: Sensor?
  /// The raster packed as it is.
  package var source: String?

  /// What the simulator did to the truth. See `Revisit` for the shift's sign.
  package struct Sensor: Sendable, Codable, Equatable {
    /// Low-resolution pixels: the truth at (r, c) appears at (r + shiftRows, c + shiftColumns).
    package var shiftRows: Double
    package var shiftColumns: Double
    /// By band name.
    package var gain: [String: Float]
    /// Reflectance, by band name.
    package var offset: [String: Float]
    /// Reflectance of the veil in blue.
    package var haze: Float
    /// Cloud share asked for, 0 to 1.
    package var cloudShareAsked: Double
    /// Standard deviation, reflectance.
    package var noise: Float
    package var seed: UInt64

    init(_ revisit: Revisit) {
      shiftRows = revisit.shiftRows
      shiftColumns = revisit.shiftColumns
      gain = Dictionary(uniqueKeysWithValues: Band.allCases.map { ($0.name, revisit.gains[$0.rawValue]) })
      offset = Dictionary(uniqueKeysWithValues: Band.allCases.map { ($0.name, revisit.offsets[$0.rawValue]) })
      haze = revisit.haze
      cloudShareAsked = revisit.cloudShare
      noise = revisit.noise
      seed = revisit.seed
    }
  }
}
