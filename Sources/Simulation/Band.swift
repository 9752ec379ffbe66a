/// The bands a simulated product holds, in the order of the truth raster: red, green, blue, near infrared.
enum Band: Int, Sendable, CaseIterable {
  case red, green, blue, nearInfrared

  /// Sentinel-2's name of the band, `B04`.
  var name: String {
    switch self {
    case .red: "B04"
    case .green: "B03"
    case .blue: "B02"
    case .nearInfrared: "B08"
    }
  }

  /// The bands as products list them: B02, B03, B04, B08.
  static let inProductOrder: [Band] = [.blue, .green, .red, .nearInfrared]

  /// Near infrared for a scene that has none: vegetation (green above red) is bright, water (blue above red, dark) is
  /// black, everything else a little brighter than red. Reflectances.
  static func derivedNearInfrared(red: Float, green: Float, blue: Float) -> Float {
    let brightness = (red + green + blue) / 3
    let greenness = (green - 0.5 * (red + blue)) / max(green + 0.5 * (red + blue), 0.001)
    let vegetation = min(max((greenness - 0.02) / 0.22, 0), 1) * min(max((0.25 - brightness) / 0.1, 0), 1)
    let wetness = min(max((blue - red) / max(blue + red, 0.001) / 0.25, 0), 1) * (brightness < 0.06 ? 1 : 0)
    let dry = 1.2 * red + 0.03
    let land = dry + (0.38 - dry) * vegetation
    return land + (0.015 - land) * wetness * (1 - vegetation)
  }
}
