package import Raster

/// In whose eyes the published image must equal the anchor.
package enum ConsistencyRule: String, Sendable, Codable, CaseIterable {
  /// Through Sentinel-2's own optics: the contract.
  case sensor
  /// Through a plain 2 x 2 mean, as the paper pools. It contradicts the optics: even the true image differs from the
  /// anchor in this measure.
  case box
  /// No back-projection: what the method gives.
  case none

  /// The weights that model a low-resolution pixel, relative to its first fine pixel.
  package func weights(_ pointSpread: PointSpread) -> (first: Int, weights: [Float]) {
    switch self {
    case .sensor, .none: pointSpread.centredWeights
    case .box: (0, [Float](repeating: 1 / Float(pointSpread.factor), count: pointSpread.factor))
    }
  }
}
