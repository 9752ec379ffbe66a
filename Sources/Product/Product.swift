package import Foundation
package import Geometry

/// A Level-2A product that can be used: its identity, its geometry, and where its pixels are.
///
/// Everything here comes from the product's own metadata (MTD_MSIL2A.xml, MTD_TL.xml, manifest.safe), not from the
/// name of the folder or archive it was found in.
package struct Product: Sendable, Codable, Hashable {
  /// PRODUCT_URI without `.SAFE`: the full product name.
  package var name: String
  /// What the operator handed in: a `.SAFE` directory or a zip archive.
  package var location: String
  /// `S2A`, `S2B`, ...
  package var mission: String
  package var tile: MGRSTile
  package var baseline: ProcessingBaseline
  /// DATATAKE_SENSING_START.
  package var datatakeStart: Date
  /// SENSING_TIME of MTD_TL: when this tile was seen.
  package var sensingTime: Date
  package var generationTime: Date
  /// SENSING_ORBIT_NUMBER, 1 to 143.
  package var relativeOrbit: Int
  /// DATASTRIP_ID of MTD_TL without its processing time: station and start tell complementary parts apart.
  package var datastrip: String
  /// The 10 m grid of the tile.
  package var grid: GridGeometry
  /// The reflectance bands, in the order the model wants them.
  package var bands: [ReflectanceBand]
  /// The 20 m scene classification.
  package var sceneClassification: ProductFile
  /// Number of 20 m pixels in each class of the scene classification, index = class, 12 entries.
  package var sceneClassCounts: [Int]
  /// Share of the tile without data, per cent, as the metadata states it; nil where it does not.
  package var statedNoDataPercent: Double?
  /// Cloud share, per cent, as the metadata states it (medium, high and cirrus); nil where it does not.
  package var statedCloudPercent: Double?
  /// What is unusual but no obstacle: files pruned, stub manifest, a folder name that disagrees.
  package var notes: [String]

  package init(
    name: String, location: String, mission: String, tile: MGRSTile, baseline: ProcessingBaseline,
    datatakeStart: Date, sensingTime: Date, generationTime: Date, relativeOrbit: Int, datastrip: String,
    grid: GridGeometry, bands: [ReflectanceBand], sceneClassification: ProductFile, sceneClassCounts: [Int],
    statedNoDataPercent: Double?,
    statedCloudPercent: Double?, notes: [String]
  ) {
    self.name = name
    self.location = location
    self.mission = mission
    self.tile = tile
    self.baseline = baseline
    self.datatakeStart = datatakeStart
    self.sensingTime = sensingTime
    self.generationTime = generationTime
    self.relativeOrbit = relativeOrbit
    self.datastrip = datastrip
    self.grid = grid
    self.bands = bands
    self.sceneClassification = sceneClassification
    self.sceneClassCounts = sceneClassCounts
    self.statedNoDataPercent = statedNoDataPercent
    self.statedCloudPercent = statedCloudPercent
    self.notes = notes
  }

  /// What tells copies of one product apart: digests of the files that are used, and what turns counts into reflectance.
  package var contents: [String] { [sceneClassification.digest] + bands.map(\.file.digest) + oddRadiometry }

  /// Offsets and quantification values where they are not those that products of the baseline have, so that what most
  /// products are known by does not hang on them: ESA has changed both for products with the same images.
  package var oddRadiometry: [String] {
    let usual = baseline < ProcessingBaseline(4, 0) ? 0.0 : -1000
    return bands.filter { $0.addOffset != usual || $0.quantification != 10_000 }
      .map { "\($0.name) \($0.addOffset) \($0.quantification)" }
  }

  /// Share of the tile in the given scene classes, per cent, counted in the scene classification.
  package func percent(ofClasses classes: Set<UInt8>) -> Double {
    let total = sceneClassCounts.reduce(0, +)
    guard total > 0 else { return 100 }
    let counted = sceneClassCounts.enumerated().reduce(0) {
      classes.contains(UInt8($1.offset)) ? $0 + $1.element : $0
    }
    return 100 * Double(counted) / Double(total)
  }
}

/// A file of a product.
package struct ProductFile: Sendable, Codable, Hashable {
  /// Path that GDAL opens; inside an archive it starts with `/vsizip/`.
  package var path: String
  /// Path inside the product, `GRANULE/.../T31TCJ_..._B04_10m.jp2`.
  package var member: String
  /// Size in bytes.
  package var size: Int
  /// Hexadecimal digest that was verified: the manifest's own, or SHA-256 where the manifest is a stub.
  package var digest: String

  package init(path: String, member: String, size: Int, digest: String) {
    self.path = path
    self.member = member
    self.size = size
    self.digest = digest
  }
}

/// A reflectance band: reflectance = (count + addOffset) / quantification, count 0 is no data (tested before the
/// offset is added).
package struct ReflectanceBand: Sendable, Codable, Hashable {
  /// `B04`.
  package var name: String
  package var file: ProductFile
  /// BOA_ADD_OFFSET of this band, counts; 0 where the metadata has no list.
  package var addOffset: Double
  /// BOA_QUANTIFICATION_VALUE, counts per unit reflectance.
  package var quantification: Double

  package init(name: String, file: ProductFile, addOffset: Double, quantification: Double) {
    self.name = name
    self.file = file
    self.addOffset = addOffset
    self.quantification = quantification
  }
}
