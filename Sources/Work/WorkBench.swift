private import Synchronization

/// A place for a worker process: there is one while there is work, and for a few seconds after. What a product does to
/// the process that reads it, the daemon survives; and an idle daemon holds none of the memory that pixels need.
package final class WorkBench: Sendable {
  private struct State {
    var process: WorkerProcess?
    /// Asked so often: whoever waits to let the process go looks whether it was asked again.
    var asked = 0
  }
  private let state = Mutex(State())
  private let program: String
  private let arguments: [String]
  private let patience: Duration

  /// - Parameters:
  ///   - program, arguments: what serves with `WorkServer`.
  ///   - patience: an idle process stays so long.
  package init(program: String, arguments: [String], patience: Duration = .seconds(5)) {
    self.program = program
    self.arguments = arguments
    self.patience = patience
  }

  deinit { state.withLock { $0.process }?.dismiss() }

  /// Has a worker process do something.
  /// - Throws: `WorkFailure` where it failed, `WorkerDeath` where the process ended before it had answered, or could not
  ///   be started.
  package func ask(
    _ request: WorkRequest, news: @escaping @Sendable (WorkNews) -> Void = { _ in }
  ) async throws -> WorkAnswer {
    let process = try state.withLock { state in
      state.asked += 1
      if let process = state.process, process.isAlive { return process }
      let process = try WorkerProcess(program: program, arguments: arguments)
      state.process = process
      return process
    }
    defer { letGoLater() }
    return try await process.ask(request, news: news)
  }

  /// Ends the process, if there is one, with all it is at.
  /// - Parameter reason: what `WorkerDeath` then says: `ended, since ...`.
  /// - Returns: false where there is none, or where that was done before.
  @discardableResult
  package func kill(_ reason: String) -> Bool { state.withLock { $0.process }?.kill(reason) ?? false }

  private func letGoLater() {
    let asked = state.withLock { $0.asked }
    Task { [weak self, patience] in
      try? await Task.sleep(for: patience)
      self?.letGo(ifAsked: asked)
    }
  }

  private func letGo(ifAsked asked: Int) {
    let process = state.withLock { state -> WorkerProcess? in
      guard state.asked == asked, let process = state.process, !process.isBusy else { return nil }
      state.process = nil
      return process
    }
    process?.dismiss()
  }
}
