private import Dispatch
private import Foundation

/// Signals as calls, on a thread of their own.
final class Signals {
  private let sources: [any DispatchSourceSignal]

  init(_ handler: @escaping @Sendable (Int32) -> Void) {
    sources = [SIGTERM, SIGINT, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInitiated))
      source.setEventHandler { handler(number) }
      source.activate()
      return source
    }
  }
}
