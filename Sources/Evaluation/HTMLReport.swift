internal import Geometry
internal import Raster

/// The report as one page that needs nothing beside it: tables, the figures 9 (spectra), 10 (histograms), 11 (before and
/// after) and 12 (every method side by side) of Razzak et al. (2021).
package struct HTMLReport {
  private let figures: EvaluationFigures
  private let set: EvaluationSet
  /// Scenes with pictures.
  private let pictured: Int
  private let folder: String

  /// Longest side of a picture, and side of the enlarged part, pixels.
  private static let (pictureSide, detailSide) = (448, 96)

  /// - Parameters:
  ///   - pictured: pictures are shown of the first so many scenes.
  ///   - folder: where temporary files may be made.
  package init(_ figures: EvaluationFigures, of set: EvaluationSet, pictured: Int, folder: String) {
    self.figures = figures
    self.set = set
    self.pictured = pictured
    self.folder = folder
  }

  /// - Throws: `GDALError`, `EvaluationError`.
  package func text() throws -> String {
    let head =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      + "content=\"width=device-width\"><title>\(escaped(figures.title))</title><style>\(Self.style)</style></head><body>"
    var parts = [head, "<h1>\(escaped(figures.title))</h1>"]
    if let note = figures.note { parts.append("<p>\(escaped(note))</p>") }
    let tables = figures.tables
    parts += tables.prefix(3).map(table)
    parts.append(spectra)
    for (scene, measured) in zip(set.scenes, figures.scenes).prefix(pictured) {
      parts.append(try pictures(scene, measured))
    }
    if tables.count > 3 {
      parts.append("<details><summary>Every scene</summary>\(tables.dropFirst(3).map(table).joined())</details>")
    }
    parts.append("<script>\(Self.script)</script></body></html>")
    return parts.joined(separator: "\n") + "\n"
  }

  private func table(_ table: ReportTable) -> String {
    let rows = table.rows.map { row in
      "<tr>"
        + row.enumerated().map { index, cell in
          index == 0
            ? "<th>\(escaped(cell.text))</th>" : "<td\(cell.isBest ? " class=\"best\"" : "")>\(escaped(cell.text))</td>"
        }.joined() + "</tr>"
    }
    return "<h2>\(escaped(table.title))</h2><div class=\"scroll\"><table><tr>"
      + table.header.map { "<th>\(escaped($0))</th>" }.joined() + "</tr>\(rows.joined())</table></div>"
      + (table.note.isEmpty ? "" : "<p class=\"note\">\(escaped(table.note))</p>")
  }

  // MARK: Figure 9

  private var spectra: String {
    let names = ["truth"] + figures.methods
    let curves = names.compactMap { name -> Chart.Curve? in
      let all = figures.scenes.compactMap { $0.spectra[name] }
      // Scenes of one size: the most frequent one, so that frequencies agree.
      guard let length = all.map(\.power.count).max() else { return nil }
      let chosen = all.filter { $0.power.count == length }
      let power = (0..<length).map { index in chosen.reduce(0) { $0 + $1.power[index] } / Double(chosen.count) }
      return Chart.Curve(
        name: figures.titles[name] ?? name, points: zip(chosen[0].frequencies, power).dropFirst().map { ($0, $1) })
    }
    guard !curves.isEmpty else { return "" }
    let chart = Chart(
      title: "Averaged power spectrum", xTitle: "cycles a pixel", yTitle: "power (logarithm)", curves: curves,
      isLogarithmic: true)
    return "<h2>Power of spatial frequencies</h2>" + Chart.legend(curves.map(\.name))
      + "<div class=\"charts\">\(chart.svg)</div>"
      + "<p class=\"note\">The middle of the largest scenes, less its mean, under a Hann window; mean of directions, bands "
      + "and scenes. Nothing above 0.25 cycles a pixel is in the anchor.</p>"
  }

  // MARK: Figures 10 to 12

  private func pictures(_ scene: EvaluationSet.Scene, _ measured: SceneFigures) throws -> String {
    var parts = ["<h2>\(escaped(scene.name)) <small>\(escaped(measured.subset))</small></h2>"]
    let images = try figures.methods.compactMap { method in
      try scene.images[method].map { (method, figures.titles[method] ?? method, try readRaster($0)) }
    }
    guard let size = images.first?.2.image.size else { return "" }
    let truth = try scene.truth.map { try readRaster($0) }
    let anchor = try scene.anchor.map { try readRaster($0) }
    guard let guide = anchor ?? truth ?? images.first?.2 else { return "" }
    let stretch = PictureStretch(guide)
    let window = middle(size, side: Self.pictureSide)
    let detail = middle(size, side: Self.detailSide)
    func half(_ window: PixelWindow) -> PixelWindow {
      PixelWindow(row: window.row / 2, column: window.column / 2, rows: window.rows / 2, columns: window.columns / 2)
    }
    func address(_ raster: EvaluatedRaster, _ window: PixelWindow, _ format: Picture.Format) throws -> String {
      try Picture.address(of: raster, window: window, stretch: stretch, format: format, folder: folder)
    }
    var whole: [(String, String)] = []
    var enlarged: [(String, String, String)] = []
    if let anchor {
      whole.append(("Anchor", try address(anchor, half(window), .png)))
      enlarged.append(("Anchor", "", try address(anchor, half(detail), .png)))
    }
    for (method, title, raster) in images {
      whole.append((title, try address(raster, window, .jpeg)))
      let caption = measured.images[method]?.psnr.map { "\($0.fixed(2)) dB" } ?? ""
      enlarged.append((title, caption, try address(raster, detail, .png)))
    }
    if let truth {
      whole.append(("Truth", try address(truth, window, .jpeg)))
      enlarged.append(("Truth", "", try address(truth, detail, .png)))
    }
    parts.append(swipe(whole))
    parts.append(
      "<div class=\"row\">"
        + enlarged.map {
          "<figure><img src=\"\($2)\" alt=\"\(escaped($0))\"><figcaption>\(escaped($0)) <small>\($1)</small></figcaption></figure>"
        }.joined() + "</div>")
    if let views = scene.views, views.count > 1 {
      let shown = try views.map { try address(try readRaster($0), half(detail), .png) }
      parts.append(
        "<div class=\"row views\">"
          + shown.enumerated().map {
            "<figure><img src=\"\($1)\" alt=\"view \($0)\"><figcaption>view \($0)</figcaption></figure>"
          }.joined() + "</div>")
    }
    parts.append(histograms(measured))
    return parts.joined(separator: "\n")
  }

  private func swipe(_ pictures: [(title: String, address: String)]) -> String {
    func options(_ chosen: Int) -> String {
      pictures.enumerated().map {
        "<option value=\"\($0)\"\($0 == chosen ? " selected" : "")>\(escaped($1.title))</option>"
      }.joined()
    }
    let after = max(0, pictures.lastIndex { $0.title != "Truth" } ?? 0)
    return
      "<div class=\"swipe\"><p>before <select class=\"before\">\(options(0))</select> after <select class=\"after\">"
      + "\(options(after))</select> <input type=\"range\" min=\"0\" max=\"100\" value=\"50\" aria-label=\"swipe\"></p>"
      + "<div class=\"stack\">"
      + pictures.map { "<img src=\"\($0.address)\" alt=\"\(escaped($0.title))\">" }.joined() + "<b></b></div></div>"
  }

  private func histograms(_ measured: SceneFigures) -> String {
    let names = ["truth", "anchor"] + figures.methods
    let drawn = names.filter { measured.histograms[$0] != nil }
    guard let first = drawn.first.flatMap({ measured.histograms[$0] }) else { return "" }
    let charts = zip(first.shares.indices, ["red", "green", "blue"]).map { band, title in
      Chart(
        title: title, xTitle: "reflectance", yTitle: "share of the pixels",
        curves: drawn.compactMap { name in
          measured.histograms[name].map { histogram in
            let width = histogram.top / Double(histogram.shares[band].count)
            return Chart.Curve(
              name: name, points: histogram.shares[band].enumerated().map { ((Double($0) + 0.5) * width, $1) })
          }
        }
      ).svg
    }
    return Chart.legend(drawn.map { figures.titles[$0] ?? $0 }) + "<div class=\"charts\">\(charts.joined())</div>"
  }

  private static let style = """
    body{font:16px/1.5 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#1a1a1a}
    h1{font-size:1.7em}h2{margin-top:2em;font-size:1.25em;border-bottom:1px solid #ddd}small{color:#666;font-weight:400}
    .scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85em}th,td{padding:.3em .7em;text-align:right;
    border-bottom:1px solid #e5e5e5;font-variant-numeric:tabular-nums}th:first-child{text-align:left}.best{font-weight:700}
    .note{color:#555;font-size:.9em;max-width:70em}.row{display:flex;flex-wrap:wrap;gap:.6em}.row figure{margin:0;width:208px}
    .row img{width:208px;height:208px;object-fit:cover;image-rendering:pixelated;display:block}.views figure{width:104px}
    .views img{width:104px;height:104px}figcaption{font-size:.8em}.stack{position:relative;width:672px;max-width:100%;
    aspect-ratio:1;overflow:hidden;background:#eee;margin-bottom:1em}.stack img{position:absolute;inset:0;width:100%;
    height:100%;object-fit:cover;display:none;image-rendering:pixelated}.stack b{position:absolute;top:0;bottom:0;width:2px;
    background:#fff;box-shadow:0 0 3px #000}.charts{display:flex;flex-wrap:wrap;gap:1em}.charts svg{width:370px;flex:none}
    svg .t{font:600 14px sans-serif}svg .m{font:10px sans-serif;text-anchor:middle;fill:#444}svg .e{font:10px sans-serif;
    text-anchor:end;fill:#444}svg .f{fill:none;stroke:#bbb}svg polyline{fill:none;stroke-width:1.4}
    .legend span{margin-right:1em;font-size:.85em;white-space:nowrap}.legend i{display:inline-block;width:1.2em;height:.3em;
    margin-right:.4em;vertical-align:middle}
    """

  private static let script = """
    for(const box of document.querySelectorAll('.swipe')){const images=[...box.querySelectorAll('.stack img')],
    line=box.querySelector('b'),before=box.querySelector('.before'),after=box.querySelector('.after'),
    range=box.querySelector('input'),stack=box.querySelector('.stack');
    const draw=()=>{const at=+range.value;images.forEach((image,i)=>{const first=i==before.value,second=i==after.value;
    image.style.display=first||second?'block':'none';image.style.zIndex=second?1:0;
    image.style.clipPath=second?`inset(0 0 0 ${at}%)`:'none'});line.style.left=at+'%';line.style.zIndex=2};
    for(const part of [before,after,range])part.addEventListener('input',draw);
    stack.addEventListener('pointermove',event=>{const area=stack.getBoundingClientRect();
    range.value=100*(event.clientX-area.left)/area.width;draw()});draw()}
    """
}
