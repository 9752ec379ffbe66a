internal import Foundation
internal import Product

/// How one date differs from the truth. Everything follows from the plan's seed and the date.
///
/// Shift convention, the same as for estimated shifts: what lies at low-resolution position (r, c) of the truth appears
/// at (r + shiftRows, c + shiftColumns) of the product; positive rows = further south, positive columns = east.
struct Revisit: Sendable, Equatable {
  /// Counted from 1, oldest first.
  var number: Int
  var datatakeStart: Date
  var mission: String
  var baseline: ProcessingBaseline
  /// Low-resolution pixels.
  var shiftRows: Double
  var shiftColumns: Double
  /// In the order of `Band`.
  var gains: [Float]
  /// Reflectance, in the order of `Band`.
  var offsets: [Float]
  /// Strength of the veil in blue, reflectance; 0 on a clear date.
  var haze: Float
  /// Cloud share asked for, 0 to 1.
  var cloudShare: Double
  /// Standard deviation, reflectance.
  var noise: Float
  var hasSwathEdge: Bool
  /// Seeds noise, clouds and veil.
  var seed: UInt64

  /// The revisits of a plan, oldest first.
  static func draw(_ plan: SimulationPlan, utcHour: Double) -> [Revisit] {
    var revisits = (0..<plan.revisits).map { index in
      let day = plan.start.addingTimeInterval(Double(index * plan.intervalDays) * 86_400)
      let seconds = (utcHour * 3_600).rounded() + Double(index * 7 % 60)
      let start = day.addingTimeInterval(seconds + 0.024)
      // By the date and not by the number: a date is the same in a longer series.
      var stream = RandomStream(seed: plan.seed, purpose: UInt64(Int64(day.timeIntervalSince1970 / 86_400)))
      let shift = (stream.symmetric(plan.maxShift), stream.symmetric(plan.maxShift))
      let gains = Band.allCases.map { _ in Float(1 + stream.symmetric(plan.gainSpread)) }
      let offsets = Band.allCases.map { _ in Float(stream.symmetric(plan.offsetSpread)) }
      let isHazy = stream.uniform() < plan.haze
      let haze = isHazy ? Float(0.012 + 0.03 * stream.uniform()) : 0
      // Some dates are nearly clear, others mostly clouded.
      let (isClear, weather) = (stream.uniform() < 0.35, stream.uniform())
      return Revisit(
        number: index + 1, datatakeStart: start,
        mission: plan.delivery.missions[index % plan.delivery.missions.count],
        baseline: plan.delivery.baselines[index % plan.delivery.baselines.count],
        shiftRows: shift.0, shiftColumns: shift.1, gains: gains, offsets: offsets, haze: haze,
        cloudShare: isClear ? 0.05 : 0.4 + 1.6 * weather, noise: Float(plan.noise),
        hasSwathEdge: plan.hasSwathEdge && index % 2 == 1, seed: stream.next())
    }
    let shares = spread(revisits.map(\.cloudShare), mean: plan.clouds)
    for index in revisits.indices { revisits[index].cloudShare = shares[index] }
    if let number = plan.referenceRevisit { revisits[number - 1].seeTheTruth() }
    return revisits
  }

  /// Nothing between the sensor and the truth but point spread, noise and a cloud or two.
  private mutating func seeTheTruth() {
    (shiftRows, shiftColumns) = (0, 0)
    gains = gains.map { _ in 1 }
    offsets = offsets.map { _ in 0 }
    haze = 0
    cloudShare = min(cloudShare, 0.01)
    hasSwathEdge = false
  }

  /// Scales weights to the mean asked for; none exceeds 0.95.
  private static func spread(_ weights: [Double], mean: Double) -> [Double] {
    var shares = weights.map { _ in 0.0 }
    for _ in 0..<20 {
      let missing = mean * Double(weights.count) - shares.reduce(0, +)
      let room = zip(weights, shares).reduce(0) { $1.1 < 0.95 ? $0 + $1.0 : $0 }
      if abs(missing) < 1e-6 || room == 0 { break }
      for index in shares.indices where shares[index] < 0.95 {
        shares[index] = min(0.95, shares[index] + weights[index] * missing / room)
      }
    }
    return shares
  }
}
