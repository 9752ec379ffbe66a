/// What the figures of a report mean, with every parameter.
enum Definitions {
  static func all(_ evaluation: SetEvaluation) -> [(term: String, text: String)] {
    let peak = decimal(evaluation.range, 4).trimmingZeros
    let chosen = evaluation.correctnessParameters
    return [
      (
        "Rasters",
        "surface reflectance of red, green and blue; a pixel without data in any raster of a pair counts nowhere."
      ),
      ("PSNR", "10 log10(R^2 / MSE), bands taken together, R = \(peak) reflectance."),
      (
        "SSIM",
        "Wang et al. 2004: Gaussian window of 11 x 11 pixels, sigma 1.5, K1 0.01, K2 0.03, R = \(peak), population "
          + "covariance, whole windows only; the mean of each band, then of the bands."
      ),
      ("cPSNR", "PSNR after the mean difference of each band is taken out; no shift is searched for."),
      (
        "Consistency",
        "the image through a Gaussian point spread with a modulation transfer of 0.3 at the anchor's Nyquist frequency, "
          + "sampled at the centres of the anchor's pixels, minus the anchor; means over the bands (quadratic for RMSE). "
          + "Shift: the length of the shift between the two, anchor pixels, estimated from intensities."
      ),
      (
        "Improvement, omission, hallucination",
        "opensr-test: normalised difference |x - y| / |x + y|, mean of the bands; the anchor upsampled bilinearly; the "
          + "image's histogram matched to the truth's band by band, and the image moved by whole pixels where its content is "
          + "shifted; \(chosen.border) pixels left out along the edges; pixels where a distance exceeds percentile "
          + "\(decimal(chosen.percentile, 1).trimmingZeros) of the anchor's distance to the truth; "
          + "lambda \(decimal(chosen.lambda, 4).trimmingZeros), "
          + "soft minimum with T = \(decimal(chosen.temperature, 4).trimmingZeros)."
      ),
      (
        "Power spectrum",
        "squares of up to 256 pixels that overlap by half, mean removed, Hann window, |F|^2 averaged over rings of equal "
          + "frequency, squares and bands."
      ),
      (
        "Histogram overlap",
        "the sum over bins of 0.0025 reflectance of the smaller share, image and anchor; the mean of the bands. Even the "
          + "true image stays below 1: it has brighter and darker pixels than the anchor."
      ),
      (
        "Bold",
        "the best of its row (of its subset, where methods are rows), after rounding. A dash is a figure that "
          + "cannot be measured. \"(3 of 4)\", beside a figure or a method, says that only so "
          + "many scenes of the subset have the figure; such a mean is not compared with one over more scenes."
      ),
    ]
  }
}
