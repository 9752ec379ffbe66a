internal import ArgumentParser
private import Foundation
internal import Evaluation

/// `supertile evaluate set SET.json -o DIR`: a set of scenes and methods.
struct EvaluateSetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Evaluate a set of scenes and methods; write tables, charts and pictures.",
    discussion: """
      Writes evaluation.json, evaluation.md and evaluation.html (one page that needs nothing else) into DIR. SET.json:

      {
        "title": "...", "note": "...", "range": 1.0,
        "methods": [{"id": "bicubic", "title": "Bicubic", "baseline": true}, {"id": "highresnet", "title": "..."}],
        "scenes": [{"name": "pisa", "subset": "test", "truth": "pisa/truth.tif", "anchor": "pisa/view_00.tif",
                    "views": ["pisa/view_00.tif"], "images": {"bicubic": "pisa/bicubic.tif"}, "pictured": true}],
        "tables": [{"title": "...", "subsets": ["train", "validation", "test"]}]
      }

      Paths are relative to SET.json. note, range, tables, baseline and, in a scene, subset, truth, anchor, views and \
      pictured may be missing, as may a method's image: what cannot be measured is a dash. The scenes that are \
      `pictured` are shown, the first eight where none is. Rasters are as for `supertile evaluate IMAGE TRUTH`.

      Exit status: 0 if the set was evaluated, 1 if not, 6 if interrupted, 64 for a mistake on the command line.
      """)

  @Argument(help: ArgumentHelp("The set.", valueName: "set.json")) var set: String
  @Option(name: .shortAndLong, help: ArgumentHelp("Folder for the report.", valueName: "folder")) var output: String
  @Option(help: "Peak reflectance of PSNR and SSIM (default: the set's, or 1).") var range: Double?

  mutating func validate() throws {
    if output.isEmpty { throw ValidationError("--output is empty, expected a folder") }
    if let range, !(range > 0 && range.isFinite) {
      throw ValidationError("--range is \(range), expected a positive number")
    }
  }

  func run() throws {
    let display = ProgressDisplay()
    let folder = URL(fileURLWithPath: set).deletingLastPathComponent().path
    let result = try evaluate(try EvaluationSet.read(set), folder: folder, range: range) {
      display.show("evaluate", $0)
    }
    display.clear()
    for path in try write(result.evaluation, galleries: result.galleries, to: output) { try printLine(path) }
  }
}
