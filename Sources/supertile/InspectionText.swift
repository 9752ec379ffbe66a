internal import Foundation
internal import Intake

extension InspectionRecord {
  /// The record for people.
  var text: String {
    var lines = [path]
    func add(_ label: String, _ value: String) {
      lines.append("  " + label.padding(toLength: 16, withPad: " ", startingAt: 0) + value)
    }
    if let identity {
      add("Product", identity.name)
      add("Tile", "\(identity.tile), \(identity.mission), relative orbit \(identity.relativeOrbit)")
      add("Datatake start", identity.datatakeStart)
      if let sensing = identity.sensingTime { add("Tile seen at", sensing) }
      add("Baseline", identity.baseline + (identity.generationTime.map { ", generated \($0)" } ?? ""))
      if let datastrip = identity.datastrip { add("Datastrip", datastrip) }
    }
    if let grid {
      add(
        "Grid",
        "EPSG:\(grid.epsg), upper left \(plain(grid.upperLeftX)) \(plain(grid.upperLeftY)), "
          + "\(grid.rows) x \(grid.columns) pixels of 10 m")
    }
    add("Status", ["complete": "complete", "incomplete": "still arriving"][status] ?? status)
    for problem in problems { add("", "- \(problem.message)") }
    if let cover {
      add("Cloud", percent(cover.cloud) + " of the data" + stated(cover.statedCloud))
      add("No data", percent(cover.noData) + " of the tile" + stated(cover.statedNoData))
      let classes = cover.maskClasses.map { "\($0)" }.joined(separator: ",")
      add("Masked", percent(cover.masked) + " of the tile (classes \(classes))")
    }
    for band in bands ?? [] {
      add(band.name, "reflectance = (count \(signed(band.addOffset))) / \(plain(band.quantification))")
    }
    if !files.isEmpty {
      lines.append("  Files")
      for file in files {
        lines.append("    \(file.member)")
        lines.append("      \(file.size) bytes, \(file.verification)")
      }
    }
    for note in notes { add("Note", note) }
    return lines.joined(separator: "\n")
  }

  private func percent(_ value: Double) -> String { String(format: "%.1f %%", value) }
  private func stated(_ value: Double?) -> String { value.map { " (metadata: \(percent($0)))" } ?? "" }
  private func plain(_ value: Double) -> String {
    value == value.rounded() ? String(format: "%.0f", value) : "\(value)"
  }
  private func signed(_ value: Double) -> String { (value < 0 ? "- " : "+ ") + plain(abs(value)) }
}
