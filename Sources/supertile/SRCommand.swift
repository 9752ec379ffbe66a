internal import ArgumentParser
internal import Pipeline
internal import Storage
internal import Workers

/// `supertile sr`: plain rasters in, one super-resolved raster out.
struct SRCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sr", abstract: "Super-resolve plain rasters of one place.",
    discussion: """
      Views are rasters of reflectance x 10000 (uint16 or int16) on one grid, bands red, green, blue. A mask is a \
      raster of the same size: 0 is clear, anything else is masked. The output is a Cloud-Optimized GeoTIFF of \
      reflectance x 10000, uint16, 0 = no data, with twice the rows and columns. Counts of 32767 and more are taken as saturated.

      Exit status: 0 if the output was written, 1 if not, 6 if interrupted, 64 for a mistake on the command line.
      """)

  @Argument(help: ArgumentHelp("Rasters, one a revisit.", valueName: "view"))
  var view: [String]

  @Option(parsing: .upToNextOption, help: ArgumentHelp("Masks, one a view, in the same order.", valueName: "mask"))
  var mask: [String] = []

  @Option(help: ArgumentHelp("View to follow, counted from 0 (default: the clearest).", valueName: "number"))
  var anchor: Int?

  @Option(name: .shortAndLong, help: ArgumentHelp("Raster to write; replaced where it exists.", valueName: "file"))
  var output: String

  @Flag(help: "Print the certificate as JSON.")
  var json = false

  @OptionGroup var processing: ProcessingOptions

  func validate() throws {
    if !mask.isEmpty, mask.count != view.count {
      throw ValidationError("\(mask.count) masks for \(view.count) views: give one mask a view, or none")
    }
    for (number, one) in view.enumerated() {
      if let first = view[..<number].firstIndex(where: { $0 == one || Folder.areSame($0, one) }) {
        throw ValidationError("views \(first) and \(number) are one file, \(one): give each revisit once")
      }
    }
    if let anchor, !view.indices.contains(anchor) {
      throw ValidationError("--anchor is \(anchor): the \(view.count) views are counted from 0")
    }
  }

  func run() async throws {
    let options = try processing.resolve()
    let model = try ShippedModel.load(options.model)
    let display = ProgressDisplay()
    let result = try await superResolveFiles(
      FileStack(views: view, masks: mask, anchor: anchor), output: output, options: options, model: model,
      workers: WorkerPool(workers: options.workers)
    ) { display.show($0, $1) }
    display.clear()
    for view in result.leftOut { standardError("left out \(view.explanation)\n") }
    for view in result.surplus {
      standardError("not needed \(view): \(result.used.count) views are enough (--views)\n")
    }
    if json {
      try printJSON(result.certificate)
    } else {
      try printLine(
        "\(output): anchor \(view[result.anchor]), \(result.used.count) views\n\(result.certificate.text())")
    }
  }
}
