/// Reproducible random numbers: a sequence (SplitMix64), and hashes of positions, which need no order.
struct RandomStream: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// - Parameter purpose: separates the streams that one seed gives.
  init(seed: UInt64, purpose: UInt64) { state = Self.mix(seed &+ Self.mix(purpose &+ 0x51ED_270B)) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Uniform in `-bound ... bound`.
  mutating func symmetric(_ bound: Double) -> Double { bound * (2 * uniform() - 1) }

  /// Uniform in 0..<1.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Scrambles 64 bits.
  @inline(__always)
  static func mix(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A nearly normal number of mean 0 and standard deviation 1 for a position: the sum of four uniform ones, so that
  /// it never exceeds 3.46. The same position gives the same number, whichever worker asks.
  @inline(__always)
  static func normal(seed: UInt64, index: UInt64) -> Float {
    let bits = mix(seed &+ mix(index &* 0x9E37_79B9_7F4A_7C15))
    let sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48)
    return (Float(sum) / 65_536 - 2) * 1.732_050_8
  }
}
