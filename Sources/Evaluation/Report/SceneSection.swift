internal import Geometry

/// A scene on the page: its views, every image with an enlarged part and the difference from the anchor, a slider, its
/// spectrum and figures.
struct SceneSection {
  let gallery: SceneGallery
  let scene: SetEvaluation.Scene
  let methods: [EvaluationSet.Method]

  /// A column of pictures.
  private struct Column {
    let title: String
    let style: String
    let difference: String?
    let note: String
  }

  func html(sheet: inout PictureSheet) -> String {
    let columns = columns(&sheet)
    let size = gallery.size
    var parts = ["<section><h2>\(Evaluation.html(scene.name)) <small>\(Evaluation.html(scene.subset))</small></h2>"]
    if !gallery.views.isEmpty { parts.append(views(&sheet)) }
    var cells = columns.map { PictureSheet.tile($0.style, size: size, caption: $0.title, mark: gallery.detail) }
    cells += columns.map {
      PictureSheet.crop($0.style, size: size, window: gallery.detail, caption: "\($0.title), enlarged")
    }
    if !gallery.differences.isEmpty {
      cells += columns.map { column in
        column.difference.map { PictureSheet.tile("\($0) sharp", size: size, caption: column.note) }
          ?? "<figure></figure>"
      }
    }
    parts.append("<div class=\"grid\" style=\"--n:\(max(columns.count, 1))\">\(cells.joined(separator: "\n"))</div>")
    parts.append("<p class=\"caption\">\(Evaluation.html(caption))</p>")
    if !gallery.differences.isEmpty { parts.append(Self.scale) }
    parts.append("<div class=\"pair\">")
    if columns.count > 1 { parts.append(swipe(columns)) }
    let spectrum = SpectrumChart(curves: PooledFigures(scene, methods: methods).spectra)
    if let chart = spectrum.svg(label: "Power spectra of \(scene.name)") {
      parts.append("<div class=\"chart\">\(chart)</div>")
    }
    parts.append("</div>")
    let figures = htmlTable(ReportTables.details(scene, methods), number: nil)
    parts.append(
      "<details><summary>All figures of \(Evaluation.html(scene.name))</summary>\(figures)</details></section>")
    return parts.joined(separator: "\n")
  }

  private var caption: String {
    let first =
      "Above: the same \(gallery.size.rows) x \(gallery.size.columns) pixels of every raster, one stretch for all. "
    let second = "Middle: the framed part, \(gallery.detail.rows) x \(gallery.detail.columns) pixels, as they are. "
    return first + second
      + (gallery.differences.isEmpty
        ? "" : "Below: colour consistency, the image through Sentinel-2's optics minus the anchor, mean of the bands.")
  }

  private static let scale =
    "<p class=\"scale\">-\(decimal(SceneGallery.differenceLimit, 2)) <i></i> +\(decimal(SceneGallery.differenceLimit, 2)) "
    + "reflectance</p>"

  /// Anchor, methods, truth.
  private func columns(_ sheet: inout PictureSheet) -> [Column] {
    var columns: [Column] = []
    if let anchor = gallery.anchor {
      columns.append(Column(title: "Anchor", style: sheet.add(anchor) + " sharp", difference: nil, note: ""))
    }
    for method in methods {
      guard let image = gallery.images[method.id] else { continue }
      let consistency = scene.images[method.id]?.consistency
      let note = consistency.map { "RMSE \(decimal($0.rmse, 4)), bias \(decimal($0.worstBias, 4))" } ?? ""
      columns.append(
        Column(
          title: method.title, style: sheet.add(image),
          difference: gallery.differences[method.id].map { sheet.add($0) },
          note: note))
    }
    if let truth = gallery.truth {
      columns.append(Column(title: "Truth", style: sheet.add(truth), difference: nil, note: ""))
    }
    return columns
  }

  private func views(_ sheet: inout PictureSheet) -> String {
    let tiles = gallery.views.enumerated().map { index, view in
      PictureSheet.tile(sheet.add(view), size: view.size, caption: "View \(index)")
    }
    return "<div class=\"strip\">\(tiles.joined(separator: "\n"))</div>"
  }

  /// One picture over another, with a line between them that can be moved.
  private func swipe(_ columns: [Column]) -> String {
    let after = columns.last { $0.title != "Truth" } ?? columns[columns.count - 1]
    func choice(_ selected: Column, _ label: String) -> String {
      let options = columns.map {
        "<option value=\"\($0.style)\"\($0.style == selected.style ? " selected" : "")>\(Evaluation.html($0.title))</option>"
      }
      return "<label>\(label) <select>\(options.joined())</select></label>"
    }
    let ratio = "aspect-ratio:\(gallery.size.columns)/\(gallery.size.rows)"
    return """
      <div class="swipe"><div class="controls">\(choice(columns[0], "Left")) \(choice(after, "Right"))</div>
      <div class="stage" style="\(ratio)"><div class="layer \(after.style)"></div>\
      <div class="layer cut \(columns[0].style)"></div><i class="line"></i></div>
      <input type="range" min="0" max="100" value="50" aria-label="Where the pictures meet"></div>
      """
  }
}
