/// How single buildings are made from probabilities.
///
/// A pixel is building where p > `threshold`. Seeds are the connected areas (over edges) of p (1 - `separationWeight` q)
/// > `seed`, where q is the probability of the class separation; a watershed on -p grows them inside the building
/// pixels. A component without a seed is no building.
package struct InstanceRule: Sendable, Codable, Equatable {
  /// 0 to 1.
  package var threshold: Double
  /// 0 to 1.
  package var seed: Double
  /// 0 to 1; 0 keeps touching buildings together unless the map of p separates them.
  package var separationWeight: Double
  /// Smallest area of a building's pixels, m2.
  package var minArea: Double

  package init(threshold: Double = 0.5, seed: Double = 0.5, separationWeight: Double = 0, minArea: Double = 50) {
    self.threshold = threshold
    self.seed = seed
    self.separationWeight = separationWeight
    self.minArea = minArea
  }

  /// The fewest pixels of a building.
  /// - Parameter pixelArea: m2.
  func leastPixels(_ pixelArea: Double) -> Int { max(1, Int((minArea / pixelArea - 1e-6).rounded(.up))) }
}
