internal import Product
internal import Foundation
internal import Glibc
internal import Pipeline
internal import Storage
private import Synchronization

/// A line of progress on a terminal; nothing in a log or a pipe.
final class ProgressDisplay: Sendable {
  private struct State {
    var step = ""
    /// When the step began here, and how much of it was done already.
    var begun = (at: ContinuousClock.now, share: 0.0)
    var shown = ContinuousClock.now - .seconds(1)
    var isVisible = false
  }
  private let state = Mutex(State())
  private let isTerminal = isatty(STDERR_FILENO) != 0

  /// - Parameters:
  ///   - step: what is being done.
  ///   - share: how much of it is done, 0 to 1.
  ///   - secondsLeft: until all is done; nil for that of the step, by its speed.
  func show(_ step: String, _ share: Double, secondsLeft: Double? = nil) {
    guard isTerminal else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      if state.step != step {
        state.step = step
        state.begun = (now, share)
      } else if share < 1, now - state.shown < .milliseconds(200) {
        return
      }
      state.shown = now
      state.isVisible = true
      let elapsed = now - state.begun.at
      let done = share - state.begun.share
      let ofStep = done > 0.02 && share < 1 && elapsed > .seconds(2) ? elapsed.seconds * (1 - share) / done : nil
      let rest = (secondsLeft ?? ofStep).map { ", \(JobEstimate.text($0)) left" } ?? ""
      _ = writeAll("\r\u{1b}[K\(step): \(Int(share * 100)) %\(rest)", to: STDERR_FILENO)
    }
  }

  func clear() {
    state.withLock {
      if $0.isVisible { _ = writeAll("\r\u{1b}[K", to: STDERR_FILENO) }
      $0.isVisible = false
    }
  }
}

extension Duration {
  fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// Writes to standard error. That nobody can read it is no reason to stop.
func standardError(_ text: String) { _ = writeAll(printable(text), to: STDERR_FILENO) }

/// Names of files come from whoever may drop them: none moves the cursor or changes colours.
func printable(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable() }
    .joined(separator: "\n")
}

/// Writes a line to standard output.
/// - Throws: `StorageError` where it cannot be written: output that is lost is not success.
func printLine(_ text: String) throws {
  if let code = writeAll(text + "\n", to: STDOUT_FILENO) {
    throw StorageError("write", "standard output", code: code)
  }
}

/// - Returns: `errno` where not everything was written.
private func writeAll(_ text: String, to descriptor: Int32) -> Int32? {
  StandardStreams.secure()
  var text = text
  return text.withUTF8 { bytes in
    var rest = UnsafeRawBufferPointer(bytes)
    while let start = rest.baseAddress, !rest.isEmpty {
      let count = write(descriptor, start, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&wait, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }
}

/// Writes a value as JSON with sorted keys.
/// - Throws: `EncodingError`, `StorageError` where standard output cannot be written.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.dateEncodingStrategy = .iso8601
  try printLine(String(decoding: try encoder.encode(value), as: UTF8.self))
}
