/// Classes of the scene classification layer (SCL, 20 m) of Level-2A products.
///
/// Source: `Scene_Classification_List` of MTD_MSIL2A.xml; 5 and 7 had other names before baseline 04.00.
package enum SceneClass: UInt8, Sendable, CaseIterable, Codable {
  case noData = 0
  case saturatedOrDefective = 1
  case darkFeatureShadow = 2
  case cloudShadow = 3
  case vegetation = 4
  case notVegetated = 5
  case water = 6
  case unclassified = 7
  case cloudMediumProbability = 8
  case cloudHighProbability = 9
  case thinCirrus = 10
  case snowOrIce = 11

  /// The classes masked by default: no data, defective, cloud shadow, clouds, cirrus, snow.
  package static let defaultMask: Set<UInt8> = [0, 1, 3, 8, 9, 10, 11]
  /// The paper counts class 9 alone as cloud (sec. 2.1.2); no data is always masked.
  package static let paperMask: Set<UInt8> = [0, 9]
}
