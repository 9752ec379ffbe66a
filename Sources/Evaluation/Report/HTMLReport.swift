/// The figures of a set, with pictures and charts, as one page.
package func htmlReport(_ evaluation: SetEvaluation, galleries: [SceneGallery]) -> String {
  let tables = ReportTables(evaluation)
  let numbered = tables.all.enumerated().map { htmlTable($1, number: $0 + 1) }
  var sheet = PictureSheet()
  let sections = galleries.compactMap { gallery -> String? in
    guard let scene = evaluation.scenes.first(where: { $0.name == gallery.scene }) else { return nil }
    return SceneSection(gallery: gallery, scene: scene, methods: evaluation.methods).html(sheet: &sheet)
  }
  let introduction =
    ["<p class=\"facts\">\(html(facts(evaluation)))</p>"] + (evaluation.note.map { ["<p>\(html($0))</p>"] } ?? [])
  return HTMLPage(
    title: evaluation.title, introduction: introduction, content: numbered + [pooledFigures(evaluation)] + sections,
    definitions: Definitions.all(evaluation), rules: sheet.rules, script: PageStyle.script
  ).text
}

private func facts(_ evaluation: SetEvaluation) -> String {
  let count = evaluation.scenes.count
  return "\(count) scene\(count == 1 ? "" : "s"). Methods: "
    + evaluation.methods.map { $0.title + ($0.isBaseline ? " (baseline)" : "") }.joined(separator: ", ") + "."
}

/// Spectra and histograms over all scenes.
private func pooledFigures(_ evaluation: SetEvaluation) -> String {
  let pooled = PooledFigures(evaluation)
  let count = pooled.scenes.count
  let scenes = count == 1 ? "one scene" : "\(count) scenes"
  var figures: [String] = []
  if let chart = SpectrumChart(curves: pooled.spectra).svg(label: "Power spectra") {
    figures.append(
      figure(
        chart, figures.count + 1,
        "Radially averaged Fourier power spectrum, the mean of \(scenes) and of the bands. Beyond the dashed line lies "
          + "what the anchor's pixels cannot hold.", "chart"))
  }
  let histograms = pooled.histograms
  if let chart = histograms.svg(label: "Histograms") {
    figures.append(
      figure(
        chart, figures.count + 1,
        "Histograms of reflectance, \(scenes)\(histograms.anchor == nil ? "" : "; the line is the anchor's"). A method "
          + "that keeps Sentinel-2's colours follows the line.", "chart broad"))
  }
  return figures.joined(separator: "\n")
}

private func figure(_ content: String, _ number: Int, _ caption: String, _ style: String) -> String {
  "<div class=\"\(style)\">\(content)<p class=\"caption\"><b>Figure \(number).</b> \(html(caption))</p></div>"
}
