private import Foundation

/// Curves in one frame, as inline SVG.
struct Chart {
  struct Curve {
    var name: String
    var points: [(x: Double, y: Double)]
  }

  var title: String
  var xTitle: String
  var yTitle: String
  var curves: [Curve]
  /// Whether y is drawn as its logarithm.
  var isLogarithmic = false

  private static let (width, height) = (460.0, 280.0)
  private static let (left, right, top, bottom) = (52.0, 8.0, 26.0, 40.0)
  /// Told apart by people who see colours differently (Okabe and Ito).
  static let colours = [
    "#000000", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#888888", "#7a5230",
  ]

  var svg: String {
    let points = curves.flatMap { $0.points.map { (x: $0.x, y: scaled($0.y)) } }.filter { $0.y.isFinite }
    guard let first = points.first else { return "" }
    let (minX, maxX) = points.reduce((first.x, first.x)) { (min($0.0, $1.x), max($0.1, $1.x)) }
    let (minY, maxY) = points.reduce((first.y, first.y)) { (min($0.0, $1.y), max($0.1, $1.y)) }
    let (spanX, spanY) = (max(maxX - minX, 1e-12), max(maxY - minY, 1e-12))
    func x(_ value: Double) -> String {
      (Self.left + (value - minX) / spanX * (Self.width - Self.left - Self.right)).fixed(1)
    }
    func y(_ value: Double) -> String {
      (Self.height - Self.bottom - (value - minY) / spanY * (Self.height - Self.top - Self.bottom)).fixed(1)
    }
    var parts = [
      "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\">",
      "<text x=\"\(Self.left)\" y=\"16\" class=\"t\">\(escaped(title))</text>",
      "<rect x=\"\(Self.left)\" y=\"\(Self.top)\" width=\"\(Self.width - Self.left - Self.right)\" "
        + "height=\"\(Self.height - Self.top - Self.bottom)\" class=\"f\"/>",
    ]
    for share in [0, 0.25, 0.5, 0.75, 1] {
      let (valueX, valueY) = (minX + share * spanX, minY + share * spanY)
      parts.append(
        "<text x=\"\(x(valueX))\" y=\"\(Self.height - Self.bottom + 14)\" class=\"m\">\(valueX.fixed(2))</text>")
      let label = isLogarithmic ? "10^\(valueY.fixed(1))" : valueY.fixed(spanY < 1 ? 3 : 1)
      parts.append("<text x=\"\(Self.left - 4)\" y=\"\(y(valueY))\" class=\"e\">\(label)</text>")
    }
    parts.append(
      "<text x=\"\(Self.width / 2)\" y=\"\(Self.height - 8)\" class=\"m\">\(escaped(xTitle)); \(escaped(yTitle))</text>"
    )
    for (index, curve) in curves.enumerated() {
      let line = curve.points.filter { scaled($0.y).isFinite }.map { "\(x($0.x)),\(y(scaled($0.y)))" }
      parts.append(
        "<polyline points=\"\(line.joined(separator: " "))\" stroke=\"\(Self.colours[index % Self.colours.count])\"/>")
    }
    return parts.joined() + "</svg>"
  }

  /// Names beside their colours, once for several charts.
  static func legend(_ names: [String]) -> String {
    "<p class=\"legend\">"
      + names.enumerated().map {
        "<span><i style=\"background:\(colours[$0 % colours.count])\"></i>\(escaped($1))</span>"
      }.joined(separator: " ") + "</p>"
  }

  private func scaled(_ value: Double) -> Double { isLogarithmic ? log10(value) : value }
}

/// Text as HTML shows it.
func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    .replacing("\"", with: "&quot;")
}
