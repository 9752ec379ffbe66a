private import Dispatch
private import Foundation
private import Synchronization

/// Signals as calls, on a thread of their own.
final class Signals {
  typealias Handler = @Sendable (Int32) -> Void

  private let handler: CurrentHandler
  private let sources: [any DispatchSourceSignal]

  init(_ handler: @escaping Handler) {
    let current = CurrentHandler(handler)
    self.handler = current
    sources = [SIGTERM, SIGINT, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInitiated))
      source.setEventHandler { current.call(number) }
      source.activate()
      return source
    }
  }

  /// From now on signals mean something else. The sources stay: of two for one signal neither may be told.
  func handle(_ handler: @escaping Handler) { self.handler.become(handler) }
}

private final class CurrentHandler: Sendable {
  private let handler: Mutex<Signals.Handler>

  init(_ handler: @escaping Signals.Handler) { self.handler = Mutex(handler) }

  func become(_ new: @escaping Signals.Handler) { handler.withLock { $0 = new } }

  func call(_ number: Int32) {
    let current = handler.withLock { $0 }
    current(number)
  }
}
