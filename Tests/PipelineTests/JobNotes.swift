import Pipeline
import Synchronization

/// What a job says of itself.
final class Notes: Sendable {
  private let stacked = Mutex<[(from: Double, to: Double)?]>([])
  private let job = Mutex<Task<GroupOutcome, any Error>?>(nil)

  var shares: [(from: Double, to: Double)] { stacked.withLock { $0.compactMap { $0 } } }
  var isWellBegun: Bool { stacked.withLock { $0.last.flatMap { $0?.to } ?? 0 > 0.2 } }
  var isWellBegunAgain: Bool { stacked.withLock { $0.count == 2 && $0[1].map { $0.to > 0.2 } ?? false } }

  func take(_ event: RunEvent) {
    switch event {
    case .progress("decoding", 0): stacked.withLock { $0.append(nil) }
    case .progress("super-resolving", let share):
      stacked.withLock { $0[$0.count - 1] = ($0[$0.count - 1]?.from ?? share, share) }
    default: break
    }
  }

  func watch(_ task: Task<GroupOutcome, any Error>) { job.withLock { $0 = task } }
  func stop() { job.withLock { $0?.cancel() } }
}
