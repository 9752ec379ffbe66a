internal import Foundation
internal import Product

extension Certificate {
  /// The certificate for people.
  /// - Parameter end: of the warning of an image that does not agree.
  func text(warning end: String = "") -> String {
    let shares =
      "  from other views \((100 * fallbackFraction).formatted(2)) %, empty \((100 * emptyFraction).formatted(2)) %, "
      + "clamped \(clampedSamples) samples"
    guard comparedPixels > 0 else {
      return
        "  WARNING: nothing could be compared with the anchor: none of its pixels is clear with all around it\(end)\n\(shares)"
    }
    var lines = bands.map { band in
      "  \(band.name)  RMSE \(band.rmse.formatted(5)), bias \(band.bias.formatted(6)), "
        + "8 x 8 means \(band.blockMeanRMSE.formatted(5)); 2 x 2 mean: RMSE \(band.boxRMSE.formatted(5))"
    }
    let shift =
      shiftRows.flatMap { rows in shiftColumns.map { "\(rows.formatted(3)) rows, \($0.formatted(3)) columns" } }
      ?? "not measurable"
    lines.append("  spectral angle \(spectralAngleDegrees.formatted(3)) degrees, shift \(shift)")
    lines.append(shares)
    if let fill {
      let (rmse, bias) = (fill.bands.map(\.rmse).max() ?? 0, fill.bands.map { abs($0.bias) }.max() ?? 0)
      lines.append("  there, against what was made: RMSE \(rmse.formatted(5)), bias \(bias.formatted(6)) at most")
    }
    if let others {
      let rmse = others.bands.map(\.rmse).max() ?? 0
      lines.append("  other views where the anchor is clear: RMSE \(rmse.formatted(5)) at most, harmonised")
    }
    if let anchorBrighterBy {
      lines.append(
        "  NOTE: the anchor is brighter than the other views by \(anchorBrighterBy.formatted(3)) or more in every band: haze "
          + "or snow that its scene classification misses, or an offset that was not applied; another anchor may be better"
      )
    }
    if let squares, consistency != "none" {
      let worst = squares.worst
      lines.append(
        "  of \(squares.count) squares of \(Squares.side) x \(Squares.side) pixels \(squares.outside) outside the limits; "
          + "worst at row \(worst.row), column \(worst.column): \(worst.band) RMSE \(worst.rmse.formatted(5)), "
          + "bias \(worst.bias.formatted(5))")
    }
    if consistency != "none" {
      lines.append(
        isWithinLimits
          ? "  agrees with the anchor within the limits"
          : "  WARNING: does not agree with the anchor within the limits (RMSE \(Limit.rmse), bias \(Limit.bias), "
            + "8 x 8 means \(Limit.blockMeanRMSE))\(end)")
    }
    return lines.joined(separator: "\n")
  }
}

extension Double {
  func formatted(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
