package import GDALAdapter

/// The same buildings as a FlatGeobuf: one file with a spatial index, that maps read piece by piece.
package enum FlatGeobuf {
  /// - Parameters:
  ///   - path: GeoJSON of buildings.
  ///   - target: a path that does not exist.
  /// - Throws: `GDALError`.
  package static func write(_ path: String, to target: String) throws(GDALError) {
    try VectorFile.copy(
      path, to: target, driver: "FlatGeobuf", options: ["-nlt", "PROMOTE_TO_MULTI", "-nln", "buildings"])
  }
}
