package import Foundation

/// Tells when the wall clock was set, by a clock that nobody sets. Deadlines follow the wall clock; what cannot be undone
/// waits a while after that went ahead.
package struct ClockWatch: Sendable {
  /// A clock that is brought into step little by little jumps less, seconds.
  private static let smallest: TimeInterval = 60
  /// So long nothing is deleted or moved for a time that has passed by a jump.
  private static let caution = Duration.seconds(3600)

  private var wall: Date
  private var steady: ContinuousClock.Instant
  /// Until then nobody knows whether a clock that has jumped ahead is right.
  private var doubtfulUntil: ContinuousClock.Instant?

  package init(wall: Date = Date(), steady: ContinuousClock.Instant = .now) {
    (self.wall, self.steady) = (wall, steady)
  }

  /// - Returns: by how many seconds the wall clock was set since the last look, less than 0 for back; nil where it was not.
  package mutating func jump(wall: Date = Date(), steady: ContinuousClock.Instant = .now) -> TimeInterval? {
    let passed = (steady - self.steady) / .seconds(1)
    let jump = wall.timeIntervalSince(self.wall) - passed
    (self.wall, self.steady) = (wall, steady)
    guard abs(jump) >= Self.smallest else { return nil }
    doubtfulUntil = jump > 0 ? steady + Self.caution : nil
    return jump
  }

  /// Whether what is over by the wall clock may not be over.
  package func isDoubtful(at time: ContinuousClock.Instant = .now) -> Bool { doubtfulUntil.map { time < $0 } ?? false }
}
