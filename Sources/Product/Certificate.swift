/// How far the published image, seen through Sentinel-2's optics, agrees with the anchor. Computed on the written
/// file, over the low-resolution pixels where the anchor is clear; stored in the STAC item.
///
/// All differences are reflectances (modelled minus anchor).
package struct Certificate: Sendable, Codable, Equatable {
  /// Limits of the contract: a little more than the sensor's noise of 0.0015, and what averaging leaves of it.
  package enum Limit {
    package static let rmse = 0.002
    package static let bias = 0.0001
    package static let blockMeanRMSE = 0.0005
  }

  /// One band's agreement.
  package struct Band: Sendable, Codable, Equatable {
    /// `B04`.
    package var name: String
    /// Root mean square difference through the sensor model; of the 2 x 2 means where `consistency` is `box`.
    package var rmse: Double
    /// Mean difference, of the same.
    package var bias: Double
    /// Root mean square difference of the means of 8 x 8 low-resolution blocks.
    package var blockMeanRMSE: Double
    /// Root mean square difference between the plain 2 x 2 mean and the anchor (the paper's measure; for the report).
    package var boxRMSE: Double
    /// Mean difference between the plain 2 x 2 mean and the anchor.
    package var boxBias: Double

    package init(
      name: String, rmse: Double, bias: Double, blockMeanRMSE: Double, boxRMSE: Double, boxBias: Double
    ) {
      self.name = name
      self.rmse = rmse
      self.bias = bias
      self.blockMeanRMSE = blockMeanRMSE
      self.boxRMSE = boxRMSE
      self.boxBias = boxBias
    }
  }

  /// Where the anchor is masked, the same against what the pixels come from: the median of the other views, harmonised.
  package struct Fill: Sendable, Codable, Equatable {
    /// One band's agreement through the sensor model.
    package struct Band: Sendable, Codable, Equatable {
      package var name: String
      package var rmse: Double
      package var bias: Double

      package init(name: String, rmse: Double, bias: Double) {
        self.name = name
        self.rmse = rmse
        self.bias = bias
      }
    }
    package var bands: [Band]
    /// Low-resolution pixels the figures are computed over, 1 or more.
    package var comparedPixels: Int

    package init(bands: [Band], comparedPixels: Int) {
      self.bands = bands
      self.comparedPixels = comparedPixels
    }
  }

  /// What the other views show where the anchor is clear, too: the difference of their median from the anchor.
  package struct Others: Sendable, Codable, Equatable {
    /// Reflectance, others minus anchor.
    package struct Band: Sendable, Codable, Equatable {
      package var name: String
      /// Once harmonised.
      package var rmse: Double
      package var bias: Double
      /// The mean difference before.
      package var unharmonisedBias: Double

      package init(name: String, rmse: Double, bias: Double, unharmonisedBias: Double) {
        self.name = name
        self.rmse = rmse
        self.bias = bias
        self.unharmonisedBias = unharmonisedBias
      }
    }
    package var bands: [Band]
    /// Low-resolution pixels of a lattice the figures are computed over, 1 or more.
    package var comparedPixels: Int

    package init(bands: [Band], comparedPixels: Int) {
      self.bands = bands
      self.comparedPixels = comparedPixels
    }
  }

  /// Agreement square by square: beside the contract, whose figures are those of the whole image.
  package struct Squares: Sendable, Codable, Equatable {
    /// Of a square, low-resolution pixels: 640 m.
    package static let side = 64

    /// One square of `side` x `side` pixels, smaller at the right and lower edge.
    package struct Square: Sendable, Codable, Equatable {
      /// Its first pixel, low-resolution pixels of the image from 0.
      package var row, column: Int
      /// The band that agrees least.
      package var band: String
      package var rmse: Double
      package var bias: Double

      package init(row: Int, column: Int, band: String, rmse: Double, bias: Double) {
        self.row = row
        self.column = column
        self.band = band
        self.rmse = rmse
        self.bias = bias
      }

      /// RMSE in units of its limit, or bias in units of that of 8 x 8 means, whichever is more: outside above 1.
      package var excess: Double { max(rmse / Limit.rmse, abs(bias) / Limit.blockMeanRMSE) }
    }
    /// Squares of which at least a quarter (of a whole one) could be compared, 1 or more.
    package var count: Int
    /// Those of them with a band whose RMSE is beyond its limit, or whose bias is beyond that of the 8 x 8 means.
    package var outside: Int
    package var worst: Square

    package init(count: Int, outside: Int, worst: Square) {
      self.count = count
      self.outside = outside
      self.worst = worst
    }
  }

  /// `sensor` (Gaussian point spread, the contract) or `box` (the paper's 2 x 2 mean).
  package var consistency: String
  package var bands: [Band]
  /// Mean spectral angle between modelled output and anchor, degrees.
  package var spectralAngleDegrees: Double
  /// Estimated shift of the modelled output against the anchor, low-resolution pixels; nil where it cannot be told.
  package var shiftRows: Double?
  package var shiftColumns: Double?
  /// Low-resolution pixels the figures are computed over.
  package var comparedPixels: Int
  /// Samples (pixel and band) clamped into the valid range 1...65535 when written.
  package var clampedSamples: Int
  /// Share of the published (valid) pixels that come from other views because the anchor is masked, 0 to 1.
  package var fallbackFraction: Double
  /// Share of the tile without any clear view, 0 to 1.
  package var emptyFraction: Double
  /// Beside the contract, which is about the anchor; nil where the anchor is clear wherever any view is.
  package var fill: Fill?
  /// Nil where nothing is clear in the anchor and another view.
  package var others: Others?
  /// Nil where no square could be compared.
  package var squares: Squares?

  package init(
    consistency: String, bands: [Band], spectralAngleDegrees: Double, shiftRows: Double?, shiftColumns: Double?,
    comparedPixels: Int, clampedSamples: Int, fallbackFraction: Double, emptyFraction: Double, fill: Fill? = nil,
    others: Others? = nil, squares: Squares? = nil
  ) {
    self.consistency = consistency
    self.bands = bands
    self.spectralAngleDegrees = spectralAngleDegrees
    self.shiftRows = shiftRows
    self.shiftColumns = shiftColumns
    self.comparedPixels = comparedPixels
    self.clampedSamples = clampedSamples
    self.fallbackFraction = fallbackFraction
    self.emptyFraction = emptyFraction
    self.fill = fill
    self.others = others
    self.squares = squares
  }

  /// Whether there is something to compare, and every band keeps the limits of the contract, in the measure that was asked for.
  package var isWithinLimits: Bool {
    comparedPixels > 0
      && bands.allSatisfy {
        $0.rmse <= Limit.rmse && abs($0.bias) <= Limit.bias && $0.blockMeanRMSE <= Limit.blockMeanRMSE
      }
  }

  /// How much brighter than the other views the anchor is at least, in every band; nil where that is too little to tell
  /// haze, cloud, snow or a missing offset from a change of season.
  package var anchorBrighterBy: Double? {
    guard let least = others?.bands.map({ -$0.unharmonisedBias }).min(), least > 0.05 else { return nil }
    return least
  }
}
