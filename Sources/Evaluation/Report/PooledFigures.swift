/// Spectra and histograms over the scenes of a set.
struct PooledFigures {
  /// Scenes that the figures are of: those that have an image of every method, or all where none has.
  let scenes: [SetEvaluation.Scene]
  private let methods: [EvaluationSet.Method]

  init(_ evaluation: SetEvaluation) {
    methods = evaluation.methods
    let complete = evaluation.scenes.filter { scene in evaluation.methods.allSatisfy { scene.images[$0.id] != nil } }
    scenes = complete.isEmpty ? evaluation.scenes : complete
  }

  init(_ scene: SetEvaluation.Scene, methods: [EvaluationSet.Method]) {
    scenes = [scene]
    self.methods = methods
  }

  /// Truth and methods; the anchor's bicubic upsampling too where no method is a baseline.
  var spectra: [SpectrumChart.Curve] {
    var curves: [SpectrumChart.Curve] = []
    func add(_ title: String, _ colour: String, _ spectra: [PowerSpectrum]) {
      if let mean = Self.mean(spectra) { curves.append(.init(title: title, colour: colour, spectrum: mean)) }
    }
    add("Truth", Palette.truth, scenes.compactMap(\.truthSpectrum))
    if !methods.contains(where: \.isBaseline) {
      add("Anchor, upsampled bicubically", Palette.anchor, scenes.compactMap(\.anchorSpectrum))
    }
    for (method, colour) in zip(methods, Palette.colours(methods)) {
      add(method.title, colour, scenes.compactMap { $0.images[method.id]?.spectrum })
    }
    return curves
  }

  /// Truth, methods, anchor.
  var histograms: HistogramChart {
    var sources: [HistogramChart.Source] = []
    func add(_ title: String, _ histograms: [Histogram]) {
      if let sum = Self.sum(histograms) { sources.append(.init(title: title, histogram: sum)) }
    }
    let anchors = scenes.compactMap(\.anchorHistogram)
    add("Truth", scenes.compactMap(\.truthHistogram))
    for method in methods { add(method.title, scenes.compactMap { $0.images[method.id]?.histogram }) }
    add("Anchor", anchors)
    return HistogramChart(sources: sources, anchor: Self.sum(anchors))
  }

  private static func sum(_ histograms: [Histogram]) -> Histogram? {
    guard var sum = histograms.first else { return nil }
    for other in histograms.dropFirst() { sum.add(other) }
    return sum
  }

  /// Mean power at the frequencies of the smallest squares; finer spectra are interpolated.
  private static func mean(_ spectra: [PowerSpectrum]) -> PowerSpectrum? {
    guard let side = spectra.map(\.side).min() else { return nil }
    let power = (1...(side / 2)).map { ring in
      spectra.reduce(0.0) { $0 + $1.power(at: Double(ring) / Double(side)) } / Double(spectra.count)
    }
    return PowerSpectrum(side: side, power: power)
  }
}

extension PowerSpectrum {
  /// Linear between rings.
  fileprivate func power(at frequency: Double) -> Double {
    let position = min(max(frequency * Double(side) - 1, 0), Double(power.count - 1))
    let below = Int(position.rounded(.down))
    let above = min(below + 1, power.count - 1)
    return power[below] + (position - Double(below)) * (power[above] - power[below])
  }
}
