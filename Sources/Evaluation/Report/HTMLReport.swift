/// The figures of a set, with pictures, as one page that needs nothing else: styles, script, pictures and charts are in
/// it, and its policy forbids fetching anything.
package func htmlReport(_ evaluation: SetEvaluation, galleries: [SceneGallery]) -> String {
  let tables = ReportTables(evaluation)
  let numbered = tables.all.enumerated().map { htmlTable($1, number: $0 + 1) }
  var sheet = PictureSheet()
  let sections = galleries.compactMap { gallery -> String? in
    guard let scene = evaluation.scenes.first(where: { $0.name == gallery.scene }) else { return nil }
    return SceneSection(gallery: gallery, scene: scene, methods: evaluation.methods).html(sheet: &sheet)
  }
  let definitions = Definitions.all(evaluation).map { "<dt>\(html($0.term))</dt><dd>\(html($0.text))</dd>" }
  return """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
    script-src 'unsafe-inline'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(html(evaluation.title))</title>
    <style>
    \(PageStyle.css)
    \(sheet.rules.joined(separator: "\n"))
    </style>
    </head>
    <body>
    <header><h1>\(html(evaluation.title))</h1>
    <p class="facts">\(html(facts(evaluation)))</p>
    \(evaluation.note.map { "<p>\(html($0))</p>" } ?? "")</header>
    <main>
    \(numbered.joined(separator: "\n"))
    \(pooledFigures(evaluation))
    \(sections.joined(separator: "\n"))
    <section><h2>How it is measured</h2><dl>
    \(definitions.joined(separator: "\n"))
    </dl></section>
    </main>
    <script>
    \(PageStyle.script)
    </script>
    </body>
    </html>

    """
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
