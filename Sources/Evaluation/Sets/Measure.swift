/// A figure of a table: how it is called, how it is written, and which value is the best.
package enum Measure: String, Sendable, CaseIterable {
  case psnr, ssim, cpsnr, detail
  case difference, rmse, bias, blockMeans, angle, shift, box, histogramOverlap
  case improvement, omission, hallucination, synthesis

  package enum Best: Sendable {
    case highest, lowest, nearestToOne
    /// Reported, not judged.
    case none
  }

  package static let againstTruth: [Measure] = [.psnr, .ssim]
  package static let consistency: [Measure] = [
    .difference, .rmse, .bias, .blockMeans, .angle, .shift, .box, .histogramOverlap,
  ]
  package static let correctness: [Measure] = [.improvement, .omission, .hallucination, .synthesis]

  package var title: String {
    switch self {
    case .psnr: "PSNR"
    case .ssim: "SSIM"
    case .cpsnr: "cPSNR"
    case .detail: "Detail"
    case .difference: "Mean |difference|"
    case .rmse: "RMSE"
    case .bias: "|Bias|"
    case .blockMeans: "RMSE of 8 x 8 means"
    case .angle: "Spectral angle (degrees)"
    case .shift: "Shift (pixels)"
    case .box: "RMSE of 2 x 2 means"
    case .histogramOverlap: "Histogram overlap"
    case .improvement: "Improvement"
    case .omission: "Omission"
    case .hallucination: "Hallucination"
    case .synthesis: "Synthesis"
    }
  }

  /// Digits behind the point.
  var decimals: Int {
    switch self {
    case .psnr, .cpsnr, .detail: 2
    case .ssim, .angle, .shift, .histogramOverlap, .improvement, .omission, .hallucination: 3
    case .synthesis: 4
    case .difference, .rmse, .bias, .blockMeans, .box: 5
    }
  }

  package var best: Best {
    switch self {
    case .psnr, .ssim, .cpsnr, .improvement: .highest
    case .difference, .rmse, .bias, .blockMeans, .angle, .shift, .omission, .hallucination: .lowest
    case .detail: .nearestToOne
    case .box, .histogramOverlap, .synthesis: .none
    }
  }

  /// Larger is better; nil for what is not judged.
  func merit(_ value: Double) -> Double? {
    switch best {
    case .highest: value
    case .lowest: -value
    case .nearestToOne: -abs(value - 1)
    case .none: nil
    }
  }

  package func value(_ measures: ImageMeasures) -> Double? {
    switch self {
    case .psnr: measures.psnr
    case .ssim: measures.ssim
    case .cpsnr: measures.cpsnr
    case .detail: measures.detail
    case .difference: measures.consistency?.meanAbsoluteDifference
    case .rmse: measures.consistency?.rmse
    case .bias: (measures.consistency?.worstBias).map(abs)
    case .blockMeans: measures.consistency?.blockMeanRMSE
    case .angle: measures.consistency?.spectralAngleDegrees
    case .shift: measures.consistency?.shift
    case .box: measures.consistency?.boxRMSE
    case .histogramOverlap: measures.histogramOverlap
    case .improvement: measures.correctness?.improvement
    case .omission: measures.correctness?.omission
    case .hallucination: measures.correctness?.hallucination
    case .synthesis: measures.correctness?.synthesis
    }
  }
}
