/// The JSON beside a weight file: what the network is, what goes in and comes out, what it was trained on.
package struct ModelCard: Sendable, Codable {
  package struct Radius: Sendable, Codable {
    package var encode: Int
    package var perFusion: Int
    package var decode: Int
  }
  package struct Normalisation: Sendable, Codable {
    /// Reflectance; one value a band.
    package var mean: [Float]
    package var std: [Float]
  }
  package struct SensorModel: Sendable, Codable {
    package var kind: String
    package var mtfAtNyquist: Double
  }
  package struct Weights: Sendable, Codable {
    package var file: String
    package var sha256: String
    package var licence: String
  }

  package var format: String
  package var name: String
  package var version: String
  package var architecture: String
  package var parameters: Int
  /// Sentinel-2 band names in the order of the network's channels.
  package var bands: [String]
  package var factor: Int
  package var hidden: Int
  package var receptiveFieldRadius: Radius
  package var maxViews: Int
  package var normalisation: Normalisation
  package var sensorModel: SensorModel
  package var weights: Weights

  /// Low-resolution pixels around a window that its output depends on, for `views` views: the halo. The network's receptive
  /// field, and what the limit of its correction looks at.
  package func halo(views: Int) -> Int { receptiveField(views: views) + CorrectionLimit.reach }

  /// Of the network alone, as a radius.
  package func receptiveField(views: Int) -> Int {
    var levels = 0
    while 1 << levels < views { levels += 1 }
    return receptiveFieldRadius.encode + levels * receptiveFieldRadius.perFusion + receptiveFieldRadius.decode
  }
}
