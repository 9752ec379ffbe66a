/// Histograms of the bands (columns) of several sources (rows), as SVG (paper figure 10).
struct HistogramChart {
  struct Source {
    let title: String
    let histogram: Histogram
  }
  let sources: [Source]
  /// Drawn as an outline over every source.
  let anchor: Histogram?

  private static let (left, top, width, height) = (16.0, 24.0, 300.0, 74.0)
  private static let (gapX, gapY) = (22.0, 30.0)

  /// - Returns: nil without sources.
  func svg(label: String) -> String? {
    guard let first = sources.first else { return nil }
    let bins = shownBins
    var parts: [String] = []
    for band in 0..<3 {
      let x = Self.left + Double(band) * (Self.width + Self.gapX)
      let all = sources.map(\.histogram) + (anchor.map { [$0] } ?? [])
      let highest = all.map { $0.shares(band: band)[..<bins].max() ?? 0 }.max() ?? 0
      guard highest > 0 else { continue }
      for (index, source) in sources.enumerated() {
        let y = Self.top + Double(index) * (Self.height + Self.gapY)
        let bottom = y + Self.height
        func path(_ histogram: Histogram) -> String {
          histogram.shares(band: band)[..<bins].enumerated().map { bin, share in
            let at = x + (Double(bin) + 0.5) / Double(bins) * Self.width
            return "\(decimal(at, 1)),\(decimal(bottom - share / highest * (Self.height - 4), 1))"
          }.joined(separator: " ")
        }
        let (name, colour) = Palette.bands[band]
        parts.append(
          "<polygon fill=\"\(colour)\" fill-opacity=\"0.55\" points=\"\(decimal(x, 1)),\(decimal(bottom, 1)) "
            + "\(path(source.histogram)) \(decimal(x + Self.width, 1)),\(decimal(bottom, 1))\"/>")
        if let anchor { parts.append("<polyline class=\"outline\" points=\"\(path(anchor))\"/>") }
        parts.append("<path class=\"axis\" d=\"M\(decimal(x, 1)),\(decimal(bottom, 1))h\(decimal(Self.width, 1))\"/>")
        parts.append(
          "<text class=\"small\" x=\"\(decimal(x + Self.width, 1))\" y=\"\(decimal(y + 8, 1))\" text-anchor=\"end\">"
            + "\(band == 0 ? "<tspan font-weight=\"600\">\(html(source.title))</tspan>, " : "")\(name.lowercased())</text>"
        )
        parts += ticks(x, bottom, top: Double(bins) * first.histogram.binWidth)
      }
    }
    let size = (
      Self.left + 3 * Self.width + 2 * Self.gapX + 16, Self.top + Double(sources.count) * (Self.height + Self.gapY)
    )
    return
      "<svg viewBox=\"0 0 \(decimal(size.0, 0)) \(decimal(size.1, 0))\" role=\"img\" aria-label=\"\(html(label))\">"
      + "\(parts.joined())</svg>"
  }

  private func ticks(_ x: Double, _ bottom: Double, top: Double) -> [String] {
    let step = top > 0.5 ? 0.2 : top > 0.25 ? 0.1 : 0.05
    return stride(from: 0.0, through: top + 1e-9, by: step).map { value in
      let at = decimal(x + value / top * Self.width, 1)
      return "<path class=\"axis\" d=\"M\(at),\(decimal(bottom, 1))v4\"/><text class=\"small\" x=\"\(at)\" "
        + "y=\"\(decimal(bottom + 15, 1))\" text-anchor=\"middle\">\(decimal(value, 2))</text>"
    }
  }

  /// Bins up to where all but half a percent of each source's values lie, a multiple of 0.05 reflectance.
  private var shownBins: Int {
    var most = 1
    var total = 1
    for source in sources {
      for band in 0..<3 {
        let shares = source.histogram.shares(band: band)
        total = shares.count
        var (sum, bin) = (0.0, 0)
        while bin < shares.count, sum < 0.995 {
          sum += shares[bin]
          bin += 1
        }
        most = max(most, bin)
      }
    }
    let step = 20
    return min((most + step - 1) / step * step, total)
  }
}
