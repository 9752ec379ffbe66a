internal import ArgumentParser
private import Foundation
internal import Evaluation

/// `supertile evaluate buildings PREDICTED TRUTH`: one map of buildings against the truth.
struct EvaluateBuildingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "buildings", abstract: "Measure how well buildings were found.",
    discussion: """
      PREDICTED and TRUTH are polygons (GeoJSON or any vector file that GDAL reads, one feature a building) or masks \
      (rasters, buildings where band 1 is not 0; each area connected over edges is a building). Pixels are compared on \
      the grid of --grid, else of the first raster given.

      Intersection over union of building, background and their mean; precision, recall and F1 of single buildings at \
      IoU above 0.25 by the rules of solaris: in the order of the file each predicted building takes the true building, \
      of those left, that it overlaps best. With -o also buildings.html with the outlines over --image.

      Exit status: 0 if they were compared, 1 if they cannot be, 64 for a mistake on the command line.
      """)

  @Argument(help: "The buildings found.") var predicted: String
  @Argument(help: "The buildings that are there.") var truth: String
  @Option(help: ArgumentHelp("Raster whose pixels are compared.", valueName: "raster")) var grid: String?
  @Option(help: ArgumentHelp("Raster of red, green and blue to draw on, on that grid.", valueName: "raster"))
  var image: String?
  @Option(help: "IoU above which two buildings are the same.") var iou = BuildingMatches.limit
  @Option(
    help: ArgumentHelp(
      "Smaller buildings do not count, in truth and prediction: square units of the grid, m2 on a UTM one.",
      valueName: "area"))
  var minArea = 0.0
  @Option(name: .shortAndLong, help: ArgumentHelp("Folder for a report.", valueName: "folder")) var output: String?
  @Flag(help: "Print JSON.") var json = false

  struct Record: Encodable {
    var predicted: String
    var truth: String
    var iouBuilding: Double?
    var iouBackground: Double?
    var meanIoU: Double?
    var iouLimit: Double
    var truePositives: Int
    var falsePositives: Int
    var falseNegatives: Int
    var precision: Double
    var recall: Double
    var f1: Double
  }

  mutating func validate() throws {
    guard iou >= 0, iou < 1 else { throw ValidationError("--iou is \(iou), expected 0 to less than 1") }
    guard minArea >= 0, minArea.isFinite else { throw ValidationError("--min-area is \(minArea), expected 0 or more") }
  }

  func run() throws {
    let result = try evaluate(
      .pair(predicted: predicted, truth: truth, image: image, grid: grid, limit: iou, minArea: minArea), folder: ".")
    try Task.checkCancellation()
    let summary = result.evaluation.summaries[0]
    let (pixels, matches) = (summary.pixels, summary.matches)
    if let output {
      for path in try write(result.evaluation, overlays: result.overlays, to: output) { standardError("\(path)\n") }
    }
    if json {
      return try printJSON(
        Record(
          predicted: predicted, truth: truth, iouBuilding: pixels.building, iouBackground: pixels.background,
          meanIoU: pixels.mean, iouLimit: iou, truePositives: matches.truePositives,
          falsePositives: matches.falsePositives, falseNegatives: matches.falseNegatives, precision: matches.precision,
          recall: matches.recall, f1: matches.f1))
    }
    func shown(_ value: Double?) -> String { value.map { $0.formatted(4) } ?? "-" }
    try printLine(
      "IoU building \(shown(pixels.building)), background \(shown(pixels.background)), mean \(shown(pixels.mean))")
    try printLine(
      "at IoU \(iou): precision \(shown(matches.precision)), recall \(shown(matches.recall)), F1 \(shown(matches.f1)) "
        + "(\(matches.truePositives) found, \(matches.falsePositives) wrong, \(matches.falseNegatives) missed)")
  }
}

/// `supertile evaluate buildings-set SET.json -o DIR`: a set of scenes and methods.
struct EvaluateBuildingSetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "buildings-set", abstract: "Evaluate building maps of a set of scenes and methods, with overlays.",
    discussion: """
      Writes buildings.json, buildings.md and buildings.html (one page that needs nothing else) into DIR. SET.json:

      {
        "title": "...", "note": "...", "limit": 0.25, "minArea": 0,
        "methods": [{"id": "misr", "title": "HighRes-net"}],
        "scenes": [{"name": "pisa", "subset": "test", "truth": "pisa/mask.tif", "image": "pisa/rgb.tif",
                    "grid": "pisa/rgb.tif", "predictions": {"misr": "pisa/misr.geojson"}}]
      }

      Paths are relative to SET.json; note, limit, minArea (square units of the grid) and, in a scene, subset, image and \
      grid may be missing. Maps \
      are as for `supertile evaluate buildings`. Figures of a subset are of counts summed over its scenes (micro), and \
      the means of the scenes' own.

      Exit status: 0 if the set was evaluated, 1 if not, 6 if interrupted, 64 for a mistake on the command line.
      """)

  @Argument(help: ArgumentHelp("The set.", valueName: "set.json")) var set: String
  @Option(name: .shortAndLong, help: ArgumentHelp("Folder for the report.", valueName: "folder")) var output: String

  func run() throws {
    let display = ProgressDisplay()
    let folder = URL(fileURLWithPath: set).deletingLastPathComponent().path
    let result = try evaluate(try BuildingSet.read(set), folder: folder) { display.show("evaluate", $0) }
    display.clear()
    for path in try write(result.evaluation, overlays: result.overlays, to: output) { try printLine(path) }
  }
}
