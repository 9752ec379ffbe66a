/// Colours of the curves: the truth blue, baselines orange, as in the paper's figure 9.
enum Palette {
  static let truth = "#1f57b0"
  static let anchor = "#6b7280"
  private static let baselines = ["#e08a00", "#a68a00", "#c9a27c"]
  private static let others = ["#c8322b", "#2a8f4f", "#8e5bb5", "#a05a2c", "#d0559d", "#0f8b8d"]
  /// Red, green, blue.
  static let bands = [("Red", "#c8322b"), ("Green", "#2a8f4f"), ("Blue", "#1f57b0")]

  /// One for each method, in order.
  static func colours(_ methods: [EvaluationSet.Method]) -> [String] {
    var (baseline, other) = (0, 0)
    return methods.map { method in
      if method.isBaseline {
        baseline += 1
        return baselines[(baseline - 1) % baselines.count]
      }
      other += 1
      return others[(other - 1) % others.count]
    }
  }
}
