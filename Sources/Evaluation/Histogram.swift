internal import Geometry
package import Raster

/// Shares of a band's valid pixels in bins of equal width from 0 to `top` (the paper's figure 10); the last bin also
/// takes what lies above.
package struct Histogram: Sendable, Codable, Equatable {
  /// Upper end of the last bin, reflectance.
  package var top: Double
  /// One list of shares a band; each sums to 1.
  package var shares: [[Double]]
}

/// - Parameter bins: number of bins.
package func histogram(_ image: FloatImage, isValid: [Bool], top: Double, bins: Int = 64) -> Histogram {
  let plane = image.size.pixelCount
  let shares = (0..<image.bands).map { band -> [Double] in
    var counts = [Int](repeating: 0, count: bins)
    for pixel in 0..<plane where isValid[pixel] {
      let position = Double(image.pixels[band * plane + pixel]) / top * Double(bins)
      counts[min(max(Int(position.rounded(.down)), 0), bins - 1)] += 1
    }
    let total = max(counts.reduce(0, +), 1)
    return counts.map { Double($0) / Double(total) }
  }
  return Histogram(top: top, shares: shares)
}
