internal import ArgumentParser
internal import Evaluation

/// `supertile evaluate`: how near an image comes to a truth.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compare an image with a truth: PSNR and SSIM.",
    discussion: """
      Both are rasters of reflectance x 10000 on one grid, bands red, green, blue; 0 is no data. PSNR takes the bands \
      together; SSIM is Wang's (11 x 11 Gaussian, sigma 1.5), the mean of the bands.

      Exit status: 0 if they were compared, 1 if they cannot be, 64 for a mistake on the command line.
      """)

  @Argument(help: "The image.") var image: String
  @Argument(help: "The truth.") var truth: String
  @Option(help: "Peak reflectance of both measures.") var range = 1.0
  @Flag(help: "Print JSON.") var json = false

  struct Record: Encodable {
    var image: String
    var truth: String
    var range: Double
    var psnr: Double?
    var ssim: Double?
    var comparedPixels: Int
  }

  func run() throws {
    guard range > 0, range.isFinite else { throw ValidationError("--range is \(range), expected a positive number") }
    let pair = try readPair(image: image, truth: truth)
    let psnr = peakSignalToNoise(pair, range: range)
    let record = Record(
      image: image, truth: truth, range: range, psnr: psnr.flatMap { $0.isFinite ? $0 : nil },
      ssim: structuralSimilarity(pair, range: range), comparedPixels: pair.isValid.count { $0 })
    if json { return try printJSON(record) }
    try printLine("PSNR \(psnr.map { "\($0.formatted(2)) dB" } ?? "-"), SSIM \(record.ssim?.formatted(4) ?? "-")")
  }
}
