internal import Geometry
package import Raster

/// How often reflectances occur in each band (paper figure 10): equal bins from 0 on.
package struct Histogram: Sendable, Codable, Equatable {
  /// Reflectance covered by one bin.
  package let binWidth: Double
  /// Pixels in each bin of each band; bin k holds k x width up to, but without, (k + 1) x width.
  package private(set) var counts: [[Int]]
  /// Values of each band below 0 or beyond the last bin.
  package private(set) var outside: [Int]

  /// Reflectances are multiples of 0.0001 that 32-bit floats round up or down: a value this near below a bin's edge,
  /// in bins, belongs above it.
  private static let roundingError = 1e-4

  /// - Parameter top: where the last bin ends.
  package init(of image: FloatImage, isValid: [Bool], bins: Int = 400, top: Double = 1) {
    binWidth = top / Double(bins)
    counts = []
    outside = []
    let plane = image.size.pixelCount
    for band in 0..<image.bands {
      var (inBins, beyond) = ([Int](repeating: 0, count: bins), 0)
      for pixel in 0..<plane where isValid[pixel] {
        let position = Double(image.pixels[band * plane + pixel]) / top * Double(bins) + Self.roundingError
        if position >= 0, position < Double(bins) { inBins[Int(position)] += 1 } else { beyond += 1 }
      }
      counts.append(inBins)
      outside.append(beyond)
    }
  }

  /// Adds the pixels of another image.
  /// - Precondition: the same bands and bins.
  package mutating func add(_ other: Histogram) {
    precondition(counts.map(\.count) == other.counts.map(\.count) && binWidth == other.binWidth, "other bins")
    for band in counts.indices {
      for bin in counts[band].indices { counts[band][bin] += other.counts[band][bin] }
      outside[band] += other.outside[band]
    }
  }

  /// Share of a band's pixels in each bin.
  package func shares(band: Int) -> [Double] {
    let total = Double(max(counts[band].reduce(outside[band], +), 1))
    return counts[band].map { Double($0) / total }
  }

  /// What two distributions have in common, 0 to 1: the sum of the smaller share of each bin, the mean of the bands.
  package func overlap(with other: Histogram) -> Double {
    let perBand = counts.indices.map { band in
      zip(shares(band: band), other.shares(band: band)).reduce(0) { $0 + min($1.0, $1.1) }
    }
    return perBand.reduce(0, +) / Double(max(perBand.count, 1))
  }
}
