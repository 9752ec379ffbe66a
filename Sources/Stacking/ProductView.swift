package import GDALAdapter
internal import Geometry
package import Product
internal import Storage

/// What to take from a product's pixels.
package struct MaskingRules: Sendable, Codable, Hashable {
  /// Scene classes that mask a pixel.
  package var maskClasses: Set<UInt8>
  /// Pixels dropped around missing data.
  package var swathEdgeMargin: Int

  package init(maskClasses: Set<UInt8> = SceneClass.defaultMask, swathEdgeMargin: Int = 2) {
    self.maskClasses = maskClasses
    self.swathEdgeMargin = swathEdgeMargin
  }
}

extension ViewRaster {
  /// Decodes one revisit as a whole.
  /// - Parameters:
  ///   - parts: products of one revisit, on the same grid with the same bands.
  ///   - scratch: folder for the mapped file and for members of zip archives.
  /// - Throws: `GDALError`, `StorageError`, `StackingError`.
  package static func load(parts: [Product], rules: MaskingRules, scratch: String, name: String) throws -> ViewRaster {
    let revisit = try RevisitSource(parts: parts, rules: rules, scratch: scratch, name: name)
    try revisit.decode(revisit.view.size.window)
    revisit.view.trimSwathEdge(margin: rules.swathEdgeMargin)
    revisit.view.release()
    return revisit.view
  }

  /// Reflectance as a count, kept inside the range of valid counts.
  package static func count(ofReflectance reflectance: Float) -> Int16 {
    let count = (reflectance * countsPerReflectance).rounded()
    return Int16(min(max(count, Float(lowestCount)), 32_767))
  }
}

/// Scene classes of a revisit delivered in several parts: per pixel the first part that saw it.
/// - Returns: number of 20 m pixels in each of the 12 classes.
/// - Throws: `GDALError`.
package func mosaickedClassCounts(_ parts: [Product]) throws(GDALError) -> [Int] {
  if parts.count == 1 { return parts[0].sceneClassCounts }
  var merged: [UInt8] = []
  for part in parts {
    let file = try RasterFile.open(part.sceneClassification.path, drivers: ["JP2OpenJPEG", "GTiff"])
    let classes = try file.read(UInt8.self, band: 0, window: file.size.window)
    if merged.isEmpty {
      merged = classes
    } else {
      guard classes.count == merged.count else {
        throw GDALError(
          call: "read", path: part.sceneClassification.path,
          message: "it has \(classes.count) pixels, \(parts[0].name) of the same revisit \(merged.count)")
      }
      for index in merged.indices where merged[index] == 0 { merged[index] = classes[index] }
    }
  }
  var counts = [Int](repeating: 0, count: 12)
  for value in merged where value < 12 { counts[Int(value)] += 1 }
  return counts
}
