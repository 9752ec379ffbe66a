internal import ArgumentParser
internal import Buildings
private import Foundation
internal import Networks
internal import Pipeline
internal import Workers
internal import Writing

/// `supertile footprints`: an image in, its buildings out.
struct FootprintsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "footprints", abstract: "Find the buildings in an image of about 5 m.",
    discussion: """
      IMAGE is a raster of reflectance x 10000 (uint16, 0 = no data), bands red, green and blue, on a UTM grid with \
      pixels of 4 to 6 m: an item's _SR.tif, or what `supertile sr` writes. OUT.geojson is GeoJSON after RFC 7946 \
      (WGS 84, 7 decimals), one feature a building: id, confidence (the mean probability of its pixels), area_m2 (in \
      UTM). Outlines are straightened where that keeps the area and the place: intersection over union with the pixels \
      of at least 0.8. All outputs appear together, or none.

      With --from-probability IMAGE is what --probability wrote: other thresholds without computing the network again.

      Exit status: 0 if everything was written (also where there is no building), 1 if not, 6 if interrupted, 64 for a \
      mistake on the command line.
      """)

  @Argument(help: ArgumentHelp("The image.", valueName: "image")) var image: String
  @Option(name: .shortAndLong, help: ArgumentHelp("GeoJSON to write.", valueName: "file")) var output: String
  @Option(help: ArgumentHelp("FlatGeobuf to write beside it.", valueName: "file")) var flatgeobuf: String?
  @Option(help: ArgumentHelp("GeoJSON of the area that was looked at.", valueName: "file")) var observed: String?
  @Option(help: ArgumentHelp("Probabilities to write, x 10000 as uint16 (COG).", valueName: "file"))
  var probability: String?
  @Option(
    help: ArgumentHelp("Probability above which a pixel is building (default: the model card's).", valueName: "0..1"))
  var threshold: Double?
  @Option(help: ArgumentHelp("Smallest building (default: the model card's).", valueName: "m2")) var minArea: Double?
  @Option(help: ArgumentHelp("GeoJSON of an earlier search: unmoved buildings keep its ids.", valueName: "file"))
  var previous: String?
  @Flag(help: "IMAGE holds the probabilities that --probability wrote.") var fromProbability = false
  @Option(
    help: ArgumentHelp("Card of a building model (.json); default: the model that ships.", valueName: "file"))
  var model: String?
  @Option(help: ArgumentHelp("Tiles computed at the same time (default: the number of cores).", valueName: "number"))
  var workers: Int?
  @Option(help: ArgumentHelp("Folder for scratch files (default: the system's temporary folder).", valueName: "folder"))
  var scratch: String?
  @Flag(help: "Print counts as JSON.") var json = false

  mutating func validate() throws {
    if let threshold, !(0...1).contains(threshold) {
      throw ValidationError("--threshold is \(threshold), expected 0 to 1")
    }
    if let minArea, !(0...1_000_000).contains(minArea) {
      throw ValidationError("--min-area is \(minArea), expected 0 to 1000000 m2")
    }
    if let workers, !(1...1024).contains(workers) {
      throw ValidationError("--workers is \(workers), expected 1 to 1024")
    }
    if fromProbability, probability != nil {
      throw ValidationError("--probability is written from an image, not from probabilities")
    }
  }

  struct Record: Encodable {
    var image: String
    var model: String
    var rule: InstanceRule
    var counts: BuildingCounts
    var observedArea: Double?
  }

  func run() async throws {
    guard let model = try ShippedModel.loadBuildings(model) else {
      throw NetworkError(
        path: "building model",
        reason: "none is installed: give one with --model or SUPERTILE_BUILDING_MODEL")
    }
    let rule = InstanceRule(model.card, threshold: threshold, minArea: minArea)
    let pool = WorkerPool(workers: workers ?? ProcessInfo.processInfo.activeProcessorCount)
    let display = ProgressDisplay()
    let result = try await footprints(
      FootprintRequest(
        image: image, isProbability: fromProbability,
        targets: FootprintTargets(
          buildings: output, observed: observed, flatGeobuf: flatgeobuf, probability: probability),
        rule: rule, previous: previous, scratch: scratch), model: model, workers: pool
    ) { display.show($0, $1) }
    display.clear()
    let name = "\(model.card.name) \(model.card.version)"
    let counts = result.counts
    if counts.divided > 0 {
      standardError("\(counts.divided) areas of more than 10 km: looked at with a higher threshold\n")
    }
    if counts.tooLarge > 0 {
      standardError("left out \(counts.tooLarge) areas of more than 10 km: no buildings\n")
    }
    if json {
      return try printJSON(
        Record(image: image, model: name, rule: rule, counts: counts, observedArea: result.observedArea))
    }
    try printLine("\(output): \(counts.buildings) buildings, \(Int(counts.area.rounded())) m2, by \(name)")
  }
}
