private import Foundation
private import Synchronization

/// A worker process, seen from the daemon. It is asked by number and answers in any order.
final class WorkerProcess: Sendable {
  private struct Pending {
    var continuation: CheckedContinuation<WorkAnswer, any Error>
    var news: @Sendable (WorkNews) -> Void
    var hadBegun = false
  }
  private struct State {
    var pending: [Int: Pending] = [:]
    var number = 0
    var ending: String?
    /// Ended because somebody wanted so.
    var killReason: String?
  }
  private let state = Mutex(State())
  private let process: ChildProcess
  private let orders: LineWriter

  /// Starts `program` with `arguments`.
  /// - Throws: `WorkerDeath` where it cannot be started.
  init(program: String, arguments: [String]) throws(WorkerDeath) {
    process = try ChildProcess(program: program, arguments: arguments)
    orders = LineWriter(process.input)
    let thread = Thread { [self] in
      var lines = LineReader(process.output)
      while let report = lines.next(WorkReport.self) { take(report) }
      // It has ended, or says what nobody understands: then it ends now.
      process.kill()
      end(process.waitForEnd())
    }
    thread.name = "supertile.answers"
    thread.start()
  }

  var isAlive: Bool { state.withLock { $0.ending == nil } }
  var isBusy: Bool { state.withLock { !$0.pending.isEmpty } }

  /// - Throws: `WorkFailure`, `WorkerDeath`.
  func ask(_ request: WorkRequest, news: @escaping @Sendable (WorkNews) -> Void) async throws -> WorkAnswer {
    let number = state.withLock { state in
      state.number += 1
      return state.number
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let ending = state.withLock { state in
          if state.ending == nil { state.pending[number] = Pending(continuation: continuation, news: news) }
          return state.ending
        }
        if let ending { return continuation.resume(throwing: WorkerDeath(ending: ending, hadBegun: false)) }
        // Where nobody hears, the reading thread sees the end and tells.
        orders.send(WorkOrder(number: number, word: .begin(request)))
        if Task.isCancelled { orders.send(WorkOrder(number: number, word: .cancel)) }
      }
    } onCancel: {
      orders.send(WorkOrder(number: number, word: .cancel))
    }
  }

  /// Lets it go: it ends when its input does.
  func dismiss() { process.closeInput() }

  /// Ends it at once.
  /// - Parameter reason: what `WorkerDeath` then says.
  /// - Returns: false where that was done before.
  func kill(_ reason: String) -> Bool {
    let isNew = state.withLock { state in
      defer { state.killReason = state.killReason ?? reason }
      return state.killReason == nil
    }
    process.kill()
    return isNew
  }

  private func take(_ report: WorkReport) {
    switch report.word {
    case .began:
      let news = state.withLock { state in
        state.pending[report.number]?.hadBegun = true
        return state.pending[report.number]?.news
      }
      news?(.lives)
    case .progress: state.withLock { $0.pending[report.number]?.news }?(.lives)
    case .step(let name, let share): state.withLock { $0.pending[report.number]?.news }?(.step(name, share))
    case .remark(let text): state.withLock { $0.pending[report.number]?.news }?(.remark(text))
    case .complaint(let text): state.withLock { $0.pending[report.number]?.news }?(.complaint(text))
    case .done(let answer): finish(report.number)?.resume(returning: answer)
    case .failed(let failure): finish(report.number)?.resume(throwing: failure)
    }
  }

  private func finish(_ number: Int) -> CheckedContinuation<WorkAnswer, any Error>? {
    state.withLock { $0.pending.removeValue(forKey: number)?.continuation }
  }

  private func end(_ ending: String) {
    let (pending, ending) = state.withLock { state in
      let ending = state.killReason ?? ending
      state.ending = ending
      defer { state.pending = [:] }
      return (state.pending.values, ending)
    }
    for one in pending {
      one.continuation.resume(throwing: WorkerDeath(ending: ending, hadBegun: one.hadBegun))
    }
  }
}

/// What a worker process says while it works.
package enum WorkNews: Sendable {
  case lives
  /// A step of a job and the share of it that is done, 0 to 1.
  case step(String, Double)
  /// What somebody has to see to, and what the work goes on without.
  case complaint(String)
  /// What somebody should know, and what is over with the work.
  case remark(String)
}
