internal import Foundation
private import Synchronization

/// A line of progress on a terminal; nothing in a log or a pipe.
final class ProgressDisplay: Sendable {
  private struct State {
    var step = ""
    var started = ContinuousClock.now
    var shown = ContinuousClock.now - .seconds(1)
    var isVisible = false
  }
  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) != 0

  /// - Parameters:
  ///   - step: what is being done.
  ///   - share: how much of it is done, 0 to 1.
  func show(_ step: String, _ share: Double) {
    guard isTerminal else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if state.step != step {
        state.step = step
        state.started = now
      } else if share < 1, now - state.shown < .milliseconds(200) {
        return
      }
      state.shown = now
      state.isVisible = true
      let elapsed = Double((now - state.started).components.seconds)
      let rest =
        share > 0.02 && share < 1 && elapsed > 2 ? ", \(Self.duration(elapsed * (1 - share) / share)) left" : ""
      standardError("\r\u{1b}[K\(step): \(Int(share * 100)) %\(rest)")
    }
  }

  func clear() {
    state.withLock {
      if $0.isVisible { standardError("\r\u{1b}[K") }
      $0.isVisible = false
    }
  }

  private static func duration(_ seconds: Double) -> String {
    seconds < 90 ? "\(Int(seconds)) s" : "\(Int(seconds / 60)) min"
  }
}

func standardError(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

/// Writes a value as JSON with sorted keys.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
