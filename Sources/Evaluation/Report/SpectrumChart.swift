private import Foundation

/// Curves of power over frequency, as SVG (paper figure 9).
struct SpectrumChart {
  struct Curve {
    let title: String
    let colour: String
    let spectrum: PowerSpectrum
  }
  let curves: [Curve]

  private static let (left, top, width, height) = (64.0, 14.0, 470.0, 300.0)

  /// - Returns: nil without curves.
  func svg(label: String) -> String? {
    let exponents = curves.flatMap { $0.spectrum.power.filter { $0 > 0 }.map { log10($0) } }
    guard let least = exponents.min(), let most = exponents.max() else { return nil }
    let decades = Int(least.rounded(.down))...max(Int(most.rounded(.up)), Int(least.rounded(.down)) + 1)
    func x(_ frequency: Double) -> Double { Self.left + frequency / 0.5 * Self.width }
    func y(_ exponent: Double) -> Double {
      Self.top + (Double(decades.upperBound) - exponent) / Double(decades.count - 1) * Self.height
    }
    let bottom = Self.top + Self.height
    var parts: [String] = []
    for decade in decades {
      parts.append(
        "<path class=\"grid\" d=\"M\(point(Self.left, y(Double(decade))))H\(decimal(Self.left + Self.width, 1))\"/>"
          + "<text x=\"\(decimal(Self.left - 8, 1))\" y=\"\(decimal(y(Double(decade)) + 4, 1))\" text-anchor=\"end\">10"
          + "<tspan dy=\"-5\" font-size=\"9\">\(decade)</tspan></text>")
    }
    for tick in 0...5 {
      let at = x(Double(tick) / 10)
      parts.append(
        "<path class=\"grid\" d=\"M\(point(at, Self.top))V\(decimal(bottom, 1))\"/>"
          + "<text x=\"\(decimal(at, 1))\" y=\"\(decimal(bottom + 18, 1))\" text-anchor=\"middle\">0.\(tick)</text>")
    }
    parts.append(
      "<path class=\"limit\" d=\"M\(point(x(0.25), Self.top))V\(decimal(bottom, 1))\"/>"
        + "<text class=\"small\" x=\"\(decimal(x(0.25) + 5, 1))\" y=\"\(decimal(Self.top + 13, 1))\">anchor's Nyquist frequency</text>"
    )
    for curve in curves {
      let points = zip(curve.spectrum.frequencies, curve.spectrum.power).filter { $0.1 > 0 }
        .map { point(x($0.0), y(log10($0.1))) }
      parts.append("<polyline class=\"curve\" stroke=\"\(curve.colour)\" points=\"\(points.joined(separator: " "))\"/>")
    }
    parts.append(
      "<text x=\"\(decimal(Self.left + Self.width / 2, 1))\" y=\"\(decimal(bottom + 38, 1))\" text-anchor=\"middle\">"
        + "spatial frequency, cycles per pixel</text>"
        + "<text transform=\"translate(16 \(decimal(Self.top + Self.height / 2, 1))) rotate(-90)\" text-anchor=\"middle\">"
        + "power, reflectance² · pixels²</text>")
    let total = "\(decimal(Self.left + Self.width + 16, 0)) \(decimal(bottom + 48, 0))"
    return "<svg viewBox=\"0 0 \(total)\" role=\"img\" aria-label=\"\(html(label))\">\(parts.joined())</svg>" + legend
  }

  private var legend: String {
    let entries = curves.map { "<span><i style=\"background:\($0.colour)\"></i>\(html($0.title))</span>" }
    return "<p class=\"legend\">\(entries.joined())</p>"
  }

  private func point(_ x: Double, _ y: Double) -> String { "\(decimal(x, 1)),\(decimal(y, 1))" }
}
