private import Foundation
internal import Product

/// The figures of Quality_Indicators_Info, from the number of 20 m pixels in each scene class.
struct ClassShares: Sendable {
  let counts: [Int]

  /// Share of all pixels without data, per cent.
  var noDataPercent: Double { percent(of: [.noData], in: counts.reduce(0, +)) }

  /// Share of the pixels with data, per cent.
  func percent(_ classes: SceneClass...) -> Double {
    percent(of: classes, in: counts.reduce(0, +) - counts[0])
  }

  /// Medium, high and cirrus: Cloud_Coverage_Assessment.
  var cloudPercent: Double { percent(.cloudMediumProbability, .cloudHighProbability, .thinCirrus) }

  private func percent(of classes: [SceneClass], in total: Int) -> Double {
    total == 0 ? 0 : 100 * Double(classes.reduce(0) { $0 + counts[Int($1.rawValue)] }) / Double(total)
  }

  /// Six decimals, as the XML has them.
  static func text(_ value: Double) -> String { String(format: "%.6f", value) }

  /// The elements both metadata files share, from NODATA_PIXEL_PERCENTAGE on.
  var elements: [(name: String, value: String)] {
    [
      ("NODATA_PIXEL_PERCENTAGE", Self.text(noDataPercent)),
      ("SATURATED_DEFECTIVE_PIXEL_PERCENTAGE", Self.text(percent(.saturatedOrDefective))),
      ("DARK_FEATURES_PERCENTAGE", Self.text(percent(.darkFeatureShadow))),
      ("CLOUD_SHADOW_PERCENTAGE", Self.text(percent(.cloudShadow))),
      ("VEGETATION_PERCENTAGE", Self.text(percent(.vegetation))),
      ("NOT_VEGETATED_PERCENTAGE", Self.text(percent(.notVegetated))),
      ("WATER_PERCENTAGE", Self.text(percent(.water))),
      ("UNCLASSIFIED_PERCENTAGE", Self.text(percent(.unclassified))),
      ("MEDIUM_PROBA_CLOUDS_PERCENTAGE", Self.text(percent(.cloudMediumProbability))),
      ("HIGH_PROBA_CLOUDS_PERCENTAGE", Self.text(percent(.cloudHighProbability))),
      ("THIN_CIRRUS_PERCENTAGE", Self.text(percent(.thinCirrus))),
      ("SNOW_ICE_PERCENTAGE", Self.text(percent(.snowOrIce))),
      ("RADIATIVE_TRANSFER_ACCURACY", "0.0"), ("WATER_VAPOUR_RETRIEVAL_ACCURACY", "0.0"),
      ("AOT_RETRIEVAL_ACCURACY", "0.0"),
    ]
  }
}
