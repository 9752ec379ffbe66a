/// A report as one page that needs nothing else: styles, pictures and script are in it, and its policy forbids fetching
/// anything.
struct HTMLPage {
  var title: String
  /// HTML below the title.
  var introduction: [String]
  /// HTML: tables, pictures.
  var content: [String]
  var definitions: [(term: String, text: String)]
  /// Pictures, see `PictureSheet`.
  var rules: [String]
  var script: String?

  var text: String {
    let terms = definitions.map { "<dt>\(html($0.term))</dt><dd>\(html($0.text))</dd>" }
    let scripts = script == nil ? "" : "; script-src 'unsafe-inline'"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'\
      \(scripts)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(html(title))</title>
      <style>
      \(PageStyle.css)
      \(rules.joined(separator: "\n"))
      </style>
      </head>
      <body>
      <header><h1>\(html(title))</h1>
      \(introduction.joined(separator: "\n"))</header>
      <main>
      \(content.joined(separator: "\n"))
      <section><h2>How it is measured</h2><dl>
      \(terms.joined(separator: "\n"))
      </dl></section>
      </main>
      \(script.map { "<script>\n\($0)\n</script>" } ?? "")
      </body>
      </html>

      """
  }
}
