/// A table of text, as Markdown and as HTML show it.
package struct ReportTable: Sendable {
  package var title: String
  package var header: [String]
  package var rows: [[Cell]]
  /// What the figures mean.
  package var note: String

  package struct Cell: Sendable {
    package var text: String
    package var isBest = false
  }
}

extension EvaluationFigures {
  /// The tables of the report: the paper's tables 1 and 2, then consistency, correctness, and every scene.
  package var tables: [ReportTable] {
    [paperTable, consistencyTable, correctnessTable, sceneTable].filter { !$0.rows.isEmpty }
  }

  private func title(_ method: String) -> String { titles[method] ?? method }

  /// Cells of one figure for every method, the best of them marked.
  private func cells(
    _ values: [Double?], digits: Int, best: ([Double]) -> Double? = { $0.max() }
  ) -> [ReportTable.Cell] {
    let top = best(values.compactMap { $0 })
    return values.map { value in
      guard let value else { return ReportTable.Cell(text: "-") }
      return ReportTable.Cell(text: value.fixed(digits), isBest: value == top)
    }
  }

  private func woven(_ a: [ReportTable.Cell], _ b: [ReportTable.Cell]) -> [ReportTable.Cell] {
    zip(a, b).flatMap { [$0, $1] }
  }

  private var paperTable: ReportTable {
    let rows = subsets.compactMap { subset -> [ReportTable.Cell]? in
      let psnr = methods.map { mean(subset, $0, \.psnr)?.value }
      let ssim = methods.map { mean(subset, $0, \.ssim)?.value }
      guard psnr.contains(where: { $0 != nil }) else { return nil }
      let count = methods.compactMap { mean(subset, $0, \.psnr)?.count }.max() ?? 0
      return [ReportTable.Cell(text: "\(subset) (\(count))")] + woven(cells(psnr, digits: 2), cells(ssim, digits: 4))
    }
    return ReportTable(
      title: "Fidelity", header: ["subset (scenes)"] + methods.flatMap { ["\(title($0)) PSNR", "SSIM"] }, rows: rows,
      note: "Means over the scenes of a subset, as the tables 1 and 2 of Razzak et al. (2021); PSNR in decibels, bands "
        + "together, peak \(range); SSIM of Wang et al. (2004): Gaussian window 11 x 11, sigma 1.5. Best in bold.")
  }

  private var consistencyTable: ReportTable {
    let rows = methods.compactMap { method -> [ReportTable.Cell]? in
      func value(_ digits: Int, _ figure: @escaping (ConsistencyFigures) -> Double?) -> ReportTable.Cell {
        ReportTable.Cell(text: mean(nil, method, { $0.consistency.flatMap(figure) })?.value.fixed(digits) ?? "-")
      }
      guard mean(nil, method, { $0.consistency?.rmse }) != nil else { return nil }
      return [
        ReportTable.Cell(text: title(method)), value(5, \.reflectance), value(5, \.rmse), value(6, { abs($0.bias) }),
        value(5, \.blockRMSE), value(3, \.spectralAngle),
        value(
          3,
          { figures in
            guard let rows = figures.shiftRows, let columns = figures.shiftColumns else { return nil }
            return (rows * rows + columns * columns).squareRoot()
          }),
        value(5, \.boxRMSE),
      ]
    }
    return ReportTable(
      title: "Consistency with the anchor",
      header: [
        "method", "mean difference", "RMSE", "bias", "RMSE of 8 x 8 means", "spectral angle, degrees", "shift, pixels",
        "2 x 2 mean RMSE",
      ],
      rows: rows,
      note:
        "The image as Sentinel-2 would see it (Gaussian point spread, modulation 0.3 at the Nyquist frequency) against "
        + "the anchor, reflectance; means over all scenes. The last column is the paper's plain mean, which even the "
        + "true image does not meet.")
  }

  private var correctnessTable: ReportTable {
    let rows = methods.compactMap { method -> [ReportTable.Cell]? in
      func value(_ figure: KeyPath<CorrectnessFigures, Double>) -> ReportTable.Cell {
        ReportTable.Cell(text: mean(nil, method, { $0.correctness?[keyPath: figure] })?.value.fixed(4) ?? "-")
      }
      guard mean(nil, method, { $0.correctness?.synthesis }) != nil else { return nil }
      return [
        ReportTable.Cell(text: title(method)), value(\.improvement), value(\.omission), value(\.hallucination),
        value(\.synthesis),
      ]
    }
    return ReportTable(
      title: "Where the detail comes from",
      header: ["method", "improvement", "omission", "hallucination", "synthesis"], rows: rows,
      note:
        "After opensr-test: shares of the pixels that matter which came nearer to the truth, stayed like the upsampled "
        + "anchor, or are like neither; synthesis is the mean reflectance that was added.")
  }

  private var sceneTable: ReportTable {
    let rows = scenes.compactMap { scene -> [ReportTable.Cell]? in
      let psnr = methods.map { scene.images[$0]?.psnr }
      guard psnr.contains(where: { $0 != nil }) else { return nil }
      return [ReportTable.Cell(text: "\(scene.name) (\(scene.subset))")]
        + woven(cells(psnr, digits: 2), cells(methods.map { scene.images[$0]?.ssim }, digits: 4))
    }
    return ReportTable(
      title: "Every scene", header: ["scene"] + methods.flatMap { ["\(title($0)) PSNR", "SSIM"] }, rows: rows, note: "")
  }
}

/// The report's tables in Markdown.
package func markdownReport(_ figures: EvaluationFigures) -> String {
  func line(_ cells: [String]) -> String {
    "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }
  var parts = ["# \(figures.title)"]
  if let note = figures.note { parts.append(note) }
  for table in figures.tables {
    parts.append("## \(table.title)")
    parts.append(
      ([line(table.header), "|" + String(repeating: "---|", count: table.header.count)]
        + table.rows.map { line($0.map { $0.isBest ? "**\($0.text)**" : $0.text }) }).joined(separator: "\n"))
    if !table.note.isEmpty { parts.append(table.note) }
  }
  return parts.joined(separator: "\n\n") + "\n"
}

extension Double {
  /// Fixed number of digits after the point, whatever the locale.
  func fixed(_ digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let rounded = (abs(self) * scale).rounded()
    guard rounded < 1e15 else { return "\(self)" }
    let sign = self < 0 && rounded > 0 ? "-" : ""
    let whole = Int(rounded)
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = String(whole % Int(scale))
    return "\(sign)\(whole / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
