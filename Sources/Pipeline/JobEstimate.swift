/// How long a job still takes: its steps in proportion to what they cost on a whole tile, at the speed it has had here.
package struct JobEstimate: Sendable {
  /// Steps in their order, and what they take of a whole tile at 8 views, seconds (`Benchmarks/RESULTS.md`).
  private static let steps: [(name: String, weight: Double)] = [
    ("decoding", 30), ("super-resolving", 1840), ("writing", 60), ("looking for buildings", 400),
    ("outlining buildings", 430),
  ]
  /// Less than this part of the work tells nothing about the rest.
  private static let telling = 0.01

  private let weights: [(name: String, weight: Double)]
  private var begun: ContinuousClock.Instant?
  private var step = ""
  private var share = 0.0
  /// Work done under our eyes; what a resumed job finds done is none.
  private var done = 0.0
  private var now: ContinuousClock.Instant?

  /// - Parameter buildings: whether buildings are looked for.
  package init(buildings: Bool) {
    weights = buildings ? Self.steps : Array(Self.steps.prefix(3))
  }

  /// Takes what the job says of itself.
  package mutating func note(_ step: String, _ share: Double, at instant: ContinuousClock.Instant = .now) {
    guard let index = weights.firstIndex(where: { $0.name == step }) else { return }
    if begun == nil { begun = instant }
    if step == self.step {
      done += weights[index].weight * max(0, share - self.share)
    } else if let last = weights.firstIndex(where: { $0.name == self.step }), last < index {
      done += weights[last].weight * (1 - self.share)
    }
    (self.step, self.share, now) = (step, share, instant)
  }

  /// Seconds; nil while too little is done to tell.
  package func secondsLeft(at instant: ContinuousClock.Instant = .now) -> Double? {
    guard let begun, let now, let index = weights.firstIndex(where: { $0.name == step }) else { return nil }
    let total = weights.reduce(0) { $0 + $1.weight }
    guard done > Self.telling * total else { return nil }
    let rest = weights[index].weight * (1 - share) + weights[(index + 1)...].reduce(0) { $0 + $1.weight }
    return max(0, rest / done * Self.seconds(now - begun) - Self.seconds(instant - now))
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  /// `45 s`, `12 min`, `2 h 05 min`.
  package static func text(_ seconds: Double) -> String {
    if seconds < 90 { return "\(Int(seconds)) s" }
    let minutes = Int((seconds / 60).rounded())
    if minutes < 90 { return "\(minutes) min" }
    return "\(minutes / 60) h \(minutes % 60 < 10 ? "0" : "")\(minutes % 60) min"
  }
}
