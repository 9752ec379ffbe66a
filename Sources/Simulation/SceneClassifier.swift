internal import Product

/// Scene classes by simple rules on reflectances. The simulator knows its clouds; real rasters packed as they are
/// have them derived from brightness.
enum SceneClassifier {
  /// Vegetation, bare or built-up ground, water.
  static func ground(red: Float, green: Float, nearInfrared: Float) -> SceneClass {
    if nearInfrared < 0.12, green - nearInfrared > 0.05 * (green + nearInfrared) { return .water }
    return nearInfrared - red > 0.4 * (nearInfrared + red) ? .vegetation : .notVegetated
  }

  /// The rule for rasters that come without a classification.
  static let derivedRule = """
    mean of B02, B03, B04 above 0.25 with a spread under a quarter of it: cloud (9); NDWI above 0 and B08 under 0.15: \
    water (6); mean under 0.025: dark (2); NDVI above 0.4: vegetation (4); else not vegetated (5)
    """

  /// Class by `derivedRule`.
  static func derived(red: Float, green: Float, blue: Float, nearInfrared: Float) -> SceneClass {
    let brightness = (red + green + blue) / 3
    let spread = max(red, green, blue) - min(red, green, blue)
    if brightness > 0.25, spread < 0.25 * brightness { return .cloudHighProbability }
    if green > nearInfrared, nearInfrared < 0.15 { return .water }
    if brightness < 0.025 { return .darkFeatureShadow }
    return nearInfrared - red > 0.4 * (nearInfrared + red) ? .vegetation : .notVegetated
  }
}
