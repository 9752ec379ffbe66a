package import Geometry

extension ViewRaster {
  /// Mean of the bands as an intensity (reflectance), NaN where the pixel is not clear.
  package func intensity(_ window: PixelWindow) -> [Float] {
    let all = (0..<bands).map { counts(band: $0) }
    let scale = 1 / (Float(bands) * Self.countsPerReflectance)
    var result: [Float] = []
    result.reserveCapacity(window.pixelCount)
    for row in window.row..<window.endRow {
      for column in window.column..<window.endColumn {
        let index = row * size.columns + column
        result.append(
          all[0][index] < Self.lowestCount ? .nan : all.reduce(Float(0)) { $0 + Float($1[index]) } * scale)
      }
    }
    return result
  }
}
