private import Synchronization

/// Lets one loop sleep until a time, or until it is woken. A call that comes while the loop is awake is kept.
package final class Wake: Sendable {
  private struct State {
    var isCalled = false
    var sleeper: CheckedContinuation<Void, Never>?
  }
  private let state = Mutex(State())

  package init() {}

  package func call() {
    let sleeper = state.withLock { state in
      defer { state.sleeper = nil }
      state.isCalled = state.sleeper == nil
      return state.sleeper
    }
    sleeper?.resume()
  }

  /// Returns when called or when `time` is there.
  package func wait(until time: ContinuousClock.Instant) async {
    let timer = Task {
      try await Task.sleep(until: time, clock: .continuous)
      call()
    }
    await withCheckedContinuation { continuation in
      let isCalled = state.withLock { state in
        defer { state.isCalled = false }
        if !state.isCalled { state.sleeper = continuation }
        return state.isCalled
      }
      if isCalled { continuation.resume() }
    }
    timer.cancel()
  }
}
