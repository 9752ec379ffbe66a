internal import ArgumentParser
internal import Evaluation
internal import Storage

/// `supertile evaluate`: how near images come to a truth, and whether they agree with the anchor.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Compare images with a truth and with their anchor.",
    subcommands: [EvaluateImageCommand.self, EvaluateSetCommand.self], defaultSubcommand: EvaluateImageCommand.self)
}

/// `supertile evaluate [image]`: one image.
struct EvaluateImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Compare one image with a truth, and with its anchor (the default).",
    discussion: """
      Both are rasters of reflectance x 10000 on one grid, bands red, green, blue; 0 is no data. PSNR takes the bands \
      together; SSIM is Wang's (11 x 11 Gaussian, sigma 1.5), the mean of the bands; cPSNR leaves out each band's mean \
      difference. With --anchor, a raster of half the size from the same corner on, the image seen through Sentinel-2's \
      point spread is compared with it, and improvement, omission and hallucination are those of opensr-test.

      Exit status: 0 if they were compared, 1 if they cannot be, 64 for a mistake on the command line.
      """)

  @Argument(help: "The image.") var image: String
  @Argument(help: "The truth.") var truth: String
  @Option(help: "The low-resolution image that it follows.") var anchor: String?
  @Option(help: "Peak reflectance of PSNR and SSIM.") var range = 1.0
  @Flag(help: "Print JSON.") var json = false

  struct Record: Encodable {
    var image: String
    var truth: String
    var anchor: String?
    var range: Double
    var psnr: Double?
    var cpsnr: Double?
    var ssim: Double?
    var consistency: ConsistencyFigures?
    var correctness: CorrectnessFigures?
    var comparedPixels: Int
  }

  func validate() throws {
    guard range > 0, range.isFinite else { throw ValidationError("--range is \(range), expected a positive number") }
  }

  func run() throws {
    let read = try (image: readRaster(image), truth: readRaster(truth), anchor: anchor.map { try readRaster($0) })
    let figures = try ImageFigures(
      read.image, path: image, truth: (read.truth, truth), anchor: read.anchor.map { ($0, anchor ?? "") }, range: range)
    if json {
      return try printJSON(
        Record(
          image: image, truth: truth, anchor: anchor, range: range, psnr: figures.psnr, cpsnr: figures.cpsnr,
          ssim: figures.ssim, consistency: figures.consistency, correctness: figures.correctness,
          comparedPixels: figures.comparedPixels))
    }
    func text(_ value: Double?, _ digits: Int, _ unit: String = "") -> String {
      value.map { "\($0.formatted(digits))\(unit)" } ?? "-"
    }
    let psnr = figures.psnr == nil && figures.ssim == 1 ? "inf dB" : text(figures.psnr, 2, " dB")
    var lines = ["PSNR \(psnr), SSIM \(text(figures.ssim, 4)), cPSNR \(text(figures.cpsnr, 2, " dB"))"]
    if let agreement = figures.consistency {
      let shift =
        agreement.shiftRows.map { "\($0.formatted(3)) rows, \(text(agreement.shiftColumns, 3)) columns" } ?? "-"
      lines.append(
        "anchor: mean difference \(agreement.reflectance.formatted(5)), RMSE \(agreement.rmse.formatted(5)), bias "
          + "\(agreement.bias.formatted(6)), 8 x 8 means \(text(agreement.blockRMSE, 5)), spectral angle "
          + "\(text(agreement.spectralAngle, 2)) degrees, shift \(shift), 2 x 2 mean RMSE \(agreement.boxRMSE.formatted(5))"
      )
    }
    if let detail = figures.correctness {
      lines.append(
        "detail: improvement \(detail.improvement.formatted(3)), omission \(detail.omission.formatted(3)), hallucination "
          + "\(detail.hallucination.formatted(3)), synthesis \(detail.synthesis.formatted(4))")
    }
    try printLine(lines.joined(separator: "\n"))
  }
}

/// `supertile evaluate set`: many scenes and methods.
struct EvaluateSetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Compare methods over many scenes: tables and one page with pictures.",
    discussion: """
      SET.json lists methods and scenes, paths relative to it:
      {"title": ..., "range": 1.0, "methods": [{"id": "bicubic", "title": "Bicubic"}, ...],
       "scenes": [{"name": ..., "subset": "test", "truth": ..., "anchor": ..., "views": [...],
                   "images": {"bicubic": "a.tif", ...}}, ...]}
      Rasters hold reflectance x 10000, bands red, green, blue, 0 is no data; the anchor and the views have half the \
      size of the truth and the images. Truth, anchor, views and any method's image may be missing. Written are \
      evaluation.json, evaluation.md and evaluation.html, a page that needs nothing beside it.

      Exit status: 0 if they are written, 1 if not, 64 for a mistake on the command line.
      """)

  @Argument(help: ArgumentHelp("The set.", valueName: "set.json")) var set: String
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Folder for the results; made where it is missing.", valueName: "folder"))
  var output: String
  @Option(help: "Peak reflectance of PSNR and SSIM, in place of the set's.") var range: Double?
  @Option(help: "Pictures are shown of the first so many scenes.") var pictures = 4

  func validate() throws {
    if let range, !(range > 0 && range.isFinite) {
      throw ValidationError("--range is \(range), expected a positive number")
    }
    if pictures < 0 { throw ValidationError("--pictures is \(pictures), expected 0 or more") }
    if output.isEmpty { throw ValidationError("--output is empty, expected a folder") }
  }

  func run() throws {
    var listed = try EvaluationSet.load(set)
    if let range { listed.range = range }
    let folder = Folder.absolute(output)
    try Folder.make(folder)
    let display = ProgressDisplay()
    let figures = try evaluate(listed) { display.show("measuring", $0) }
    display.show("drawing", 0)
    let page = try HTMLReport(figures, of: listed, pictured: pictures, folder: folder).text()
    display.clear()
    try DurableFile.replace("\(folder)/evaluation.json", with: try jsonText(figures).utf8)
    try DurableFile.replace("\(folder)/evaluation.md", with: markdownReport(figures).utf8)
    try DurableFile.replace("\(folder)/evaluation.html", with: page.utf8)
    for name in ["json", "md", "html"] { try printLine("\(folder)/evaluation.\(name)") }
  }
}
