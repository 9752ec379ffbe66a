private import Foundation
internal import Storage

/// The tables of a set of building maps: pixels in the shape of the paper's Table 3, buildings in that of its Table 4.
struct BuildingTables {
  let all: [ResultTable]

  init(_ evaluation: BuildingEvaluation) {
    let limit = decimal(evaluation.limit, 3).trimmingZeros
    let subsets = evaluation.scenes.map(\.subset).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    typealias Summary = BuildingEvaluation.Summary
    func table(
      _ title: String, _ explanation: String, _ columns: [(title: String, value: (Summary) -> Double?)]
    ) -> ResultTable {
      let figures = evaluation.methods.map { method in
        subsets.flatMap { subset in
          columns.map { column in evaluation.summary(method.id, subset).flatMap(column.value).map { decimal($0, 3) } }
        }
      }
      // Figures of different scenes cannot be compared.
      let isFair = subsets.map { subset in
        Set(evaluation.methods.compactMap { evaluation.summary($0.id, subset)?.scenes }).count <= 1
      }
      let best = (0..<(subsets.count * columns.count)).map { column in
        isFair[column / columns.count] ? figures.compactMap { $0[column] }.max() : nil
      }
      let unfair = zip(subsets, isFair).filter { !$0.1 }.map(\.0)
      let rows = zip(evaluation.methods, figures).map { method, texts in
        ResultTable.Row(
          labels: [method.title],
          cells: texts.enumerated().map { column, text in
            text.map {
              ResultTable.Cell(text: $0, isBest: evaluation.methods.count > 1 && $0 == best[column])
            } ?? .missing
          })
      }
      return ResultTable(
        title: title, rowTitles: ["Input"], groups: subsets.map { ($0, columns.map(\.title)) }, rows: rows,
        explanation: unfair.isEmpty
          ? explanation
          : explanation + " Methods were scored on different numbers of scenes (\(unfair.joined(separator: ", "))): "
            + "their figures do not compare, and none is marked as the best.")
    }
    all = [
      table(
        "Semantic segmentation",
        "Intersection over union of each class and their mean, pixels summed over the scenes of a subset.",
        [
          ("Building", { $0.pixels.building }), ("Background", { $0.pixels.background }),
          ("Mean IoU", { $0.pixels.mean }),
        ]),
      table(
        "Single buildings at IoU \(limit)",
        "Precision, recall and F1 of buildings matched at IoU above \(limit), counts summed over the scenes (micro).",
        [
          ("Precision", { $0.matches.precision }), ("Recall", { $0.matches.recall }), ("F1", { $0.matches.f1 }),
        ]),
      table(
        "Means over scenes", "The mean of each scene's own figures: every scene counts the same.",
        [("Mean IoU", { $0.sceneMeanIoU }), ("F1", { $0.sceneMeanF1 })]),
    ]
  }

  static func definitions(_ evaluation: BuildingEvaluation) -> [(term: String, text: String)] {
    [
      (
        "Pixels",
        "buildings are burnt into the grid of the scene, a pixel where its centre lies in one; intersection over union of "
          + "building and of background, true positives over true and false positives and false negatives; the mean of "
          + "the two."
      ),
      (
        "Single buildings",
        "the rules of solaris: in the order of the file, each predicted building takes the true building, of those left, "
          + "with the highest intersection over union (of polygons), if that is above "
          + "\(decimal(evaluation.limit, 3).trimmingZeros); what has no partner is wrong, or missed. Of a mask each area "
          + "connected over edges is a building."
          + (evaluation.minArea > 0
            ? " Buildings under \(decimal(evaluation.minArea, 1).trimmingZeros) square units count nowhere." : "")
      ),
    ]
  }
}

/// One page that needs nothing else: tables, overlays, definitions.
package func buildingReport(_ evaluation: BuildingEvaluation, overlays: [BuildingOverlays]) -> String {
  var sheet = PictureSheet()
  let tables = BuildingTables(evaluation).all.enumerated().map { htmlTable($1, number: $0 + 1) }
  let sections = overlays.map { overlay -> String in
    var cells = [
      PictureSheet.tile(sheet.add(overlay.image), size: overlay.image.size, caption: "Image"),
      PictureSheet.tile(sheet.add(overlay.truth), size: overlay.truth.size, caption: "Truth"),
    ]
    let scene = evaluation.scenes.first { $0.name == overlay.scene }
    for method in evaluation.methods {
      guard let picture = overlay.methods[method.id], let scores = scene?.scores[method.id] else { continue }
      let matches = scores.matches
      cells.append(
        PictureSheet.tile(
          sheet.add(picture), size: picture.size,
          caption: "\(method.title): mean IoU \(scores.pixels.mean.map { decimal($0, 3) } ?? "-"), "
            + "F1 \(decimal(matches.f1, 3)) (\(matches.truePositives) found, \(matches.falsePositives) wrong, "
            + "\(matches.falseNegatives) missed)"))
    }
    return "<section><h2>\(html(overlay.scene)) <small>\(html(scene?.subset ?? ""))</small></h2>"
      + "<div class=\"grid\" style=\"--n:\(min(cells.count, 3))\">\(cells.joined(separator: "\n"))</div>"
      + "<p class=\"caption\">Found green, wrong red, missed blue; the truth yellow. At most 512 x 512 pixels.</p></section>"
  }
  return HTMLPage(
    title: evaluation.title, introduction: evaluation.note.map { ["<p>\(html($0))</p>"] } ?? [],
    content: tables + sections, definitions: BuildingTables.definitions(evaluation),
    rules: sheet.rules
  ).text
}

/// Writes `buildings.json`, `buildings.md` and `buildings.html` into a folder, which is made where it is missing.
/// - Returns: the paths.
/// - Throws: `StorageError`, `EvaluationError`.
@discardableResult
package func write(_ evaluation: BuildingEvaluation, overlays: [BuildingOverlays], to folder: String) throws -> [String]
{
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw EvaluationError("\(folder): cannot be made: \(error.localizedDescription)")
  }
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  let text =
    (["# \(markdown(evaluation.title))"] + [evaluation.note.map(markdown)].compactMap(\.self)
    + BuildingTables(evaluation).all.flatMap {
      ["## \(markdown($0.title))", markdown($0.explanation), markdownTable($0)]
    }
    + ["## How it is measured"]
    + [BuildingTables.definitions(evaluation).map { "- **\($0.term)**: \($0.text)" }.joined(separator: "\n")])
    .joined(separator: "\n\n") + "\n"
  let documents: [(name: String, bytes: [UInt8])] = [
    ("buildings.json", [UInt8](try encoder.encode(evaluation)) + [UInt8(ascii: "\n")]),
    ("buildings.md", [UInt8](text.utf8)),
    ("buildings.html", [UInt8](buildingReport(evaluation, overlays: overlays).utf8)),
  ]
  return try documents.map { document in
    let path = "\(folder)/\(document.name)"
    try DurableFile.replace(path, with: document.bytes)
    return path
  }
}
