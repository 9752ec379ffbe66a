internal import ArgumentParser
internal import Evaluation

/// `supertile evaluate IMAGE TRUTH`: one image against its truth, and its anchor.
struct EvaluateImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Measure one image (what `supertile evaluate IMAGE TRUTH` does).",
    discussion: """
      All are rasters of reflectance x 10000 (uint16 or int16; float32 holds reflectance itself), bands red, green, \
      blue; 0 is no data, in int16 where all bands are 0. IMAGE and TRUTH lie on one grid; LOWRES has pixels twice as \
      large and the same upper-left corner.

      PSNR takes the bands together; SSIM is Wang's (11 x 11 Gaussian, sigma 1.5), the mean of the bands; cPSNR leaves \
      each band's bias out; detail is the variance between 0.25 and 0.5 cycles per pixel in units of the truth's. With \
      --anchor: the image through Sentinel-2's optics against LOWRES, as in a certificate, and improvement, omission \
      and hallucination after opensr-test.

      Exit status: 0 if they were compared, 1 if they cannot be, 6 if interrupted, 64 for a mistake on the \
      command line.
      """)

  @Argument(help: "The image.") var image: String
  @Argument(help: "The truth.") var truth: String
  @Option(help: ArgumentHelp("The raster the image follows, at twice the pixel size.", valueName: "lowres"))
  var anchor: String?
  @Option(help: "Peak reflectance of PSNR, SSIM and cPSNR.") var range = 1.0
  @Flag(help: "Print JSON.") var json = false

  struct Record: Encodable {
    var image: String
    var truth: String
    var anchor: String?
    var range: Double
    var psnr: Double?
    var ssim: Double?
    var cpsnr: Double?
    var comparedPixels: Int
    var detail: Double?
    var consistency: Consistency?
    var correctness: Correctness?
  }

  mutating func validate() throws {
    guard range > 0, range.isFinite else { throw ValidationError("--range is \(range), expected a positive number") }
  }

  func run() throws {
    let display = ProgressDisplay()
    display.show("reading", 0)
    let (raster, truth) = (try ReflectanceRaster.read(image), try ReflectanceRaster.read(truth))
    let anchor = try anchor.map { try ReflectanceRaster.read($0, isInput: true) }
    let measures = try measure(raster, truth: truth, anchor: anchor, range: range) { display.show("measuring", $0) }
    display.clear()
    try Task.checkCancellation()
    if json { return try printJSON(record(measures)) }
    for line in Self.lines(measures) { try printLine(line) }
  }

  /// JSON has no infinity: equal images have no PSNR there.
  private func record(_ measures: ImageMeasures) -> Record {
    Record(
      image: image, truth: truth, anchor: anchor, range: range, psnr: measures.psnr.flatMap { $0.isFinite ? $0 : nil },
      ssim: measures.ssim, cpsnr: measures.cpsnr.flatMap { $0.isFinite ? $0 : nil },
      comparedPixels: measures.comparedPixels ?? 0, detail: measures.detail, consistency: measures.consistency,
      correctness: measures.correctness)
  }

  static func lines(_ measures: ImageMeasures) -> [String] {
    func shown(_ value: Double?, _ digits: Int, _ unit: String = "") -> String {
      value.map { $0.formatted(digits) + unit } ?? "-"
    }
    var lines = [
      "PSNR \(shown(measures.psnr, 2, " dB")), SSIM \(shown(measures.ssim, 4))",
      "cPSNR \(shown(measures.cpsnr, 2, " dB")), detail \(shown(measures.detail, 3)) of the truth's",
    ]
    if let seen = measures.consistency {
      lines.append(
        "through the optics against the anchor: mean |difference| \(shown(seen.meanAbsoluteDifference, 5)), RMSE "
          + "\(shown(seen.rmse, 5)), bias \(shown(seen.worstBias, 5)), 8 x 8 means \(shown(seen.blockMeanRMSE, 5)), "
          + "spectral angle \(shown(seen.spectralAngleDegrees, 3)) degrees, shift \(shown(seen.shiftRows, 3)), "
          + "\(shown(seen.shiftColumns, 3)) pixels")
      lines.append("2 x 2 means against the anchor: RMSE \(shown(seen.boxRMSE, 5))")
    }
    if let correctness = measures.correctness {
      lines.append(
        "improvement \(shown(correctness.improvement, 3)), omission \(shown(correctness.omission, 3)), hallucination "
          + "\(shown(correctness.hallucination, 3)), synthesis \(shown(correctness.synthesis, 5))")
    }
    return lines
  }
}
