import Geometry

/// A grid of 5 m in zone 31.
func grid(rows: Int = 128, columns: Int = 128) -> GridGeometry {
  GridGeometry(
    epsg: 32631, upperLeftX: 300_000, upperLeftY: 4_900_020, pixelWidth: 5, pixelHeight: 5,
    size: RasterSize(rows: rows, columns: columns))
}
