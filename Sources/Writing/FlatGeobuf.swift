package import GDALAdapter

/// The same buildings as a FlatGeobuf: one file with a spatial index, that maps read piece by piece.
package enum FlatGeobuf {
  /// - Parameters:
  ///   - path: GeoJSON of buildings.
  ///   - target: a path that does not exist.
  /// - Throws: `GDALError`.
  package static func write(_ path: String, to target: String) throws(GDALError) {
    try VectorFile.copy(path, to: target, driver: "FlatGeobuf", layer: "buildings", fields: fields)
  }

  /// The same for every file, also where there is no building, or nothing is known: files of several tiles fit together.
  private static let fields = [
    VectorField("id", .text), VectorField("confidence", .real), VectorField("area_m2", .real),
    VectorField("n_views", .integer), VectorField("datetime", .time), VectorField("start_datetime", .time),
    VectorField("end_datetime", .time), VectorField("tile", .text), VectorField("item", .text),
    VectorField("model", .text),
  ]
}
