package import GDALAdapter
package import Geometry

/// What a published raster looks like, pixels apart.
package struct RasterLayout: Sendable {
  /// One band of it.
  package struct Band: Sendable {
    /// Band description in the file, `B04 red`.
    package var description: String
    package var color: ColorInterpretation

    package init(description: String, color: ColorInterpretation = .undefined) {
      self.description = description
      self.color = color
    }
  }

  /// How overviews are made.
  package enum Resampling: String, Sendable {
    /// Mean of the valid pixels: for measurements.
    case average = "AVERAGE"
    /// One of the pixels: for classes and bit fields.
    case nearest = "NEAREST"
  }

  package var grid: GridGeometry
  package var bands: [Band]
  /// `uint8` or `uint16`.
  package var type: SampleType
  /// Count that means no data; nil where every count is data.
  package var noData: Int?
  /// Value of one count; nil where counts are not measurements. The offset is always 0.
  package var scale: Double?
  package var resampling: Resampling
  /// Further metadata items of the file.
  package var metadata: [String: String]

  package init(
    grid: GridGeometry, bands: [Band], type: SampleType, noData: Int?, scale: Double? = nil,
    resampling: Resampling, metadata: [String: String] = [:]
  ) {
    self.grid = grid
    self.bands = bands
    self.type = type
    self.noData = noData
    self.scale = scale
    self.resampling = resampling
    self.metadata = metadata
  }

  /// The super-resolved image: reflectance x 10000, no data 0, offset 0 (the offset of the inputs is baked in).
  package static func superResolved(
    grid: GridGeometry, bands: [Band] = RasterLayout.redGreenBlue, metadata: [String: String] = [:]
  ) -> RasterLayout {
    RasterLayout(
      grid: grid, bands: bands, type: .uint16, noData: 0, scale: 1e-4, resampling: .average, metadata: metadata)
  }

  /// Classes, counts or bit fields of 8 bits.
  package static func classes(
    grid: GridGeometry, bands: [String], noData: Int?, metadata: [String: String] = [:]
  ) -> RasterLayout {
    RasterLayout(
      grid: grid, bands: bands.map { Band(description: $0, color: .gray) }, type: .uint8, noData: noData,
      resampling: .nearest, metadata: metadata)
  }

  /// Sentinel-2's true colour bands.
  package static let redGreenBlue = [
    Band(description: "B04 red", color: .red), Band(description: "B03 green", color: .green),
    Band(description: "B02 blue", color: .blue),
  ]
}

/// Compression of the published files, chosen by what consumers can read and by time: on a whole tile ZSTD at level 3
/// takes a sixth of the time of DEFLATE at its usual level 6, for the same size.
package enum COGCompression: Sendable, Equatable {
  /// Level 1 to 22.
  case zstd(level: Int = 3)
  /// Level 1 to 9; beyond 3 it gets slow.
  case deflate(level: Int = 3)

  var options: [String] {
    switch self {
    case .zstd(let level): ["COMPRESS=ZSTD", "LEVEL=\(min(max(level, 1), 22))"]
    case .deflate(let level): ["COMPRESS=DEFLATE", "LEVEL=\(min(max(level, 1), 9))"]
    }
  }
}
