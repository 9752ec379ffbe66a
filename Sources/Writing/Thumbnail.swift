package import GDALAdapter
internal import Geometry
private import Raster

/// A small picture of a published raster, for people who look through a catalogue.
package enum Thumbnail {
  /// Longest side, pixels.
  package static let longestSide = 512

  /// Writes a PNG of the first three bands (or of the first band alone, in grey). No data is transparent.
  ///
  /// All bands share the stretch of `DisplayStretch`.
  /// - Parameters:
  ///   - raster: a cloud optimised GeoTIFF with a no data value.
  ///   - path: where the PNG goes.
  /// - Throws: `GDALError`.
  package static func write(of raster: String, to path: String) throws(GDALError) {
    let file = try RasterFile.openGeoTIFF(raster)
    let bands = file.bandCount >= 3 ? 3 : 1
    let noData = try file.noData(ofBand: 0) ?? 0
    // The smallest overview that is at least as large as the picture.
    let overviews = try file.overviewSizes(ofBand: 0)
    let source = overviews.last { max($0.rows, $0.columns) >= longestSide } ?? file.size
    let shrink = max(1, Double(max(source.rows, source.columns)) / Double(longestSide))
    let size = RasterSize(
      rows: max(1, Int((Double(source.rows) / shrink).rounded())),
      columns: max(1, Int((Double(source.columns) / shrink).rounded())))
    var planes: [[Float]] = []
    for band in 0..<bands {
      let pixels = try file.read(Float.self, band: band, window: file.size.window, resampledTo: source)
      planes.append(shrunk(pixels, from: source, to: size, noData: Float(noData)))
    }
    let stretch = DisplayStretch(planes.joined())
    let picture = try RasterFile.create("", driver: "MEM", size: size, bands: bands + 1, type: .uint8)
    for (index, plane) in planes.enumerated() {
      try picture.write(plane.map(stretch.byte), band: index, window: size.window)
      try picture.setColor(bands == 1 ? .gray : [.red, .green, .blue][index], band: index)
    }
    let alpha = (0..<size.pixelCount).map { pixel in UInt8(planes.allSatisfy { !$0[pixel].isNaN } ? 255 : 0) }
    try picture.write(alpha, band: bands, window: size.window)
    try picture.setColor(.alpha, band: bands)
    try picture.copy(to: path, driver: "PNG", options: ["ZLEVEL=9"])
  }

  /// Mean of the valid pixels under each pixel of a smaller raster; NaN where there are none.
  static func shrunk(_ pixels: [Float], from source: RasterSize, to size: RasterSize, noData: Float) -> [Float] {
    func span(_ index: Int, _ count: Int, _ sourceCount: Int) -> Range<Int> {
      let first = index * sourceCount / count
      return first..<max(first + 1, (index + 1) * sourceCount / count)
    }
    var result = [Float](repeating: .nan, count: size.pixelCount)
    for row in 0..<size.rows {
      for column in 0..<size.columns {
        var sum: Float = 0
        var valid = 0
        for sourceRow in span(row, size.rows, source.rows) {
          for sourceColumn in span(column, size.columns, source.columns) {
            let value = pixels[sourceRow * source.columns + sourceColumn]
            if value != noData {
              sum += value
              valid += 1
            }
          }
        }
        if valid > 0 { result[row * size.columns + column] = sum / Float(valid) }
      }
    }
    return result
  }
}
